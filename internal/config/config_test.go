package config_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"

	"github.com/rezagent/rez_agent/internal/config"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/internal/settings"
)

// everything is what no Lambda has: all parts at once.
type everything struct {
	config.Base
	config.Messages
	config.Circuit
	config.Topic
	config.Queue
	config.DLQ
	config.Machine
	config.Ntfy
}

func variables() map[string]string {
	return map[string]string{
		contract.EnvStage: "dev", contract.EnvLogLevel: "debug", contract.EnvTimeDivisor: "60",
		contract.EnvMessagesTable: "messages", contract.EnvCircuitTable: "circuit", contract.EnvTopicARN: "arn:topic",
		contract.EnvQueueURL: "http://q", contract.EnvDLQURL: "http://dlq", contract.EnvStateMachineARN: "arn:machine",
		contract.EnvNtfyURL: "https://ntfy.example/push/my_topic", contract.EnvNtfyAPIKeyParam: "/rez/token",
	}
}

func set(t *testing.T, changes map[string]string) {
	t.Helper()
	for name, value := range variables() {
		t.Setenv(name, value)
	}
	for name, value := range changes {
		t.Setenv(name, value)
	}
}

// channels is what a Lambda that knows every channel has.
type channels struct {
	config.Base
	config.ChannelNames
	config.OtherQueues
	config.Webhook
}

func TestChannelsBesideNtfyAreRead(t *testing.T) {
	set(t, map[string]string{
		contract.EnvChannels: "ntfy,webhook", contract.EnvChannelQueues: "webhook=https://sqs.example/q?a=b",
		contract.EnvChannelDLQs: "webhook=https://sqs.example/dlq", contract.EnvWebhookURL: "https://example.com/hook",
		contract.EnvWebhookSecretParam: "/rez/secret",
	})
	env, err := config.Load[channels]()
	require.NoError(t, err)
	require.Equal(t, []string{"ntfy", "webhook"}, env.Channels)
	require.Equal(t, map[string]string{"webhook": "https://sqs.example/q?a=b"}, env.ChannelQueues)
	require.Equal(t, map[string]string{"webhook": "https://sqs.example/dlq"}, env.ChannelDLQs)
	require.Equal(t, "example.com", env.Destination.Host)

	t.Setenv(contract.EnvWebhookURL, "http://example.com/s3cret")
	_, err = config.Load[channels]()
	require.ErrorContains(t, err, "WEBHOOK_URL: scheme is not https")
	require.NotContains(t, err.Error(), "s3cret")
}

func TestAStageOfNtfyAloneSaysNothingOfChannels(t *testing.T) {
	set(t, nil)
	type alone struct {
		config.Base
		config.ChannelNames
		config.OtherQueues
	}
	env, err := config.Load[alone]()
	require.NoError(t, err)
	require.Equal(t, []string{"ntfy"}, env.Channels)
	require.Empty(t, env.ChannelQueues)
}

func TestAnEnvironmentIsRead(t *testing.T) {
	set(t, nil)
	env, err := config.Load[everything]()
	require.NoError(t, err)
	require.Equal(t, everything{
		Base:     config.Base{Stage: "dev", LogLevel: config.Level(zapcore.DebugLevel), TimeDivisor: 60},
		Messages: config.Messages{MessagesTable: "messages"}, Circuit: config.Circuit{CircuitTable: "circuit"},
		Topic: config.Topic{TopicARN: "arn:topic"}, Queue: config.Queue{QueueURL: "http://q"},
		DLQ: config.DLQ{DLQURL: "http://dlq"}, Machine: config.Machine{StateMachineARN: "arn:machine"},
		Ntfy: config.Ntfy{
			Destination: ntfy.Destination{Endpoint: "https://ntfy.example/push/", Topic: "my_topic"}, APIKeyParam: "/rez/token",
		},
	}, env)
	require.Equal(t, settings.Default().Deadline/60, env.Settings().Deadline)
}

func TestWhatMayBeLeftOut(t *testing.T) {
	set(t, map[string]string{contract.EnvLogLevel: "", contract.EnvTimeDivisor: "", contract.EnvNtfyAPIKeyParam: ""})
	env, err := config.Load[everything]()
	require.NoError(t, err)
	require.Equal(t, config.Level(zapcore.InfoLevel), env.LogLevel)
	require.Equal(t, 24*time.Hour, env.Settings().Deadline)
	require.Empty(t, env.APIKeyParam)
}

func TestEveryFaultIsReportedAtOnceInOneLine(t *testing.T) {
	set(t, map[string]string{
		contract.EnvStage: "", contract.EnvLogLevel: "loud", contract.EnvTimeDivisor: "0", contract.EnvMessagesTable: "",
		contract.EnvNtfyURL: "https://user:hunter2@ntfy.example/topic",
	})
	_, err := config.Load[everything]()
	for _, says := range []string{
		contract.EnvStage, `LOG_LEVEL is "loud"`, `TIME_DIVISOR is "0"`, contract.EnvMessagesTable, contract.EnvNtfyURL, "allowed",
	} {
		require.ErrorContains(t, err, says)
	}
	require.NotContains(t, err.Error(), "hunter2")
	require.NotContains(t, err.Error(), "\n")
}

func TestADivisorIsAWholeNumberOfOneOrMore(t *testing.T) {
	for _, value := range []string{"0", "-1", "1.5", "x"} {
		set(t, map[string]string{contract.EnvTimeDivisor: value})
		_, err := config.Load[everything]()
		require.ErrorContains(t, err, contract.EnvTimeDivisor)
	}
}

func TestTheVariablesAreThoseThatTheInfrastructureSets(t *testing.T) {
	t.Parallel()
	var tags []string
	for _, part := range reflect.VisibleFields(reflect.TypeFor[everything]()) {
		if tag := part.Tag.Get("env"); tag != "" {
			name, _, _ := strings.Cut(tag, ",")
			tags = append(tags, name)
		}
	}
	var names []string
	for name := range variables() {
		names = append(names, name)
	}
	require.ElementsMatch(t, names, tags)
}

// around is what the Lambdas around the pipeline have: all parts at once.
type around struct {
	config.Base
	config.Metrics
	config.Jobs
	config.Pool
	config.Schedules
	config.Web
}

// A stack's output that is empty is set all the same: a Lambda that took it for a name would fail at its first call only.
func TestAnEmptyVariableIsAMissingOne(t *testing.T) {
	optional := []string{
		contract.EnvLogLevel, contract.EnvTimeDivisor, contract.EnvNtfyAPIKeyParam, contract.EnvJWKSURL, contract.EnvSecretsKey,
		contract.EnvVersion,
	}
	emptyIsRefused[everything](t, optional)
	emptyIsRefused[around](t, optional)
	emptyIsRefused[struct {
		config.Base
		config.ReplayWorker
	}](t, optional)
}

func emptyIsRefused[E interface{ Common() config.Base }](t *testing.T, optional []string) {
	t.Helper()
	names := map[string]bool{}
	for _, part := range reflect.VisibleFields(reflect.TypeFor[E]()) {
		if tag := part.Tag.Get("env"); tag != "" {
			name, _, _ := strings.Cut(tag, ",")
			names[name] = true
			t.Setenv(name, "set")
		}
	}
	for name, value := range variables() {
		t.Setenv(name, value)
	}
	_, err := config.Load[E]()
	require.NoError(t, err)
	for name := range names {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "")
			_, err := config.Load[E]()
			if slices.Contains(optional, name) {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, name)
		})
	}
}
