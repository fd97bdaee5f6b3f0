// Replayjob is the Lambda that replays all messages that a filter chooses.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/rezagent/rez_agent/internal/config"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/invoke"
	"github.com/rezagent/rez_agent/internal/lambdas"
	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/replayjob"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/topic"
)

type environment struct {
	config.Base
	config.Messages
	config.Topic
	config.Jobs
	config.ReplayWorker
}

// done is the answer, which nobody waits for: an error alone makes Lambda call again.
type done struct{}

func main() { lambdas.Start(wire) }

func wire(env environment, cfg aws.Config) func(context.Context, replayjob.Event) (done, error) {
	client := dynamodb.NewFromConfig(cfg)
	messages := store.NewMessages(client, env.MessagesTable)
	worker := &replayjob.Worker{
		Jobs:     store.NewJobs(client, env.JobsTable),
		Messages: &listing.Lister{Index: messages, Stage: env.Stage},
		Replayer: &intake.Intake{
			Records: messages, Publisher: &topic.Topic{Client: sns.NewFromConfig(cfg), ARN: env.TopicARN},
			Times: message.TimesOf(env.Settings()), Stage: env.Stage, Now: message.Now,
		},
		Next:     &invoke.ReplayJob{Client: lambda.NewFromConfig(cfg), Function: env.ReplayJob},
		Settings: env.Settings().Jobs, Now: message.Now,
	}
	return func(ctx context.Context, event replayjob.Event) (done, error) {
		return done{}, worker.Work(ctx, event.JobID)
	}
}
