// Processor is the Lambda behind the queue: it runs one delivery workflow for each ticket.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/rezagent/rez_agent/internal/config"
	"github.com/rezagent/rez_agent/internal/dispatch"
	"github.com/rezagent/rez_agent/internal/lambdas"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/queue"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/workflow"
)

type environment struct {
	config.Base
	config.Messages
	config.Queue
	config.Machine
}

func main() { lambdas.Start(wire) }

func wire(env environment, cfg aws.Config) func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
	s := env.Settings()
	return handler(&dispatch.Dispatcher{
		Workflow:    &workflow.Workflow{Client: workflow.NewClient(cfg), ARN: env.StateMachineARN},
		Tickets:     &queue.Queue{Client: sqs.NewFromConfig(cfg), URL: env.QueueURL, MaxDelay: s.MaxDelay},
		Records:     store.NewMessages(dynamodb.NewFromConfig(cfg), env.MessagesTable),
		MaxReceives: s.MaxReceives, Now: message.Now,
	})
}
