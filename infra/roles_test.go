package infra_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/statemachine"
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
		for task, want := range map[contract.Task]rights{
			contract.TaskScheduler: {messages: {"dynamodb:GetItem", "dynamodb:PutItem"}, topic: {"sns:Publish"}},
			contract.TaskProcessor: {
				"statemachine rez-agent-deliver-" + stage.name: {"states:StartSyncExecution"},
				queue:    {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"},
				messages: getUpdate,
			},
			contract.TaskMarkProcessing: {messages: getUpdate},
			contract.TaskCheckCircuit:   {circuit: getUpdate},
			contract.TaskSendNtfy: {
				messages: getUpdate, circuit: getUpdate,
				"arn:<Partition>:ssm:<Region>:<AccountId>:parameter/rez-agent/" + stage.name + "/ntfy-api-key": {"ssm:GetParameter"},
			},
			contract.TaskMarkCompleted: {messages: getUpdate},
			contract.TaskMarkDeferred:  {messages: getUpdate, circuit: {"dynamodb:GetItem"}, queue: {"sqs:SendMessage"}},
			contract.TaskMarkFailed:    {messages: getUpdate, dlq: {"sqs:SendMessage"}},
			contract.TaskSweeper: {
				messages + "/index/" + contract.StatusIndex: {"dynamodb:Query"},
				messages: {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"},
				topic:    {"sns:Publish"}, queue: {"sqs:GetQueueAttributes"}, dlq: {"sqs:SendMessage"},
			},
		} {
			want["loggroup /aws/lambda/rez-agent-"+string(task)+"-"+stage.name] = []string{"logs:CreateLogStream", "logs:PutLogEvents"}
			if stage.name != "local" {
				want["*"] = []string{"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
			}
			require.Equal(t, want, rightsOf(t, stage.pipeline, roleOf(t, stage.pipeline, stage.function(task))), task)
		}
	})
}

func TestWorkflowMayCallEveryVersionOfItsOwnFunctions(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		may := rightsOf(t, stage.pipeline, roleOf(t, stage.pipeline, stage.stateMachine(t)))
		for _, task := range statemachine.Tasks() {
			versions := "function rez-agent-" + string(task) + "-" + stage.name + ":*"
			require.Equal(t, []string{"lambda:InvokeFunction"}, may[versions], "%s: a roll-back or a run in flight needs older versions", task)
			delete(may, versions)
		}
		require.Equal(t, []string{"dynamodb:UpdateItem"}, may["table rez-agent-messages-"+stage.name])
		delete(may, "table rez-agent-messages-"+stage.name)
		require.Equal(t, []string{"*"}, slices.Collect(maps.Keys(may)))
	})
}

func TestEveryRoleHasOneUser(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		users := make([]object, 0, len(contract.Tasks())+1)
		users = append(users, stage.stateMachine(t))
		for _, task := range contract.Tasks() {
			users = append(users, stage.function(task))
		}
		used := map[string]bool{}
		for _, user := range users {
			used[roleOf(t, stage.pipeline, user)] = true
		}
		require.Len(t, used, len(users))
		require.Len(t, stage.pipeline.ofType(roleType), len(users))
		require.Empty(t, stage.pipeline.ofType("AWS::IAM::Policy"), "the CDK added rights of its own")
		require.Empty(t, stage.stateful.ofType(roleType))
	})
}

// TestWildcardsAreWhereAWSKnowsNoResource: any other is a right too many.
func TestWildcardsAreWhereAWSKnowsNoResource(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for role := range stage.pipeline.ofType(roleType) {
			for resource, actions := range rightsOf(t, stage.pipeline, role) {
				require.NotContains(t, strings.Join(actions, " "), "*", role)
				if resource != "*" {
					continue
				}
				for _, action := range actions {
					require.Regexp(t, "^(xray:|logs:(Create|Get|Update|Delete|List|Put|Describe)(LogDeliver|ResourcePolic|LogGroups))", action, role)
				}
			}
		}
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
