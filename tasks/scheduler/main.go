// Scheduler is the Lambda behind the EventBridge rule: it makes the scheduled message.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/rezagent/rez_agent/internal/config"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/lambdas"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/topic"
)

type environment struct {
	config.Base
	config.Messages
	config.Topic
}

func main() { lambdas.Start(wire) }

func wire(env environment, cfg aws.Config) func(context.Context, events.EventBridgeEvent) (accepted, error) {
	return handler(&intake.Intake{
		Records:   store.NewMessages(dynamodb.NewFromConfig(cfg), env.MessagesTable),
		Publisher: &topic.Topic{Client: sns.NewFromConfig(cfg), ARN: env.TopicARN},
		Times:     message.TimesOf(env.Settings()), Stage: env.Stage, Now: message.Now,
	})
}
