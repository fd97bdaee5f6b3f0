package infra_test

import (
	"maps"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/settings"
)

const (
	functionType = "AWS::Lambda::Function"
	aliasType    = "AWS::Lambda::Alias"
	versionType  = "AWS::Lambda::Version"
	logGroupType = "AWS::Logs::LogGroup"
)

func TestEveryTaskHasAFunctionWithItsName(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		want := make([]string, 0, len(contract.Tasks()))
		for _, task := range contract.Tasks() {
			want = append(want, "rez-agent-"+string(task)+"-"+stage.name)
		}
		functions := stage.pipeline.ofType(functionType)
		require.ElementsMatch(t, want, slices.Collect(maps.Keys(functions)))
		for name, function := range functions {
			require.Equal(t, "provided.al2023", function["Runtime"], name)
			require.Equal(t, []any{architectureOf(stage.name)}, function["Architectures"], name)
		}
	})
}

func architectureOf(stage string) string {
	if stage == "local" && runtime.GOARCH == "amd64" {
		return "x86_64"
	}
	return "arm64"
}

func TestFunctionsKnowWhatTheyNeedAndNothingElse(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		messages, circuit := "rez-agent-messages-"+stage.name, "rez-agent-circuit-"+stage.name
		topic := "topic rez-agent-messages-" + stage.name
		queue, dlq := "url of rez-agent-message-queue-"+stage.name, "url of rez-agent-message-dlq-"+stage.name
		for task, want := range map[contract.Task]map[string]string{
			contract.TaskScheduler: {contract.EnvMessagesTable: messages, contract.EnvTopicARN: topic},
			contract.TaskProcessor: {
				contract.EnvMessagesTable: messages, contract.EnvQueueURL: queue,
				contract.EnvStateMachineARN: "statemachine rez-agent-deliver-" + stage.name,
			},
			contract.TaskMarkProcessing: {contract.EnvMessagesTable: messages},
			contract.TaskCheckCircuit:   {contract.EnvCircuitTable: circuit},
			contract.TaskSendNtfy: {
				contract.EnvMessagesTable: messages, contract.EnvCircuitTable: circuit, contract.EnvNtfyURL: ntfyURLOf(stage.name),
				contract.EnvNtfyAPIKeyParam: "/rez-agent/" + stage.name + "/ntfy-api-key",
			},
			contract.TaskMarkCompleted: {contract.EnvMessagesTable: messages},
			contract.TaskMarkDeferred: {
				contract.EnvMessagesTable: messages, contract.EnvCircuitTable: circuit, contract.EnvQueueURL: queue,
			},
			contract.TaskMarkFailed: {contract.EnvMessagesTable: messages, contract.EnvDLQURL: dlq},
			contract.TaskSweeper: {
				contract.EnvMessagesTable: messages, contract.EnvTopicARN: topic, contract.EnvQueueURL: queue, contract.EnvDLQURL: dlq,
			},
		} {
			want[contract.EnvStage], want[contract.EnvLogLevel] = stage.name, logLevelOf(stage.name)
			if stage.name == "local" {
				want[contract.EnvTimeDivisor] = "100"
			}
			require.Equal(t, want, environmentOf(stage, task), task)
		}
	})
}

func logLevelOf(stage string) string {
	if stage == "local" || stage == "dev" {
		return "debug"
	}
	return "info"
}

func ntfyURLOf(stage string) string {
	if stage == "local" {
		return "http://127.0.0.1:2586/rez-agent-local"
	}
	return ntfyURL
}

func environmentOf(stage stageTemplates, task contract.Task) map[string]string {
	all := map[string]string{}
	for name, value := range stage.function(task)["Environment"].(object)["Variables"].(object) {
		all[name] = stage.pipeline.text(value)
	}
	return all
}

func (s stageTemplates) function(task contract.Task) object {
	return s.pipeline.ofType(functionType)["rez-agent-"+string(task)+"-"+s.name]
}

// timeout of a Lambda.
func (s stageTemplates) timeout(task contract.Task) time.Duration {
	return seconds(s.function(task)["Timeout"])
}

// seconds is a template's number as a duration.
func seconds(number any) time.Duration {
	return time.Duration(number.(float64) * float64(time.Second))
}

func TestTimeoutsNest(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		times := settings.Default()
		definition := stage.definition(t)
		workflow := definition.timeout()
		require.Less(t, times.HTTPTimeout, stage.timeout(contract.TaskSendNtfy))
		for state, task := range map[string]contract.Task{
			contract.StateMarkProcessing: contract.TaskMarkProcessing, contract.StateCheckCircuit: contract.TaskCheckCircuit,
			contract.StateSendNtfy: contract.TaskSendNtfy, contract.StateMarkCompleted: contract.TaskMarkCompleted,
			contract.StateMarkDeferred: contract.TaskMarkDeferred, contract.StateMarkFailed: contract.TaskMarkFailed,
		} {
			require.Less(t, stage.timeout(task), definition.stateTimeout(state), state)
		}
		require.LessOrEqual(t,
			times.RetryWindow+definition.stateTimeout(contract.StateSendNtfy)+definition.stateTimeout(contract.StateMarkDeferred), workflow)
		require.Less(t, workflow, stage.timeout(contract.TaskProcessor))
		require.Less(t, workflow, times.Lease)
	})
}

func TestLogsHaveTheirGroupAndRetention(t *testing.T) {
	t.Parallel()
	days := map[string]float64{"local": 7, "dev": 7, "stage": 14, "prod": 30}
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		groups := stage.pipeline.ofType(logGroupType)
		for name, group := range groups {
			require.InDelta(t, days[stage.name], group["RetentionInDays"], 0, name)
		}
		require.Len(t, groups, len(contract.Tasks())+1)
		for _, task := range contract.Tasks() {
			group := "/aws/lambda/rez-agent-" + string(task) + "-" + stage.name
			require.Contains(t, groups, group)
			require.Equal(t, group, stage.pipeline.text(stage.function(task)["LoggingConfig"].(object)["LogGroup"]))
		}
	})
}

func TestEveryFunctionHasALiveAliasAndKeepsItsVersions(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		versions := 0
		live := map[string]bool{}
		for _, resource := range stage.pipeline.resources {
			r := resource.(object)
			switch r["Type"] {
			case versionType:
				versions++
				require.Equal(t, "Retain", r["DeletionPolicy"])
			case aliasType:
				properties := r["Properties"].(object)
				require.Equal(t, "live", properties["Name"])
				live[stage.pipeline.text(properties["FunctionName"])] = true
			}
		}
		require.Len(t, contract.Tasks(), versions)
		require.Len(t, live, len(contract.Tasks()))
	})
}

func TestOnlyAWSStagesAreTraced(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for _, task := range contract.Tasks() {
			tracing, traced := stage.function(task)["TracingConfig"].(object)
			require.Equal(t, stage.name != "local", traced && tracing["Mode"] == "Active", task)
		}
	})
}
