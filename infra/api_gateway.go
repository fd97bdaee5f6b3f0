package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// What the API takes: so many requests a second, and so many at once.
const requestsPerSecond, requestsAtOnce = 1000, 2000

// accessLog is what is noted of each request. No query string, no header and no body: they hold codes, tokens and texts.
const accessLog = `{"time":"$context.requestTime","requestId":"$context.requestId","ip":"$context.identity.sourceIp",` +
	`"method":"$context.httpMethod","path":"$context.path","status":"$context.status",` +
	`"refusedAs":"$context.error.responseType","subject":"$context.authorizer.subject",` +
	`"latencyMs":"$context.responseLatency","lambdaMs":"$context.integrationLatency",` +
	`"bytes":"$context.responseLength","traceId":"$context.xrayTraceId"}`

// newGateway adds the API without its routes.
//
// Access logs need a role that is set once for the whole account and region (AWS::ApiGateway::Account). No stage owns
// that setting: the stack that was deployed last would hold it, and deleting it would end the logs of every other API.
// Whoever prepares an account sets it; see docs/operations.md.
func (a *api) newGateway() awsapigateway.RestApi {
	logs := a.newLogGroup("AccessLogs", a.stage.accessLogGroupName())
	props := &awsapigateway.RestApiProps{
		RestApiName:      jsii.String(a.stage.name("api")),
		Description:      jsii.String("rez_agent's REST API"),
		EndpointTypes:    &[]awsapigateway.EndpointType{awsapigateway.EndpointType_REGIONAL},
		CloudWatchRole:   jsii.Bool(false),
		ApiKeySourceType: a.stage.keySource(),
		DeployOptions: &awsapigateway.StageOptions{
			StageName:            jsii.String(contract.APIStage),
			ThrottlingRateLimit:  jsii.Number(requestsPerSecond),
			ThrottlingBurstLimit: jsii.Number(requestsAtOnce),
			AccessLogDestination: awsapigateway.NewLogGroupLogDestination(logs),
			AccessLogFormat:      awsapigateway.AccessLogFormat_Custom(jsii.String(accessLog)),
			TracingEnabled:       jsii.Bool(a.stage.Tracing),
		},
	}
	a.hideGateway(props)
	gateway := awsapigateway.NewRestApi(a.stack, jsii.String("Api"), props)
	accept(gateway, finding{rule: "APIG2", reason: "webapi checks each request against its description, and names every field that is wrong."})
	switch {
	case a.stage.Firewall && a.way != nil:
		accept(gateway.DeploymentStage(), finding{rule: "APIG3", reason: "The firewall stands before the load balancer, the only way to here."})
	case !a.stage.Firewall:
		accept(gateway.DeploymentStage(), finding{
			rule: "APIG3", reason: "No firewall: it costs about nine dollars a month, every route is guarded by the authorizer, and the gateway throttles.",
		})
	}
	accept(gateway.DeploymentStage(),
		finding{rule: "APIG6", reason: "Execution logs would hold bodies and tokens. The access log tells of every request."})
	gateway.Node().TryRemoveChild(jsii.String("Endpoint")) // an output of the CDK's own that nobody reads
	return gateway
}

// hideGateway takes the gateway out of the Internet where the stage has another way to it.
func (a *api) hideGateway(props *awsapigateway.RestApiProps) {
	if a.way == nil {
		return
	}
	props.EndpointTypes = nil
	props.EndpointConfiguration = &awsapigateway.EndpointConfiguration{
		Types:        &[]awsapigateway.EndpointType{awsapigateway.EndpointType_PRIVATE},
		VpcEndpoints: &[]awsec2.IVpcEndpoint{a.way.endpoint},
	}
	props.Policy = a.way.reachedThrough()
}

// route is a path that the gateway knows; webapi knows the others, and which methods each has.
type route struct {
	path string
	// open routes are reached without a token.
	open bool
}

// routes are few: everything goes to webapi. What is open is named one by one, and all else is guarded.
func routes() []route {
	return []route{
		{path: ""},
		{path: "{proxy+}"},
		{path: "health", open: true},
		{path: "docs", open: true},
		{path: "docs/{proxy+}", open: true},
		{path: "openapi.json", open: true},
		{path: "auth/{proxy+}", open: true},
		{path: "auth/me"},
	}
}

// addRoutes sends every route to webapi. The authorizer has no identity source and remembers nothing: a token may come in
// a header or in a cookie, and with a list of sources the gateway would refuse a request in which one of them is missing.
func (a *api) addRoutes() {
	guard := awsapigateway.NewRequestAuthorizer(a.stack, jsii.String("Guard"), &awsapigateway.RequestAuthorizerProps{
		AuthorizerName:  jsii.String(a.stage.name("authorizer")),
		Handler:         a.live[contract.TaskAuthorizer],
		IdentitySources: &[]*string{},
		ResultsCacheTtl: awscdk.Duration_Seconds(jsii.Number(0)),
	})
	webAPI := awsapigateway.NewLambdaIntegration(a.live[contract.TaskWebAPI], &awsapigateway.LambdaIntegrationOptions{
		AllowTestInvoke: jsii.Bool(false),
		// One right for the whole API instead of one for each route.
		ScopePermissionToMethod: jsii.Bool(false),
	})
	for _, r := range routes() {
		options := &awsapigateway.MethodOptions{AuthorizationType: awsapigateway.AuthorizationType_NONE}
		if !r.open {
			options = &awsapigateway.MethodOptions{AuthorizationType: awsapigateway.AuthorizationType_CUSTOM, Authorizer: guard}
			if a.stage.UsagePlans {
				options.ApiKeyRequired = jsii.Bool(true)
			}
		}
		method := a.gateway.Root().ResourceForPath(jsii.String(r.path)).AddMethod(jsii.String("ANY"), webAPI, options)
		accept(method, finding{rule: "COG4", reason: "The Lambda authorizer checks the pool's tokens: Cognito's own takes none from a cookie."})
		if r.open {
			accept(method, finding{rule: "APIG4", reason: "Anyone may see this: health, the API's description, and the way to sign in."})
		}
	}
}
