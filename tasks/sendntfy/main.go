// Sendntfy is the Lambda that makes the one request to ntfy.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/config"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/lambdas"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/internal/secret"
	"github.com/rezagent/rez_agent/internal/store"
)

type environment struct {
	config.Base
	config.Messages
	config.Circuit
	config.Metrics
	config.Ntfy
}

func main() { lambdas.Start(wire) }

func wire(env environment, cfg aws.Config) func(context.Context, delivery.SendInput) (delivery.Work, error) {
	db, s := dynamodb.NewFromConfig(cfg), env.Settings()
	circuits := store.NewCircuits(db, env.CircuitTable)
	step := &delivery.Send{
		Channel: contract.ChannelNtfy,
		Sender: &delivery.Ntfy{
			Publisher: ntfy.NewClient(env.Destination, s.HTTPTimeout, s.Limits.MaxRetryAfter),
			Tokens: &secret.Token{
				Parameters: ssm.NewFromConfig(cfg), Name: env.APIKeyParam, MaxAge: s.TokenCache, Timeout: s.TokenRead,
				Now: message.Now,
			},
			HTTPTimeout: s.HTTPTimeout,
		},
		Records: store.NewMessages(db, env.MessagesTable),
		Breaker: &circuit.Breaker{
			Store: circuits, Settings: s.Breaker, Now: message.Now,
			Listener: &metrics.CircuitChanges{Store: store.NewMetrics(db, env.MetricsTable), Stage: env.Stage, Now: message.Now},
		},
		Limiter:     &circuit.Limiter{Store: circuits, Settings: s.Limits, Now: message.Now},
		HTTPTimeout: s.HTTPTimeout, RetryWindow: s.RetryWindow, Now: message.Now,
	}
	return step.Run
}
