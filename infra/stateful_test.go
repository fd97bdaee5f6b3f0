package infra_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/settings"
)

const (
	tableType = "AWS::DynamoDB::Table"
	queueType = "AWS::SQS::Queue"
)

func TestMessagesTableCarriesWhatItsReadersNeed(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		table := stage.stateful.ofType(tableType)["rez-agent-messages-"+stage.name]
		require.Equal(t, keySchema(contract.MessageKey), table["KeySchema"])
		require.Equal(t, object{"AttributeName": contract.AttrTTL, "Enabled": true}, table["TimeToLiveSpecification"])
		require.Equal(t, object{"StreamViewType": "NEW_AND_OLD_IMAGES"}, table["StreamSpecification"])
		require.Equal(t, []any{
			object{
				"IndexName": contract.StageIndex, "KeySchema": keySchema(contract.AttrStage, contract.AttrCreatedDate),
				"Projection": object{"ProjectionType": "KEYS_ONLY"},
			},
			object{
				"IndexName": contract.StatusIndex, "KeySchema": keySchema(contract.AttrPendingStatus, contract.AttrCreatedDate),
				"Projection": object{
					"ProjectionType":   "INCLUDE",
					"NonKeyAttributes": []any{contract.AttrNextAttemptAt, contract.AttrNextSweepAt},
				},
			},
		}, table["GlobalSecondaryIndexes"])
	})
}

func keySchema(names ...string) []any {
	types := []string{"HASH", "RANGE"}
	all := make([]any, 0, len(names))
	for i, name := range names {
		all = append(all, object{"AttributeName": name, "KeyType": types[i]})
	}
	return all
}

func TestTablesAreProtectedOnAWS(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		onAWS := stage.name != "local"
		tables := stage.stateful.ofType(tableType)
		require.Len(t, tables, 4)
		require.Equal(t, keySchema(contract.CircuitKey), tables["rez-agent-circuit-"+stage.name]["KeySchema"])
		for name, table := range tables {
			require.Equal(t, "PAY_PER_REQUEST", table["BillingMode"], name)
			require.Equal(t, onAWS, table["DeletionProtectionEnabled"], name)
			require.Equal(t, object{"PointInTimeRecoveryEnabled": onAWS}, table["PointInTimeRecoverySpecification"], name)
		}
		for id, resource := range stage.stateful.resources {
			if r := resource.(object); r["Type"] == tableType {
				require.Equal(t, onAWS, r["DeletionPolicy"] == "Retain", id)
			}
		}
	})
}

func TestCountersAndJobsHaveTheirKeysAndGoInTime(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		tables := stage.stateful.ofType(tableType)
		for name, keys := range map[string][]any{
			"rez-agent-metrics-" + stage.name: keySchema(contract.MetricsKey, contract.MetricsSortKey),
			"rez-agent-jobs-" + stage.name:    keySchema(contract.JobKey),
		} {
			require.Equal(t, keys, tables[name]["KeySchema"], name)
			require.Equal(t, object{"AttributeName": contract.AttrTTL, "Enabled": true}, tables[name]["TimeToLiveSpecification"], name)
		}
	})
}

func TestSchedulesOfUsersAreKeptWithTheData(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for _, resource := range stage.stateful.resources {
			if r := resource.(object); r["Type"] == "AWS::Scheduler::ScheduleGroup" {
				require.Equal(t, "rez-agent-"+stage.name, r["Properties"].(object)["Name"])
				require.Equal(t, stage.name != "local", r["DeletionPolicy"] == "Retain")
				return
			}
		}
		require.Fail(t, "no schedule group")
	})
}

func TestQueueWaitsLongEnoughAndGivesUpToTheDLQ(t *testing.T) {
	t.Parallel()
	times := settings.Default()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		queues := stage.stateful.ofType(queueType)
		require.Len(t, queues, 3)
		queue := queues["rez-agent-message-queue-"+stage.name]
		redrive := queue["RedrivePolicy"].(object)
		require.Equal(t, "queue rez-agent-message-dlq-"+stage.name, stage.stateful.text(redrive["deadLetterTargetArn"]))
		require.EqualValues(t, times.MaxReceives, redrive["maxReceiveCount"])
		for name, q := range queues {
			require.Equal(t, times.QueueRetention, seconds(q["MessageRetentionPeriod"]), name)
		}
		visibility := seconds(queue["VisibilityTimeout"])
		if stage.name == "local" {
			require.Equal(t, times.Divided(100).Visibility, visibility, "divided like every other wait")
			return
		}
		require.GreaterOrEqual(t, visibility, 6*stage.timeout(contract.TaskProcessor))
		require.Greater(t, visibility, times.Lease)
	})
}

func TestQueueGetsRawTicketsOfItsChannelOnly(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		subscription := stage.stateful.one(t, "AWS::SNS::Subscription")
		require.Equal(t, "sqs", subscription["Protocol"])
		require.Equal(t, true, subscription["RawMessageDelivery"])
		require.Equal(t, object{"channel": []any{"ntfy"}}, subscription["FilterPolicy"])
		require.Equal(t, "topic rez-agent-messages-"+stage.name, stage.stateful.text(subscription["TopicArn"]))
		require.Equal(t, "queue rez-agent-message-queue-"+stage.name, stage.stateful.text(subscription["Endpoint"]))
		dlq := subscription["RedrivePolicy"].(object)["deadLetterTargetArn"]
		require.Equal(t, "queue rez-agent-subscription-dlq-"+stage.name, stage.stateful.text(dlq))
	})
}

func TestTopicAndQueuesRefuseRequestsWithoutTLSOnAWS(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		refusing := 0
		for _, kind := range []string{"AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"} {
			for _, policy := range stage.stateful.ofType(kind) {
				for _, s := range policy["PolicyDocument"].(object)["Statement"].([]any) {
					if statement := s.(object); statement["Effect"] == "Deny" {
						require.Equal(t, object{"Bool": object{"aws:SecureTransport": "false"}}, statement["Condition"])
						refusing++
					}
				}
			}
		}
		want := 4 // three queues and the topic
		if stage.name == "local" {
			want = 0 // the emulator speaks plain HTTP
		}
		require.Equal(t, want, refusing)
	})
}

func TestOutputsHoldEveryAddress(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for name, want := range map[string]string{
			contract.OutputMessagesTable:      "rez-agent-messages-",
			contract.OutputCircuitTable:       "rez-agent-circuit-",
			contract.OutputTopicARN:           "topic rez-agent-messages-",
			contract.OutputQueueURL:           "url of rez-agent-message-queue-",
			contract.OutputDLQURL:             "url of rez-agent-message-dlq-",
			contract.OutputSubscriptionDLQURL: "url of rez-agent-subscription-dlq-",
			contract.OutputMetricsTable:       "rez-agent-metrics-",
			contract.OutputJobsTable:          "rez-agent-jobs-",
			contract.OutputUserPoolID:         "rez-agent-users-",
			contract.OutputScheduleGroup:      "rez-agent-",
		} {
			require.Contains(t, stage.stateful.outputs, name)
			require.Equal(t, want+stage.name, stage.stateful.text(stage.stateful.outputs[name].(object)["Value"]))
		}
		want := map[string]string{
			contract.OutputStateMachineARN:  "statemachine rez-agent-deliver-" + stage.name,
			contract.OutputWorkflowLogGroup: "/aws/vendedlogs/states/rez-agent-deliver-" + stage.name,
		}
		for name, value := range want {
			require.Contains(t, stage.pipeline.outputs, name)
			require.Equal(t, value, stage.pipeline.text(stage.pipeline.outputs[name].(object)["Value"]))
		}
		for _, task := range contract.Tasks() {
			in, name := stage.home(task), contract.OutputFunction+string(task)
			require.Contains(t, in.outputs, name)
			require.Equal(t, "rez-agent-"+string(task)+"-"+stage.name, in.text(in.outputs[name].(object)["Value"]))
		}
	})
}
