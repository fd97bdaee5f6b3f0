// Package config reads a Lambda's settings from its environment, once, at start: all that is missing or wrong is
// reported at once. A Lambda's environment is a struct that embeds the parts it needs.
package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/caarlos0/env/v11"
	"go.uber.org/zap/zapcore"

	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/webhook"
)

// Base is what every Lambda has.
type Base struct {
	Stage    string `env:"STAGE,required,notEmpty"`
	LogLevel Level  `env:"LOG_LEVEL"               envDefault:"info"`
	// TimeDivisor divides every wait, for tests on the local stack.
	TimeDivisor Divisor `env:"TIME_DIVISOR" envDefault:"1"`
}

// Level is the least severe log level that is written.
type Level zapcore.Level

// Divisor is a whole number, 1 or more.
type Divisor int

// Common gives the base of any environment that embeds it.
func (b Base) Common() Base { return b }

// Settings are the pipeline's times and limits.
func (b Base) Settings() settings.Settings { return settings.Default().Divided(int(b.TimeDivisor)) }

// Messages is the table of records.
type Messages struct {
	MessagesTable string `env:"DYNAMODB_TABLE_NAME,required,notEmpty"`
}

// Circuit is the table of breakers and limits.
type Circuit struct {
	CircuitTable string `env:"CIRCUIT_BREAKER_TABLE,required,notEmpty"`
}

// Topic is where tickets are published.
type Topic struct {
	TopicARN string `env:"SNS_TOPIC_ARN,required,notEmpty"`
}

// Queue is where tickets wait.
type Queue struct {
	QueueURL string `env:"SQS_QUEUE_URL,required,notEmpty"`
}

// DLQ is where tickets end that the pipeline could not handle in time.
type DLQ struct {
	DLQURL string `env:"SQS_DLQ_URL,required,notEmpty"`
}

// Machine is the delivery workflow.
type Machine struct {
	StateMachineARN string `env:"STATE_MACHINE_ARN,required,notEmpty"`
}

// Ntfy is the destination.
type Ntfy struct {
	Destination ntfy.Destination `env:"NTFY_URL,required,notEmpty"`
	// APIKeyParam names the SSM SecureString that holds the bearer token; empty means none.
	APIKeyParam string `env:"NTFY_API_KEY_PARAM"`
}

// Webhook is the receiver of signed events.
type Webhook struct {
	Destination webhook.Destination `env:"WEBHOOK_URL,required,notEmpty"`
	// SecretParam names the SSM SecureString that holds the secret, or several with spaces between them.
	SecretParam string `env:"WEBHOOK_SECRET_PARAM,required,notEmpty"`
}

// ChannelNames are the channels that the stage has.
type ChannelNames struct {
	Channels []string `env:"CHANNELS" envDefault:"ntfy"`
}

// OtherQueues are the queues and the dead-letter queues of the channels beside ntfy, by channel.
type OtherQueues struct {
	ChannelQueues map[string]string `env:"CHANNEL_QUEUES" envKeyValSeparator:"="`
	ChannelDLQs   map[string]string `env:"CHANNEL_DLQS"   envKeyValSeparator:"="`
}

// Metrics is the table of hourly counters.
type Metrics struct {
	MetricsTable string `env:"METRICS_TABLE,required,notEmpty"`
}

// Jobs is the table of replays by filter.
type Jobs struct {
	JobsTable string `env:"JOBS_TABLE,required,notEmpty"`
}

// ReplayWorker is the Lambda that works on replays by filter, which calls itself to go on.
type ReplayWorker struct {
	ReplayJob string `env:"REPLAY_JOB_FUNCTION,required,notEmpty"`
}

// Pool is the user pool that signs people and programs in.
type Pool struct {
	UserPoolID string `env:"COGNITO_USER_POOL_ID,required,notEmpty"`
	// ClientID is the browser's client, CLIClientID the command line's.
	ClientID    string `env:"COGNITO_CLIENT_ID,required,notEmpty"`
	CLIClientID string `env:"COGNITO_CLI_CLIENT_ID,required,notEmpty"`
	// JWKSURL is where the pool's public keys are; empty is where AWS has them.
	JWKSURL string `env:"JWKS_URL"`
}

// Usage is whether callers are counted by role.
type Usage struct {
	// UsageKeys begins the names of the usage plans' keys; empty counts nobody.
	UsageKeys string `env:"USAGE_KEYS"`
}

// Schedules is where the schedules of users are kept, and what they call.
type Schedules struct {
	ScheduleGroup     string `env:"SCHEDULE_GROUP,required,notEmpty"`
	ScheduleTargetARN string `env:"SCHEDULE_TARGET_ARN,required,notEmpty"`
	ScheduleRoleARN   string `env:"SCHEDULE_ROLE_ARN,required,notEmpty"`
}

// Web is what the REST API has beside its tables.
type Web struct {
	// SignInURL is the origin of the hosted sign-in pages, PublicURL the one under which a browser sees /api.
	SignInURL string `env:"SIGN_IN_URL,required,notEmpty"`
	PublicURL string `env:"PUBLIC_URL,required,notEmpty"`
	// SessionKeyParam names the SecureString that seals cursors and sign-in cookies.
	SessionKeyParam string `env:"SESSION_KEY_PARAM,required,notEmpty"`
	// SecretsKeyARN is the KMS key that encrypts it; empty is AWS's own.
	SecretsKeyARN string `env:"SECRETS_KEY_ARN"`
	ReplayJob     string `env:"REPLAY_JOB_FUNCTION,required,notEmpty"`
	WorkflowLogs  string `env:"WORKFLOW_LOG_GROUP,required,notEmpty"`
	Version       string `env:"VERSION" envDefault:"unknown"`
}

// Load fills an environment and reports everything that is missing or wrong in one error of one line.
func Load[E interface{ Common() Base }]() (E, error) {
	environment, err := env.ParseAsWithOptions[E](env.Options{FuncMap: parsers()})
	if err != nil {
		return environment, fmt.Errorf("environment: %s", oneLine(err))
	}
	return environment, nil
}

func oneLine(err error) string {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return err.Error()
	}
	faults := make([]string, 0, len(all.Errors))
	for _, fault := range all.Errors {
		faults = append(faults, fault.Error())
	}
	return strings.Join(faults, "; ")
}
