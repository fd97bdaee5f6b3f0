// Markdeferred is the Lambda that puts a message off and sends its delayed ticket.
package main

import (
	"context"
	"math/rand/v2"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/config"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/lambdas"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/queue"
	"github.com/rezagent/rez_agent/internal/store"
)

type environment struct {
	config.Base
	config.Messages
	config.Circuit
	config.Queue
}

func main() { lambdas.Start(wire) }

func wire(env environment, cfg aws.Config) func(context.Context, delivery.Work) (delivery.Work, error) {
	db, s := dynamodb.NewFromConfig(cfg), env.Settings()
	step := &delivery.MarkDeferred{
		Records: store.NewMessages(db, env.MessagesTable),
		Tickets: &queue.Queue{Client: sqs.NewFromConfig(cfg), URL: env.QueueURL, MaxDelay: s.MaxDelay},
		Breaker: &circuit.Breaker{
			Store: store.NewCircuits(db, env.CircuitTable), Settings: s.Breaker, Now: message.Now,
		},
		Jitter: rand.Float64, Settings: s, Now: message.Now,
	}
	return step.Run
}
