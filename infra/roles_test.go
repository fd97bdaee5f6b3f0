package infra_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
)

const roleType = "AWS::IAM::Role"

// rights maps what a role may use to what it may do with it.
type rights map[string][]string

func TestEveryFunctionMayDoExactlyWhatItDoes(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		messages, circuit := "table rez-agent-messages-"+stage.name, "table rez-agent-circuit-"+stage.name
		queue, dlq := "queue rez-agent-message-queue-"+stage.name, "queue rez-agent-message-dlq-"+stage.name
		topic := "topic rez-agent-messages-" + stage.name
		getUpdate := []string{"dynamodb:GetItem", "dynamodb:UpdateItem"}
		metrics, jobs := "table rez-agent-metrics-"+stage.name, "table rez-agent-jobs-"+stage.name
		replayJob := lambdaARN("rez-agent-replayjob-" + stage.name + ":live")
		for task, want := range map[contract.Task]rights{
			contract.TaskRollup: {
				"streamarn of rez-agent-messages-" + stage.name: {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"},
				"*":     {"dynamodb:ListStreams"},
				metrics: {"dynamodb:Query", "dynamodb:UpdateItem"},
			},
			contract.TaskFireSchedule: {messages: {"dynamodb:GetItem", "dynamodb:PutItem"}, topic: {"sns:Publish"}},
			contract.TaskReplayJob: {
				messages: {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"},
				messages + "/index/" + contract.StageIndex:  {"dynamodb:Query"},
				messages + "/index/" + contract.StatusIndex: {"dynamodb:Query"},
				jobs:  {"dynamodb:GetItem", "dynamodb:PutItem"},
				topic: {"sns:Publish"}, replayJob: {"lambda:InvokeFunction"},
			},
			contract.TaskAuthorizer: {},
			contract.TaskWebAPI: {
				messages: {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
				messages + "/index/" + contract.StageIndex:  {"dynamodb:Query"},
				messages + "/index/" + contract.StatusIndex: {"dynamodb:Query"},
				circuit: getUpdate,
				metrics: {"dynamodb:Query", "dynamodb:UpdateItem"},
				jobs:    {"dynamodb:GetItem", "dynamodb:PutItem"},
				topic:   {"sns:Publish"},
				queue:   {"sqs:GetQueueAttributes", "sqs:SendMessage"},
				dlq: {
					"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage",
					"sqs:StartMessageMoveTask",
				},
				replayJob: {"lambda:InvokeFunction"},
				"statemachine rez-agent-deliver-" + stage.name: {"states:DescribeStateMachine"},
				"arn:<Partition>:ssm:<Region>:<AccountId>:parameter/rez-agent/" + stage.name + "/session-key": {
					"ssm:GetParameter", "ssm:PutParameter",
				},
				"arn:<Partition>:scheduler:<Region>:<AccountId>:schedule/rez-agent-" + stage.name + "/*": {
					"scheduler:CreateSchedule", "scheduler:DeleteSchedule", "scheduler:GetSchedule", "scheduler:UpdateSchedule",
				},
				"*":                    {"scheduler:ListSchedules"},
				"role " + scheduleRole: {"iam:PassRole"},
			},
			contract.TaskScheduler: {messages: {"dynamodb:GetItem", "dynamodb:PutItem"}, topic: {"sns:Publish"}},
			contract.TaskProcessor: {
				"statemachine rez-agent-deliver-" + stage.name: {"states:StartSyncExecution"},
				queue:    {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"},
				messages: getUpdate,
			},
			contract.TaskMarkProcessing: {messages: getUpdate},
			contract.TaskCheckCircuit:   {circuit: getUpdate},
			contract.TaskSendNtfy: {
				messages: getUpdate, circuit: getUpdate, metrics: {"dynamodb:UpdateItem"},
				"arn:<Partition>:ssm:<Region>:<AccountId>:parameter/rez-agent/" + stage.name + "/ntfy-api-key": {"ssm:GetParameter"},
			},
			contract.TaskMarkCompleted: {messages: getUpdate},
			contract.TaskMarkDeferred:  {messages: getUpdate, circuit: {"dynamodb:GetItem"}, queue: {"sqs:SendMessage"}},
			contract.TaskMarkFailed:    {messages: getUpdate, dlq: {"sqs:SendMessage"}},
			contract.TaskSweeper: {
				messages + "/index/" + contract.StatusIndex: {"dynamodb:Query"},
				messages: {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"},
				circuit:  {"dynamodb:GetItem"},
				topic:    {"sns:Publish"}, queue: {"sqs:GetQueueAttributes"}, dlq: {"sqs:SendMessage"},
			},
		} {
			want["loggroup /aws/lambda/rez-agent-"+string(task)+"-"+stage.name] = []string{"logs:CreateLogStream", "logs:PutLogEvents"}
			if stage.name != "local" {
				want["*"] = append(want["*"], "xray:PutTelemetryRecords", "xray:PutTraceSegments")
			}
			if key, guarded := stage.rightsOnKeys(task); guarded {
				maps.Copy(want, key)
			}
			in := stage.home(task)
			require.Equal(t, want, rightsOf(t, in, roleOf(t, in, stage.function(task))), task)
		}
	})
}

func TestWorkflowMayCallEveryVersionOfItsOwnFunctions(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		may := rightsOf(t, stage.pipeline, roleOf(t, stage.pipeline, stage.stateMachine(t)))
		for _, task := range contract.Ntfy().Steps() {
			versions := "function rez-agent-" + string(task) + "-" + stage.name + ":*"
			require.Equal(t, []string{"lambda:InvokeFunction"}, may[versions], "%s: a roll-back or a run in flight needs older versions", task)
			delete(may, versions)
		}
		require.Equal(t, []string{"dynamodb:UpdateItem"}, may["table rez-agent-messages-"+stage.name])
		delete(may, "table rez-agent-messages-"+stage.name)
		if stage.shifts() {
			require.Contains(t, may, dataKey)
			delete(may, dataKey)
		}
		require.Equal(t, []string{"*"}, slices.Collect(maps.Keys(may)))
	})
}

func TestEveryRoleHasOneUser(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		used := map[string]bool{roleOf(t, stage.pipeline, stage.stateMachine(t)): true, scheduleRole: true}
		for _, task := range contract.Tasks() {
			used[roleOf(t, stage.home(task), stage.function(task))] = true
		}
		require.Len(t, used, len(contract.Tasks())+2, "one for each Lambda, the workflow and the schedules")
		deploying := 0
		if stage.shifts() {
			deploying = 2 // one for each stack with Lambdas
		}
		require.Len(t, used, len(stage.pipeline.ofType(roleType))+len(stage.api.ofType(roleType))-deploying)
		require.Empty(t, stage.stateful.ofType(roleType))
		for _, in := range stage.all() {
			require.Empty(t, in.ofType("AWS::IAM::Policy"), "the CDK added rights of its own")
		}
	})
}

// TestWildcardsAreWhereAWSKnowsNoResource: any other is a right too many.
func TestWildcardsAreWhereAWSKnowsNoResource(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for _, in := range stage.withLambdas() {
			for role := range in.ofType(roleType) {
				for resource, actions := range rightsOf(t, in, role) {
					require.NotContains(t, strings.Join(actions, " "), "*", role)
					if resource != "*" {
						continue
					}
					for _, action := range actions {
						require.Regexp(t, "^(xray:|logs:(Create|Get|Update|Delete|List|Put|Describe)(LogDeliver|ResourcePolic|LogGroups)|"+
							"(dynamodb:ListStreams|scheduler:ListSchedules|cloudwatch:DescribeAlarms)$)", action, role)
					}
				}
			}
		}
	})
}

// lambdaARN is the ARN of a Lambda as it is made of its name.
func lambdaARN(name string) string {
	return "arn:<Partition>:lambda:<Region>:<AccountId>:function:" + name
}

// scheduleRole has no name of its own: this is its logical id.
const scheduleRole = "ScheduleRole756A1A25"

func TestSchedulesMayOnlyFire(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		require.Equal(t, rights{"function rez-agent-fireschedule-" + stage.name + ":live": {"lambda:InvokeFunction"}},
			rightsOf(t, stage.pipeline, scheduleRole))
		trust := stage.pipeline.ofType(roleType)[scheduleRole]["AssumeRolePolicyDocument"].(object)["Statement"]
		require.Equal(t, []any{object{
			"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": object{"Service": "scheduler.amazonaws.com"},
			"Condition": object{"StringEquals": object{"aws:SourceAccount": object{"Ref": "AWS::AccountId"}}},
		}}, trust)
	})
}

func TestWebAPIPassesTheScheduleRoleToTheSchedulerOnly(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		role := stage.api.ofType(roleType)[roleOf(t, stage.api, stage.function(contract.TaskWebAPI))]
		passing := 0
		for _, policy := range role["Policies"].([]any) {
			for _, s := range policy.(object)["PolicyDocument"].(object)["Statement"].([]any) {
				if statement := s.(object); statement["Action"] == "iam:PassRole" {
					passing++
					require.Equal(t, object{"StringEquals": object{"iam:PassedToService": "scheduler.amazonaws.com"}}, statement["Condition"])
				}
			}
		}
		require.Equal(t, 1, passing)
	})
}

func roleOf(tb testing.TB, in template, user object) string {
	tb.Helper()
	for _, key := range []string{"Role", "RoleArn"} {
		if reference, ok := user[key].(object); ok {
			return reference["Fn::GetAtt"].([]any)[0].(string)
		}
	}
	require.Fail(tb, "no role", in.text(user))
	return ""
}

func rightsOf(tb testing.TB, in template, role string) rights {
	tb.Helper()
	properties := in.ofType(roleType)[role]
	require.NotContains(tb, properties, "ManagedPolicyArns", role)
	may := rights{}
	for _, policy := range properties["Policies"].([]any) {
		for _, s := range policy.(object)["PolicyDocument"].(object)["Statement"].([]any) {
			statement := s.(object)
			require.Equal(tb, "Allow", statement["Effect"])
			for _, resource := range list(statement["Resource"]) {
				name := in.text(resource)
				for _, action := range list(statement["Action"]) {
					may[name] = append(may[name], action.(string))
				}
				slices.Sort(may[name])
			}
		}
	}
	return may
}

// list is what CloudFormation means where it lets one stand for many.
func list(value any) []any {
	if many, ok := value.([]any); ok {
		return many
	}
	return []any{value}
}
