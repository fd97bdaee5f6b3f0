// Fireschedule is the Lambda that users' schedules call: it makes a schedule's message each time it fires.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/rezagent/rez_agent/internal/config"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/lambdas"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/schedule"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/topic"
)

type environment struct {
	config.Base
	config.Messages
	config.Topic
	config.ChannelNames
}

func main() { lambdas.Start(wire) }

func wire(env environment, cfg aws.Config) func(context.Context, schedule.FiredEvent) (accepted, error) {
	return handler(&intake.Intake{
		Records:   store.NewMessages(dynamodb.NewFromConfig(cfg), env.MessagesTable),
		Publisher: &topic.Topic{Client: sns.NewFromConfig(cfg), ARN: env.TopicARN},
		Times:     message.TimesOf(env.Settings()), Stage: env.Stage, Channels: env.Channels, Now: message.Now,
	})
}
