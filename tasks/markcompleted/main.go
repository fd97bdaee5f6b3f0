// Markcompleted is the Lambda that writes down a delivery.
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

func wire(env environment, cfg aws.Config) func(context.Context, delivery.Work) (delivery.Work, error) {
	step := &delivery.MarkCompleted{
		Records: store.NewMessages(dynamodb.NewFromConfig(cfg), env.MessagesTable), Now: message.Now,
	}
	return step.Run
}
