package main

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/auth/token"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/gateway"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

type request = events.APIGatewayCustomAuthorizerRequestTypeRequest

// errUnauthorized has the one text that the gateway answers with 401; any other would be a 500.
var errUnauthorized = errors.New("Unauthorized")

// handler says who makes a request, and lets everyone whose access token is good pass to every route: what the caller's
// role may do is one table in webapi, which can say in words what is missing. Where the token does not prove anyone, or
// the pool's keys cannot be read, nobody passes.
func handler(
	verifier *token.Verifier, usageKeys string,
) func(context.Context, request) (events.APIGatewayCustomAuthorizerResponse, error) {
	return func(ctx context.Context, event request) (events.APIGatewayCustomAuthorizerResponse, error) {
		raw, via := auth.Credential(gateway.Header(event.MultiValueHeaders, event.Headers))
		caller, err := verifier.Verify(ctx, raw)
		if err != nil {
			refuse(ctx, event, via, err)
			return events.APIGatewayCustomAuthorizerResponse{}, errUnauthorized
		}
		caller.Via = via
		answer := allow(event.MethodArn, caller)
		answer.UsageIdentifierKey = usageKey(usageKeys, caller.Role)
		return answer, nil
	}
}

func allow(methodARN string, caller auth.Caller) events.APIGatewayCustomAuthorizerResponse {
	return events.APIGatewayCustomAuthorizerResponse{
		PrincipalID: caller.Subject,
		PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{
			Version: "2012-10-17",
			Statement: []events.IAMPolicyStatement{{
				Action: []string{"execute-api:Invoke"}, Effect: "Allow", Resource: []string{wholeStage(methodARN)},
			}},
		},
		Context: caller.GatewayContext(),
	}
}

// usageKey is under which usage plan the gateway counts a request; empty is none. Who has no role counts as a viewer.
func usageKey(prefix, role string) string {
	if prefix == "" {
		return ""
	}
	return contract.UsageKey(prefix, cmp.Or(role, contract.RoleViewer))
}

// wholeStage is every method and path of the stage that arn:aws:execute-api:region:account:api/stage/method/path names.
func wholeStage(methodARN string) string {
	parts := strings.SplitN(methodARN, "/", 3)
	if len(parts) < 3 {
		return methodARN
	}
	return parts[0] + "/" + parts[1] + "/*/*"
}

// refuse logs why. The gateway's id leads to its access log, which has the address.
func refuse(ctx context.Context, event request, via string, err error) {
	line := []zap.Field{
		zap.String("via", via), zap.String("reference", event.RequestContext.RequestID), zap.String("resource", event.Resource),
	}
	if refusal, ok := errors.AsType[*token.Refusal](err); ok {
		line = append(line, zap.String("reason", string(refusal.Reason)))
		if refusal.Cause != nil {
			telemetry.Log(ctx).Error("nobody is let in: the pool's keys cannot be read", append(line, zap.Error(refusal.Cause))...)
			return
		}
	}
	telemetry.Log(ctx).Info("refused", line...)
}
