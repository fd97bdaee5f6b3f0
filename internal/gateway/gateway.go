// Package gateway lets an http.Handler answer the events of an API Gateway REST API with Lambda proxy integration.
package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/events"
	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/telemetry"
	"github.com/rezagent/rez_agent/internal/wire"
)

type requestIDKey struct{}

// RequestID is the gateway's id of the request, which its access log and its own error answers have too: the reference
// that a person can quote. It is empty outside of Handler.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// Handler translates events for an http.Handler. The request's context has the request's id, a logger that names it,
// and the auth.Caller that the authorizer found: who calls comes from there alone, never from a header. A handler that
// panics answers 500; the returned error is always nil.
func Handler(h http.Handler) func(context.Context, events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	return func(ctx context.Context, event events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		ctx = surroundings(ctx, event.RequestContext)
		r, err := request(ctx, event)
		if err != nil {
			telemetry.Log(ctx).Error("the gateway's event cannot be read", zap.Error(err))
			return broken(ctx), nil
		}
		w := newRecorder()
		if !served(w, r, h) {
			return broken(ctx), nil
		}
		return w.response(event.HTTPMethod), nil
	}
}

func surroundings(ctx context.Context, about events.APIGatewayProxyRequestContext) context.Context {
	ctx = context.WithValue(ctx, requestIDKey{}, about.RequestID)
	ctx = telemetry.With(ctx, telemetry.Log(ctx).With(zap.String("reference", about.RequestID)))
	if caller, ok := auth.CallerOf(about.Authorizer); ok {
		ctx = auth.WithCaller(ctx, caller)
	}
	return ctx
}

// served runs the handler; false means that it panicked, and that what it wrote before is not to be sent.
func served(w http.ResponseWriter, r *http.Request, h http.Handler) (whole bool) {
	defer func() {
		if reason := recover(); reason != nil {
			telemetry.Log(r.Context()).Error("panic",
				zap.String("reason", fmt.Sprint(reason)), zap.ByteString("stack", debug.Stack()))
			whole = false
		}
	}()
	h.ServeHTTP(w, r)
	return true
}

// broken is the problem document of an inner fault: a reference to the log, and nothing of its cause.
func broken(ctx context.Context) events.APIGatewayProxyResponse {
	body, err := json.Marshal(wire.Problem{
		Type: "/" + contract.APIStage + "/docs/errors#internal", Title: "Something of ours broke", Code: "internal",
		Status: http.StatusInternalServerError, Instance: RequestID(ctx),
		Detail: "The request was not completed. The logs tell more under the reference in instance.",
	})
	if err != nil { // unreachable: texts and a number
		body = []byte("{}")
	}
	return events.APIGatewayProxyResponse{
		StatusCode: http.StatusInternalServerError, Body: string(body),
		MultiValueHeaders: map[string][]string{
			"Content-Type": {"application/problem+json"}, "Cache-Control": {"no-store"},
		},
	}
}
