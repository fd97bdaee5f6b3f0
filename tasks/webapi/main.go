// Webapi is the Lambda behind the gateway: it answers the REST API.
package main

import (
	"context"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/rezagent/rez_agent/internal/api"
	"github.com/rezagent/rez_agent/internal/config"
	"github.com/rezagent/rez_agent/internal/gateway"
	"github.com/rezagent/rez_agent/internal/lambdas"
)

type environment struct {
	config.Base
	config.Messages
	config.Circuit
	config.Metrics
	config.Jobs
	config.Topic
	config.Queue
	config.DLQ
	config.ChannelNames
	config.OtherQueues
	config.Machine
	config.Pool
	config.Schedules
	config.Web
}

func main() { lambdas.Start(wire) }

func wire(env environment, cfg aws.Config) func(context.Context, events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	return gateway.Handler(referenced(api.New(service(env, cfg))))
}

// referenced gives the API the gateway's request id, which its access log has, too.
func referenced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		next.ServeHTTP(w, r.WithContext(api.WithReference(ctx, gateway.RequestID(ctx))))
	})
}
