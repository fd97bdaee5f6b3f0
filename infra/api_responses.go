package infra

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/wire"
)

// gatewayProblem is an error that the gateway answers itself, before or instead of webapi.
type gatewayProblem struct {
	// kind is the gateway's name for it.
	kind   string
	status int
	// code, title and detail say it as webapi would; the first two are the catalogue's.
	code, title, detail string
	// headers beside the type; their values stand in single quotes, as the gateway wants fixed texts.
	headers map[string]*string
}

// gatewayProblems are all errors that the gateway knows, so that none is answered in words of its own. A kind that AWS
// may add later falls under the two defaults.
func gatewayProblems() []gatewayProblem {
	return append(refusals(), breakdowns()...)
}

// refusals are the caller's: 4xx.
func refusals() []gatewayProblem {
	const (
		signedOut, forbidden, nothing = "You are not signed in", "Your role does not allow this", "There is nothing here"
		malformed, tooMany            = "The request cannot be read", "Too many requests"
		noToken                       = "the request carries no access token, or one that is not valid any more or here"
		mayNot                        = "this caller may not do this"
	)
	bearer := map[string]*string{"WWW-Authenticate": jsii.String("'Bearer'")}
	later := map[string]*string{"Retry-After": jsii.String("'1'")}
	return []gatewayProblem{
		{"DEFAULT_4XX", http.StatusBadRequest, "malformed", malformed, "the gateway refuses the request", nil},
		{"BAD_REQUEST_BODY", http.StatusBadRequest, "malformed", malformed, "the body cannot be read", nil},
		{"BAD_REQUEST_PARAMETERS", http.StatusBadRequest, "malformed", malformed, "a parameter cannot be read", nil},
		{"UNAUTHORIZED", http.StatusUnauthorized, "unauthenticated", signedOut, noToken, bearer},
		{"EXPIRED_TOKEN", http.StatusUnauthorized, "unauthenticated", signedOut, noToken, bearer},
		{"INVALID_SIGNATURE", http.StatusUnauthorized, "unauthenticated", signedOut, noToken, bearer},
		{"ACCESS_DENIED", http.StatusForbidden, "forbidden", forbidden, mayNot, nil},
		{"INVALID_API_KEY", http.StatusForbidden, "forbidden", forbidden, mayNot, nil},
		{"WAF_FILTERED", http.StatusForbidden, "forbidden", forbidden, "a firewall rule refuses the request", nil},
		// The gateway's word for a path without a route.
		{"MISSING_AUTHENTICATION_TOKEN", http.StatusNotFound, "not_found", nothing, "no route has this path", nil},
		{"RESOURCE_NOT_FOUND", http.StatusNotFound, "not_found", nothing, "no route has this path", nil},
		{"REQUEST_TOO_LARGE", http.StatusRequestEntityTooLarge, "too_large", "The request is too large", "the body has more than 10 MB", nil},
		{
			"UNSUPPORTED_MEDIA_TYPE", http.StatusUnsupportedMediaType, "unsupported_media_type", "The body's type is not JSON",
			"send Content-Type: application/json", nil,
		},
		{
			"THROTTLED", http.StatusTooManyRequests, "throttled", tooMany,
			fmt.Sprintf("the API takes %d requests a second: try again after a second", requestsPerSecond), later,
		},
		{"QUOTA_EXCEEDED", http.StatusTooManyRequests, "throttled", tooMany, "the caller's quota is used up", later},
	}
}

// breakdowns are ours: 5xx.
func breakdowns() []gatewayProblem {
	const (
		broke, silent = "Something of ours broke", "Something that the API needs does not answer"
		look          = "the gateway's access log tells more under the reference in instance"
	)
	later := map[string]*string{"Retry-After": jsii.String("'1'")}
	return []gatewayProblem{
		{"DEFAULT_5XX", http.StatusInternalServerError, "internal", broke, look, nil},
		{"API_CONFIGURATION_ERROR", http.StatusInternalServerError, "internal", broke, look, nil},
		{"AUTHORIZER_FAILURE", http.StatusInternalServerError, "internal", broke, look, nil},
		{"AUTHORIZER_CONFIGURATION_ERROR", http.StatusInternalServerError, "internal", broke, look, nil},
		{"INTEGRATION_FAILURE", http.StatusBadGateway, "unavailable", silent, "the API's Lambda did not answer", later},
		{"INTEGRATION_TIMEOUT", http.StatusGatewayTimeout, "unavailable", silent, "the API's Lambda did not answer in time", later},
	}
}

// addGatewayResponses makes the gateway's own errors problem documents. The gateway chooses a template by the request's
// Accept and falls back to application/json, so that is the template's name, and a header says what it really is.
func (a *api) addGatewayResponses() {
	for _, problem := range gatewayProblems() {
		headers := map[string]*string{
			"Content-Type": jsii.String("'application/problem+json'"), "Cache-Control": jsii.String("'no-store'"),
		}
		maps.Copy(headers, problem.headers)
		a.gateway.AddGatewayResponse(jsii.String(problem.kind), &awsapigateway.GatewayResponseOptions{
			Type:            awsapigateway.ResponseType_Of(jsii.String(problem.kind)),
			StatusCode:      jsii.String(strconv.Itoa(problem.status)),
			ResponseHeaders: &headers,
			Templates:       &map[string]*string{"application/json": jsii.String(problem.document())},
		})
	}
}

// document is the answer's body. The gateway puts the request's id in the place of its variable.
func (p gatewayProblem) document() string {
	text, err := json.Marshal(wire.Problem{
		Type: "/api/docs/errors#" + p.code, Title: p.title, Status: p.status, Detail: p.detail, Code: p.code,
		Instance: "$context.requestId",
	})
	if err != nil {
		panic(err) // a struct of texts and a number is always JSON
	}
	return string(text)
}
