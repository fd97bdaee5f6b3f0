// Sweeper is the Lambda that looks each minute for records that were left behind.
package main

import (
	"context"
	"errors"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/rezagent/rez_agent/internal/config"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/lambdas"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/queue"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/sweep"
	"github.com/rezagent/rez_agent/internal/topic"
)

type environment struct {
	config.Base
	config.Messages
	config.Circuit
	config.Topic
	config.Queue
	config.DLQ
	config.OtherQueues
}

func main() { lambdas.Start(wire) }

func wire(env environment, cfg aws.Config) func(context.Context, events.EventBridgeEvent) (sweep.Report, error) {
	db, client, s := dynamodb.NewFromConfig(cfg), sqs.NewFromConfig(cfg), env.Settings()
	sweeper := &sweep.Sweeper{
		Records:     store.NewMessages(db, env.MessagesTable),
		Backlog:     &queue.Queue{Client: client, URL: env.QueueURL, MaxDelay: s.MaxDelay},
		Publisher:   &topic.Topic{Client: sns.NewFromConfig(cfg), ARN: env.TopicARN},
		DeadLetters: &queue.Queue{Client: client, URL: env.DLQURL, MaxDelay: s.MaxDelay},
		Others:      map[string]sweep.Lane{},
		Settings:    s.Sweep, Now: message.Now,
	}
	channels := []string{contract.ChannelNtfy}
	for channel, url := range env.ChannelQueues {
		channels = append(channels, channel)
		sweeper.Others[channel] = sweep.Lane{
			Backlog:     &queue.Queue{Client: client, URL: url, MaxDelay: s.MaxDelay},
			DeadLetters: &queue.Queue{Client: client, URL: env.ChannelDLQs[channel], MaxDelay: s.MaxDelay},
		}
	}
	gauge := &metrics.CircuitGauge{
		Circuits: store.NewCircuits(db, env.CircuitTable), Channels: channels, Now: message.Now,
	}
	return func(ctx context.Context, _ events.EventBridgeEvent) (sweep.Report, error) {
		told := gauge.Run(ctx) // a circuit that cannot be read keeps nothing from being swept
		report, err := sweeper.Run(ctx)
		return report, errors.Join(told, err)
	}
}
