package main

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/rezagent/rez_agent/internal/api"
	"github.com/rezagent/rez_agent/internal/auth/signin"
	"github.com/rezagent/rez_agent/internal/auth/token"
	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/deadletter"
	"github.com/rezagent/rez_agent/internal/eventscheduler"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/invoke"
	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/queue"
	"github.com/rezagent/rez_agent/internal/replayjob"
	"github.com/rezagent/rez_agent/internal/secret"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/topic"
)

// askPool bounds a request to the user pool.
const askPool = 5 * time.Second

// service puts together what the API works with.
func service(env environment, cfg aws.Config) *api.Service {
	tables := dynamodb.NewFromConfig(cfg)
	queues := sqs.NewFromConfig(cfg)
	messages := store.NewMessages(tables, env.MessagesTable)
	circuits := store.NewCircuits(tables, env.CircuitTable)
	counters := store.NewMetrics(tables, env.MetricsTable)
	key := &secret.SessionKey{Client: ssm.NewFromConfig(cfg), Param: env.SessionKeyParam, KMSKey: env.SecretsKeyARN}
	lister := &listing.Lister{Index: messages, Key: labelled(key, "cursor"), Stage: env.Stage}
	times := env.Settings()
	main, dead := &queue.Queue{Client: queues, URL: env.QueueURL}, &queue.Queue{Client: queues, URL: env.DLQURL}
	schedules := &eventscheduler.Schedules{
		Client: scheduler.NewFromConfig(cfg), Group: env.ScheduleGroup, TargetARN: env.ScheduleTargetARN, RoleARN: env.ScheduleRoleARN,
	}
	s := &api.Service{
		Stage: env.Stage, Version: env.Version, Channels: env.Channels, PublicURL: env.PublicURL, WorkflowLogs: env.WorkflowLogs, Times: times, Now: message.Now,
		Records: messages, Lister: lister, Schedules: schedules,
		Intake: &intake.Intake{
			Records: messages, Publisher: &topic.Topic{Client: sns.NewFromConfig(cfg), ARN: env.TopicARN},
			Times: message.TimesOf(times), Stage: env.Stage, Channels: env.Channels, Now: message.Now,
		},
		Replays: &replayjob.Service{
			Jobs: store.NewJobs(tables, env.JobsTable), Messages: lister, Settings: times.Jobs, Now: message.Now,
			Worker: &invoke.ReplayJob{Client: lambda.NewFromConfig(cfg), Function: env.ReplayJob},
		},
		Breaker: &circuit.Breaker{
			Store: circuits, Settings: times.Breaker, Now: message.Now,
			Listener: &metrics.CircuitChanges{Store: counters, Stage: env.Stage, Now: message.Now},
		},
		Letters: offices(env, queues, messages, main, dead),
		Metrics: &metrics.Reader{Store: counters, Stage: env.Stage, Channels: env.Channels},
		SignIn:  signIn(env, labelled(key, "sign-in")),
		Program: api.ProgramSignIn{
			AuthorizeURL: env.SignInURL + "/oauth2/authorize", TokenURL: env.SignInURL + "/oauth2/token",
			RevokeURL: env.SignInURL + "/oauth2/revoke", ClientID: env.CLIClientID,
		},
	}
	s.Probes = probes(env, cfg, s, main, dead)
	return s
}

// offices look after the dead letters of every channel that the stage has.
func offices(env environment, client *sqs.Client, messages *store.Messages, main, dead *queue.Queue) *deadletter.Offices {
	office := func(main, dead *queue.Queue) *deadletter.Office {
		return &deadletter.Office{Letters: dead, Main: main, Records: messages, Times: message.TimesOf(env.Settings()), Now: message.Now}
	}
	all := &deadletter.Offices{Main: office(main, dead), Others: map[string]*deadletter.Office{}}
	for channel, address := range env.ChannelQueues {
		all.Others[channel] = office(
			&queue.Queue{Client: client, URL: address}, &queue.Queue{Client: client, URL: env.ChannelDLQs[channel]})
	}
	return all
}

func signIn(env environment, key func(context.Context) ([]byte, error)) *signin.Flow {
	issuer := token.Issuer(env.UserPoolID)
	return &signin.Flow{
		PublicURL: env.PublicURL, SignInURL: env.SignInURL, ClientID: env.ClientID, Issuer: issuer,
		Keys:       token.NewKeys(keysURL(env, issuer), nil, time.Now),
		SessionFor: settings.BrowserSignIn, Key: key, HTTP: &http.Client{Timeout: askPool}, Now: time.Now,
		Problem: func(w http.ResponseWriter, r *http.Request, code, detail string) {
			api.WriteProblem(w, r, api.Code(code), detail)
		},
	}
}

func keysURL(env environment, issuer string) string {
	return cmp.Or(env.JWKSURL, token.JWKSURL(issuer))
}

// labelled gives each use a key of its own, derived from the one that is kept.
func labelled(key *secret.SessionKey, label string) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) { return key.Key(ctx, label) }
}
