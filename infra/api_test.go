package infra_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/api"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/wire"
)

// path of a resource of the gateway.
func (t template) path(reference any) string {
	r := reference.(object)
	if _, root := r["Fn::GetAtt"]; root {
		return ""
	}
	resource := t.resources[r["Ref"].(string)].(object)["Properties"].(object)
	return t.path(resource["ParentId"]) + "/" + resource["PathPart"].(string)
}

func TestOnlyWhatAnyoneMaySeeIsOpen(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		open, guarded := []string{}, []string{}
		for _, method := range stage.api.ofType("AWS::ApiGateway::Method") {
			require.Equal(t, "ANY", method["HttpMethod"])
			path := stage.api.path(method["ResourceId"])
			switch method["AuthorizationType"] {
			case "NONE":
				open = append(open, path)
				require.NotContains(t, method, "AuthorizerId")
			case "CUSTOM":
				guarded = append(guarded, path)
				require.NotEmpty(t, method["AuthorizerId"])
			default:
				require.Fail(t, "neither open nor guarded", path)
			}
		}
		require.ElementsMatch(t, []string{"/health", "/docs", "/docs/{proxy+}", "/openapi.json", "/auth/{proxy+}"}, open)
		require.ElementsMatch(t, []string{"", "/{proxy+}", "/auth/me"}, guarded)
	})
}

func TestEveryRouteGoesToTheLiveWebAPI(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for _, method := range stage.api.ofType("AWS::ApiGateway::Method") {
			integration := method["Integration"].(object)
			require.Equal(t, "AWS_PROXY", integration["Type"])
			require.Contains(t, stage.api.text(integration["Uri"]), "/function rez-agent-webapi-"+stage.name+":live/invocations")
		}
	})
}

// A list of sources would refuse a request in which one of them is missing, and a memory would need such a list.
func TestTheAuthorizerSeesEveryRequest(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		authorizer := stage.api.one(t, "AWS::ApiGateway::Authorizer")
		require.Equal(t, "REQUEST", authorizer["Type"])
		require.Empty(t, authorizer["IdentitySource"])
		require.InDelta(t, 0, authorizer["AuthorizerResultTtlInSeconds"], 0)
		require.Contains(t, stage.api.text(authorizer["AuthorizerUri"]), "function rez-agent-authorizer-"+stage.name+":live")
	})
}

func TestTheGatewayMayCallTheLiveLambdasOfThisAPIOnly(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		called := map[string]string{}
		for _, permission := range stage.api.ofType("AWS::Lambda::Permission") {
			require.Equal(t, "apigateway.amazonaws.com", permission["Principal"])
			called[stage.api.text(permission["FunctionName"])] = stage.api.text(permission["SourceArn"])
		}
		source := "arn:<Partition>:execute-api:<Region>:<AccountId>:rez-agent-api-" + stage.name
		require.Equal(t, map[string]string{
			"function rez-agent-webapi-" + stage.name + ":live":     source + "/*/*/*",
			"function rez-agent-authorizer-" + stage.name + ":live": source + "/authorizers/rez-agent-authorizer-" + stage.name,
		}, called)
	})
}

func TestTheGatewaysStageIsTheFirstPartOfEveryPath(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		require.Equal(t, object{"Types": []any{"REGIONAL"}}, stage.api.one(t, "AWS::ApiGateway::RestApi")["EndpointConfiguration"])
		deployed := stage.api.one(t, "AWS::ApiGateway::Stage")
		require.Equal(t, contract.APIStage, deployed["StageName"])
		require.Equal(t, stage.name != "local", deployed["TracingEnabled"])
		settings := deployed["MethodSettings"].([]any)
		require.Len(t, settings, 1)
		require.InDelta(t, 1000, settings[0].(object)["ThrottlingRateLimit"], 0)
		require.InDelta(t, 2000, settings[0].(object)["ThrottlingBurstLimit"], 0)
		require.Equal(t, false, settings[0].(object)["DataTraceEnabled"], "it would log bodies and tokens")
	})
}

func TestAccessLogsHoldNeitherQueriesNorHeaders(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		setting := stage.api.one(t, "AWS::ApiGateway::Stage")["AccessLogSetting"].(object)
		require.Equal(t, "loggroup /aws/apigateway/rez-agent-api-"+stage.name, stage.api.text(setting["DestinationArn"]))
		var line map[string]string
		require.NoError(t, json.Unmarshal([]byte(setting["Format"].(string)), &line))
		require.Equal(t, "$context.requestId", line["requestId"])
		for name, value := range line {
			require.Regexp(t, `^\$context\.(request(Time|Id)|identity\.sourceIp|httpMethod|path|status|error\.responseType|`+
				`authorizer\.subject|response(Latency|Length)|integrationLatency|xrayTraceId)$`, value, name)
		}
	})
}

// The stack that was deployed last would own the account's setting, and take it along.
func TestNoStageOwnsTheAccountsLogRole(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for _, in := range stage.all() {
			require.Empty(t, in.ofType("AWS::ApiGateway::Account"))
		}
		for id, role := range stage.api.ofType(roleType) {
			trust := role["AssumeRolePolicyDocument"].(object)["Statement"].([]any)[0].(object)
			require.Contains(t, []any{"lambda.amazonaws.com", "codedeploy.amazonaws.com"}, trust["Principal"].(object)["Service"], id)
		}
	})
}

func TestEveryErrorOfTheGatewayIsAProblemDocumentOfTheCatalogue(t *testing.T) {
	t.Parallel()
	titles := map[string]string{}
	for _, text := range api.Catalogue() {
		titles[string(text.Code)] = text.Title
	}
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		statuses := map[string]int{}
		for _, response := range stage.api.ofType("AWS::ApiGateway::GatewayResponse") {
			kind := response["ResponseType"].(string)
			headers := response["ResponseParameters"].(object)
			require.Equal(t, "'application/problem+json'", headers["gatewayresponse.header.Content-Type"], kind)
			problem := problemOf(t, response)
			require.Equal(t, response["StatusCode"], strconv.Itoa(problem.Status), kind)
			require.Contains(t, titles, problem.Code, kind)
			require.Equal(t, titles[problem.Code], problem.Title, kind)
			require.Equal(t, "/api/docs/errors#"+problem.Code, problem.Type, kind)
			require.Equal(t, "$context.requestId", problem.Instance, kind)
			require.NotEmpty(t, problem.Detail, kind)
			require.Equal(t, problem.Status == http.StatusTooManyRequests || problem.Code == "unavailable",
				headers["gatewayresponse.header.Retry-After"] != nil, kind)
			require.Equal(t, problem.Status == http.StatusUnauthorized, headers["gatewayresponse.header.WWW-Authenticate"] != nil, kind)
			statuses[kind] = problem.Status
		}
		require.Equal(t, everyGatewayError(), statuses)
	})
}

func problemOf(t *testing.T, response object) wire.Problem {
	t.Helper()
	text := response["ResponseTemplates"].(object)["application/json"].(string)
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	var problem wire.Problem
	require.NoError(t, decoder.Decode(&problem))
	return problem
}

// everyGatewayError lists all kinds that API Gateway has, and the status that we answer.
func everyGatewayError() map[string]int {
	return map[string]int{
		"DEFAULT_4XX": 400, "BAD_REQUEST_BODY": 400, "BAD_REQUEST_PARAMETERS": 400,
		"UNAUTHORIZED": 401, "EXPIRED_TOKEN": 401, "INVALID_SIGNATURE": 401,
		"ACCESS_DENIED": 403, "INVALID_API_KEY": 403, "WAF_FILTERED": 403,
		"MISSING_AUTHENTICATION_TOKEN": 404, "RESOURCE_NOT_FOUND": 404,
		"REQUEST_TOO_LARGE": 413, "UNSUPPORTED_MEDIA_TYPE": 415, "THROTTLED": 429, "QUOTA_EXCEEDED": 429,
		"DEFAULT_5XX": 500, "API_CONFIGURATION_ERROR": 500, "AUTHORIZER_FAILURE": 500, "AUTHORIZER_CONFIGURATION_ERROR": 500,
		"INTEGRATION_FAILURE": 502, "INTEGRATION_TIMEOUT": 504,
	}
}

func TestTheAPIsOutputsHoldEveryAddress(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		got := map[string]string{}
		for name, value := range stage.api.outputs {
			if strings.HasPrefix(name, "ExportsOutput") { // what the dashboard's stack reads
				continue
			}
			got[name] = stage.api.text(value.(object)["Value"])
		}
		require.Equal(t, map[string]string{
			contract.OutputAPIID:                   "rez-agent-api-" + stage.name,
			contract.OutputAPIURL:                  publicURLOf(stage.name),
			contract.OutputClientID:                "rez-agent-browser-" + stage.name,
			contract.OutputCLIClientID:             "rez-agent-cli-" + stage.name,
			contract.OutputFunction + "webapi":     "rez-agent-webapi-" + stage.name,
			contract.OutputFunction + "authorizer": "rez-agent-authorizer-" + stage.name,
		}, got)
	})
}

func TestAChosenPublicAddressIsWhereTheBrowserComesBackTo(t *testing.T) {
	t.Parallel()
	prod := synthesized()[own]
	require.Equal(t, "https://rez.example.com", environmentOf(prod, contract.TaskWebAPI)[contract.EnvPublicURL])
	browser := prod.api.ofType("AWS::Cognito::UserPoolClient")["rez-agent-browser-prod"]
	require.Equal(t, []any{"https://rez.example.com/api/auth/callback"}, browser["CallbackURLs"])
	require.Equal(t, []any{"https://rez.example.com/"}, browser["LogoutURLs"])
}
