// Markprocessing is the workflow's first Lambda: it takes the message's lease.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/rezagent/rez_agent/internal/config"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/lambdas"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/store"
)

type environment struct {
	config.Base
	config.Messages
}

func main() { lambdas.Start(wire) }

func wire(env environment, cfg aws.Config) func(context.Context, delivery.Start) (delivery.Work, error) {
	step := &delivery.MarkProcessing{
		Records: store.NewMessages(dynamodb.NewFromConfig(cfg), env.MessagesTable),
		Times:   message.TimesOf(env.Settings()), Now: message.Now,
	}
	return func(ctx context.Context, in delivery.Start) (delivery.Work, error) {
		in.Execution.TraceID = lambdas.TraceID(ctx)
		return step.Run(ctx, in)
	}
}
