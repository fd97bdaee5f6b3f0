package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// api is the REST API: the gateway, the Lambdas behind it, and the programs that may ask for a sign-in. It is a stack of
// its own, so that the API can be replaced, or taken away, while messages are delivered.
type api struct {
	lambdaStack

	kept     stateful
	pipeline *pipeline
	gateway  awsapigateway.RestApi
	// way is nil where the gateway has an address in the Internet.
	way *network
	// edge is nil on the emulator, where local/front stands.
	edge *edge
	// publicURL is the origin under which a browser sees /api.
	publicURL             *string
	browser, cli          awscognito.UserPoolClient
	signInURL, publicKeys *string
}

func newAPIStack(app awscdk.App, stage Stage, options Options, kept stateful, work *pipeline, way *network) *api {
	a := &api{
		lambdaStack: newLambdaStack(app, stage, options, kept.keys, "api", "rez_agent: the REST API and who may use it"),
		kept:        kept,
		pipeline:    work,
		way:         way,
	}
	a.gateway = a.newGateway()
	a.addOriginName()
	if !stage.Emulated && !stage.standsBy() { // one edge leads to both regions
		a.edge = a.newEdge()
		a.leadToTheEdge()
	}
	a.publicURL = a.origin()
	a.signInURL, a.publicKeys = a.signInAddresses()
	a.browser, a.cli = a.newBrowserClient(), a.newCLIClient()
	a.addFunction(a.authorizer())
	a.addFunction(a.webAPI())
	a.shiftGradually(a.webAPIShift())
	a.addRoutes()
	a.addUsagePlans()
	a.addFirewall()
	a.addGatewayResponses()
	a.addOutputs()
	return a
}

// origin is the given one, or CloudFront's own.
func (a *api) origin() *string {
	if a.options.PublicURL != "" {
		return jsii.String(a.options.PublicURL)
	}
	return awscdk.Fn_Join(jsii.String(""), &[]*string{jsii.String("https://"), a.edge.distribution.DistributionDomainName()})
}

// gatewayHost is made of the gateway's id alone: its full address names the deployment, which waits for the Lambda that
// is to be told the address under which browsers come.
func (a *api) gatewayHost() *string {
	return awscdk.Fn_Join(jsii.String(""), &[]*string{
		a.gateway.RestApiId(), jsii.String(".execute-api."), a.stack.Region(), jsii.String("."), a.stack.UrlSuffix(),
	})
}

func (a *api) addOutputs() {
	output(a.stack, contract.OutputAPIID, a.gateway.RestApiId(), "The API in API Gateway")
	output(a.stack, contract.OutputAPIURL, a.publicURL, "The origin under which a browser sees /api")
	output(a.stack, contract.OutputClientID, a.browser.UserPoolClientId(), "The user pool's client for browsers")
	output(a.stack, contract.OutputCLIClientID, a.cli.UserPoolClientId(), "The user pool's client for the command line")
	a.addFunctionOutputs()
}
