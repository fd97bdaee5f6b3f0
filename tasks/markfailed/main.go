// Markfailed is the Lambda that ends a message which will not be delivered.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

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
	config.DLQ
}

func main() { lambdas.Start(wire) }

func wire(env environment, cfg aws.Config) func(context.Context, delivery.Work) (delivery.Work, error) {
	step := &delivery.MarkFailed{
		Records:     store.NewMessages(dynamodb.NewFromConfig(cfg), env.MessagesTable),
		DeadLetters: &queue.Queue{Client: sqs.NewFromConfig(cfg), URL: env.DLQURL, MaxDelay: env.Settings().MaxDelay},
		Now:         message.Now,
	}
	return step.Run
}
