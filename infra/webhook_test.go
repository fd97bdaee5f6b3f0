package infra_test

import (
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/infra"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/webhook"
)

const receiverURL = "https://example.com/hooks/rez?key=1"

// withWebhook are the stages as they are with a receiver.
//
//nolint:gochecknoglobals // A sync.OnceValue has to outlive the test that asks first.
var withWebhook = sync.OnceValue(func() map[string]stageTemplates {
	cdk.Lock()
	defer cdk.Unlock()
	assets, err := os.MkdirTemp("", "rez-agent-assets")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(assets) }()
	writeBootstraps(assets)
	all := map[string]stageTemplates{}
	for _, stage := range []string{"local", "prod"} {
		address := receiverURL
		if stage == "local" {
			address = "http://127.0.0.1:9999/hook"
		}
		all[stage] = synthesizeWith(map[string]string{
			"stage": stage, "assets": assets, "dashboard": assets, "ntfy_url": ntfyURL, "webhook_url": address,
		})[stage]
	}
	return all
})

func webhookStages(t *testing.T, test func(t *testing.T, stage stageTemplates)) {
	t.Helper()
	for name, stage := range withWebhook() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, stage)
		})
	}
}

func TestWithoutAReceiverNothingOfTheChannelIsThere(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for _, in := range append(stage.all(), stage.watch) {
			text, err := json.Marshal([]object{in.resources, in.outputs})
			require.NoError(t, err)
			require.NotContains(t, strings.ToLower(string(text)), "webhook")
		}
	})
}

// What ntfy has stays as it is, to the letter, when a second channel comes: nothing is replaced, nothing loses its data.
func TestASecondChannelChangesNothingOfTheFirst(t *testing.T) {
	t.Parallel()
	before, after := synthesized()["prod"], withWebhook()["prod"]
	for id, resource := range before.stateful.resources {
		require.Equal(t, resource, after.stateful.resources[id], id)
	}
	shared := []string{"Sweeper", "Fireschedule", "DeploymentRole"} // they know both
	for id, resource := range before.pipeline.resources {
		if !startsWithOne(id, shared) {
			require.Equal(t, resource, after.pipeline.resources[id], id)
		}
	}
}

func startsWithOne(text string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

func TestEachQueueGetsTheTicketsOfItsChannelOnly(t *testing.T) {
	t.Parallel()
	webhookStages(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		got := map[string]any{}
		for _, subscription := range stage.stateful.ofType("AWS::SNS::Subscription") {
			got[stage.stateful.text(subscription["Endpoint"])] = subscription["FilterPolicy"]
			require.Equal(t, true, subscription["RawMessageDelivery"])
			require.Equal(t, "queue rez-agent-subscription-dlq-"+stage.name,
				stage.stateful.text(subscription["RedrivePolicy"].(object)["deadLetterTargetArn"]))
		}
		require.Equal(t, map[string]any{
			"queue rez-agent-message-queue-" + stage.name: object{"channel": []any{"ntfy"}},
			"queue rez-agent-webhook-queue-" + stage.name: object{"channel": []any{"webhook"}},
		}, got)
		queues := stage.stateful.ofType(queueType)
		ntfy, hook := queues["rez-agent-message-queue-"+stage.name], queues["rez-agent-webhook-queue-"+stage.name]
		require.Equal(t, ntfy["VisibilityTimeout"], hook["VisibilityTimeout"])
		require.Equal(t, ntfy["MessageRetentionPeriod"], hook["MessageRetentionPeriod"])
		redrive := hook["RedrivePolicy"].(object)
		require.Equal(t, "queue rez-agent-webhook-dlq-"+stage.name, stage.stateful.text(redrive["deadLetterTargetArn"]))
		require.EqualValues(t, settings.Default().MaxReceives, redrive["maxReceiveCount"])
	})
}

func TestTheWebhooksFunctionsKnowWhatTheyNeedAndNothingElse(t *testing.T) {
	t.Parallel()
	stage := withWebhook()["prod"]
	queue, dlq := "url of rez-agent-webhook-queue-prod", "url of rez-agent-webhook-dlq-prod"
	messages, circuit := "rez-agent-messages-prod", "rez-agent-circuit-prod"
	for task, want := range map[contract.Task]map[string]string{
		contract.TaskSendWebhook: {
			contract.EnvMessagesTable: messages, contract.EnvCircuitTable: circuit, contract.EnvMetricsTable: "rez-agent-metrics-prod",
			contract.EnvWebhookURL: receiverURL, contract.EnvWebhookSecretParam: "/rez-agent/prod/webhook-secret",
		},
		contract.TaskWebhookProcessor: {
			contract.EnvMessagesTable: messages, contract.EnvQueueURL: queue, contract.EnvStateMachineARN: stage.started(),
		},
		contract.TaskWebhookMarkDeferred: {
			contract.EnvMessagesTable: messages, contract.EnvCircuitTable: circuit, contract.EnvQueueURL: queue,
		},
		contract.TaskWebhookMarkFailed: {contract.EnvMessagesTable: messages, contract.EnvDLQURL: dlq},
	} {
		want[contract.EnvStage], want[contract.EnvLogLevel], want[contract.EnvGC] = "prod", "info", contract.GCPercent
		require.Equal(t, want, environmentOf(stage, task), task)
	}
	started := stage.function(contract.TaskWebhookProcessor)["Environment"].(object)["Variables"].(object)[contract.EnvStateMachineARN]
	require.Equal(t, object{"Ref": "WebhookDeliverLive"}, started, "its own workflow's alias")
	for _, task := range []contract.Task{contract.TaskWebAPI, contract.TaskFireSchedule} {
		require.Equal(t, "ntfy,webhook", environmentOf(stage, task)[contract.EnvChannels], task)
	}
	for _, task := range []contract.Task{contract.TaskWebAPI, contract.TaskSweeper} {
		environment := environmentOf(stage, task)
		require.Equal(t, "webhook="+queue, environment[contract.EnvChannelQueues], task)
		require.Equal(t, "webhook="+dlq, environment[contract.EnvChannelDLQs], task)
	}
}

func TestTheWebhooksFunctionsMayDoExactlyWhatTheyDo(t *testing.T) {
	t.Parallel()
	webhookStages(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		getUpdate := []string{"dynamodb:GetItem", "dynamodb:UpdateItem"}
		messages, circuit := "table rez-agent-messages-"+stage.name, "table rez-agent-circuit-"+stage.name
		queue, dlq := "queue rez-agent-webhook-queue-"+stage.name, "queue rez-agent-webhook-dlq-"+stage.name
		for task, want := range map[contract.Task]rights{
			contract.TaskSendWebhook: {
				messages: getUpdate, circuit: getUpdate, "table rez-agent-metrics-" + stage.name: {"dynamodb:UpdateItem"},
				"arn:<Partition>:ssm:<Region>:<AccountId>:parameter/rez-agent/" + stage.name + "/webhook-secret": {"ssm:GetParameter"},
			},
			contract.TaskWebhookProcessor: {
				"statemachine rez-agent-deliver-webhook-" + stage.name: {"states:StartSyncExecution"},
				queue:    {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"},
				messages: getUpdate,
			},
			contract.TaskWebhookMarkDeferred: {messages: getUpdate, circuit: {"dynamodb:GetItem"}, queue: {"sqs:SendMessage"}},
			contract.TaskWebhookMarkFailed:   {messages: getUpdate, dlq: {"sqs:SendMessage"}},
		} {
			want["loggroup /aws/lambda/rez-agent-"+string(task)+"-"+stage.name] = []string{"logs:CreateLogStream", "logs:PutLogEvents"}
			may := rightsOf(t, stage.pipeline, roleOf(t, stage.pipeline, stage.function(task)))
			if stage.name == "prod" {
				require.Contains(t, may, dataKey, task)
				require.Equal(t, task == contract.TaskSendWebhook, may[secretsKey] != nil, task)
				delete(may, dataKey)
				delete(may, secretsKey)
				want["*"] = []string{"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
			}
			require.Equal(t, want, may, task)
		}
		for task, part := range map[contract.Task]rights{
			contract.TaskSweeper: {queue: {"sqs:GetQueueAttributes"}, dlq: {"sqs:SendMessage"}},
			contract.TaskWebAPI: {
				queue: {"sqs:GetQueueAttributes", "sqs:SendMessage"},
				dlq: {
					"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage",
					"sqs:StartMessageMoveTask",
				},
			},
			contract.TaskProcessor: {queue: nil}, contract.TaskMarkDeferred: {queue: nil}, contract.TaskMarkFailed: {dlq: nil},
		} {
			in := stage.home(task)
			may := rightsOf(t, in, roleOf(t, in, stage.function(task)))
			for resource, actions := range part {
				require.Equal(t, actions, may[resource], task)
			}
		}
	})
}

func TestTheWebhooksWorkflowIsItsGoldenOne(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../statemachine/testdata/deliver-webhook.asl.json")
	require.NoError(t, err)
	webhookStages(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		machines := stage.pipeline.ofType("AWS::StepFunctions::StateMachine")
		require.Len(t, machines, 2)
		machine := machines["rez-agent-deliver-webhook-"+stage.name]
		require.Equal(t, "EXPRESS", machine["StateMachineType"])
		var golden, current definition
		require.NoError(t, json.Unmarshal(text, &golden))
		require.NoError(t, json.Unmarshal([]byte(stage.pipeline.text(machine["DefinitionString"])), &current))
		calls := map[string]bool{}
		for _, state := range current["States"].(object) {
			if resource, isTask := state.(object)["Resource"].(string); isTask {
				calls[strings.TrimSuffix(strings.TrimSuffix(resource, ":live"), ":version")] = true
			}
		}
		for _, task := range contract.Webhook().Steps() {
			require.Contains(t, calls, "function rez-agent-"+string(task)+"-"+stage.name)
		}
		for _, asl := range []definition{golden, current} {
			for _, state := range asl["States"].(object) {
				delete(state.(object), "Resource")
			}
			delete(asl.state(contract.StateReleaseLease)["Parameters"].(object), "TableName")
		}
		require.Equal(t, golden, current)
		may := rightsOf(t, stage.pipeline, roleOf(t, stage.pipeline, machine))
		require.NotContains(t, may, "function rez-agent-sendntfy-"+stage.name+":*")
		require.Contains(t, may, "function rez-agent-sendwebhook-"+stage.name+":*")
	})
}

func TestTheWebhooksQueueStartsItsOwnProcessors(t *testing.T) {
	t.Parallel()
	webhookStages(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		mappings := stage.pipeline.ofType("AWS::Lambda::EventSourceMapping")
		require.Len(t, mappings, 3)
		for _, mapping := range mappings {
			if stage.pipeline.text(mapping["EventSourceArn"]) != "queue rez-agent-webhook-queue-"+stage.name {
				continue
			}
			require.Equal(t, "function rez-agent-webhookprocessor-"+stage.name+":live",
				strings.TrimSuffix(stage.pipeline.text(mapping["FunctionName"]), ":live"))
			require.Equal(t, []any{"ReportBatchItemFailures"}, mapping["FunctionResponseTypes"])
			most := mapping["ScalingConfig"].(object)["MaximumConcurrency"].(float64)
			require.InDelta(t, most, stage.function(contract.TaskWebhookProcessor)["ReservedConcurrentExecutions"], 0)
			visibility := seconds(stage.stateful.ofType(queueType)["rez-agent-webhook-queue-"+stage.name]["VisibilityTimeout"])
			require.GreaterOrEqual(t, visibility, 6*stage.timeout(contract.TaskWebhookProcessor))
			return
		}
		require.Fail(t, "nothing is mapped")
	})
}

func TestTheWebhookIsWatched(t *testing.T) {
	t.Parallel()
	alarms := alarmsOf(withWebhook()["prod"])
	for _, name := range []string{"webhook-dlq-not-empty", "webhook-oldest-message", "webhook-unauthorized", "webhook-misconfigured"} {
		require.Contains(t, alarms, name)
	}
	runbook, err := os.ReadFile("../docs/operations.md")
	require.NoError(t, err)
	for _, name := range []string{"webhook-unauthorized", "webhook-misconfigured"} {
		require.Contains(t, string(runbook), "\n## "+name+"\n")
		require.Contains(t, alarms[name]["AlarmDescription"], "#"+name)
	}
	for _, task := range contract.Webhook().Own() {
		require.Contains(t, alarms, "lambda-throttles-"+string(task))
		require.Equal(t, task != contract.TaskSendWebhook, alarms["lambda-errors-"+string(task)] != nil, task)
	}
}

// The app refuses what SendWebhook would refuse when it starts.
func TestAReceiverThatTheLambdaRefusesStopsTheDeployment(t *testing.T) {
	t.Parallel()
	assets := t.TempDir()
	writeBootstraps(assets)
	for address, allowed := range map[string]bool{
		receiverURL: true, "https://example.com": true, "https://example.com:8443/x": true,
		"http://example.com/x": false, "ftp://example.com/x": false, "https://u:p@example.com/x": false, "https:///x": false,
		"https://example.com:0/x": false, "https://example.com/x#y": false, "https://exam ple.com": false, "example.com/x": false,
		"https://example.com/%zz": false,
	} {
		_, lambda := webhook.ParseURL(address)
		options, app := infra.ReadOptions(lookup(map[string]string{
			"stage": "prod", "assets": assets, "dashboard": assets, "ntfy_url": ntfyURL, "webhook_url": address,
		}), noEnvironment)
		require.Equal(t, allowed, lambda == nil, address)
		require.Equal(t, allowed, app == nil, address)
		if allowed {
			require.Equal(t, address, options.WebhookURL)
			continue
		}
		require.ErrorContains(t, app, "webhook_url")
		require.ErrorContains(t, app, "https://<host>")
	}
	_, err := infra.ReadOptions(lookup(map[string]string{
		"stage": "prod", "assets": assets, "dashboard": assets, "ntfy_url": ntfyURL, "webhook_url": "http://127.0.0.1:1/x",
	}), noEnvironment)
	require.ErrorContains(t, err, "https", "plain HTTP is for the local stage alone")
}

// A new account has too few Lambdas at once for two channels: better said before the deployment than by a throttled ticket.
func TestAStageForANewAccountTakesNoSecondChannel(t *testing.T) {
	t.Parallel()
	assets := t.TempDir()
	writeBootstraps(assets)
	options, err := infra.ReadOptions(lookup(map[string]string{
		"stage": "dev", "assets": assets, "dashboard": assets, "ntfy_url": ntfyURL, "webhook_url": receiverURL,
	}), noEnvironment)
	require.NoError(t, err)
	cdk.Lock()
	defer cdk.Unlock()
	app := awscdk.NewApp(&awscdk.AppProps{AnalyticsReporting: jsii.Bool(false)})
	require.ErrorContains(t, infra.AddStacks(app, options), "raise the account's quota")
}
