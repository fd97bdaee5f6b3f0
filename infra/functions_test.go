package infra_test

import (
	"maps"
	"runtime"
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
		var got []string
		for _, in := range stage.withLambdas() {
			for name, function := range in.ofType(functionType) {
				got = append(got, name)
				require.Equal(t, "provided.al2023", function["Runtime"], name)
				require.Equal(t, []any{architectureOf(stage.name)}, function["Architectures"], name)
			}
		}
		require.ElementsMatch(t, want, got)
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
		metrics, jobs := "rez-agent-metrics-"+stage.name, "rez-agent-jobs-"+stage.name
		for task, want := range map[contract.Task]map[string]string{
			contract.TaskRollup:       {contract.EnvMetricsTable: metrics},
			contract.TaskFireSchedule: {contract.EnvMessagesTable: messages, contract.EnvTopicARN: topic},
			contract.TaskReplayJob: {
				contract.EnvMessagesTable: messages, contract.EnvJobsTable: jobs, contract.EnvTopicARN: topic,
				contract.EnvReplayJob: "rez-agent-replayjob-" + stage.name,
			},
			contract.TaskAuthorizer: signInEnvironment(stage.name),
			contract.TaskWebAPI: joined(signInEnvironment(stage.name), map[string]string{
				contract.EnvMessagesTable: messages, contract.EnvCircuitTable: circuit,
				contract.EnvMetricsTable: metrics, contract.EnvJobsTable: jobs,
				contract.EnvTopicARN: topic, contract.EnvQueueURL: queue, contract.EnvDLQURL: dlq,
				contract.EnvStateMachineARN: "statemachine rez-agent-deliver-" + stage.name,
				contract.EnvWorkflowLogs:    "/aws/vendedlogs/states/rez-agent-deliver-" + stage.name,
				contract.EnvReplayJob:       "rez-agent-replayjob-" + stage.name,
				contract.EnvScheduleGroup:   "rez-agent-" + stage.name,
				contract.EnvScheduleTarget:  "function rez-agent-fireschedule-" + stage.name + ":live",
				contract.EnvScheduleRole:    "role " + scheduleRole,
				contract.EnvSessionKeyParam: "/rez-agent/" + stage.name + "/session-key",
				contract.EnvSignInURL:       signInURLOf(stage.name),
				contract.EnvPublicURL:       publicURLOf(stage.name),
				contract.EnvVersion:         "v1.2.3",
			}),
			contract.TaskScheduler: {contract.EnvMessagesTable: messages, contract.EnvTopicARN: topic},
			contract.TaskProcessor: {
				contract.EnvMessagesTable: messages, contract.EnvQueueURL: queue,
				contract.EnvStateMachineARN: stage.started(),
			},
			contract.TaskMarkProcessing: {contract.EnvMessagesTable: messages},
			contract.TaskCheckCircuit:   {contract.EnvCircuitTable: circuit},
			contract.TaskSendNtfy: {
				contract.EnvMessagesTable: messages, contract.EnvCircuitTable: circuit, contract.EnvMetricsTable: metrics,
				contract.EnvNtfyURL:         ntfyURLOf(stage.name),
				contract.EnvNtfyAPIKeyParam: "/rez-agent/" + stage.name + "/ntfy-api-key",
			},
			contract.TaskMarkCompleted: {contract.EnvMessagesTable: messages},
			contract.TaskMarkDeferred: {
				contract.EnvMessagesTable: messages, contract.EnvCircuitTable: circuit, contract.EnvQueueURL: queue,
			},
			contract.TaskMarkFailed: {contract.EnvMessagesTable: messages, contract.EnvDLQURL: dlq},
			contract.TaskSweeper: {
				contract.EnvMessagesTable: messages, contract.EnvCircuitTable: circuit, contract.EnvTopicARN: topic,
				contract.EnvQueueURL: queue, contract.EnvDLQURL: dlq,
			},
		} {
			want[contract.EnvStage], want[contract.EnvLogLevel] = stage.name, logLevelOf(stage.name)
			want[contract.EnvGC] = contract.GCPercent
			if stage.name == "local" {
				want[contract.EnvTimeDivisor] = "100"
			}
			if task == contract.TaskWebAPI && stage.shifts() {
				want[contract.EnvSecretsKey] = secretsKey
			}
			if task == contract.TaskAuthorizer && stage.plans() {
				want[contract.EnvUsageKeys] = "rez-agent-usage-" + stage.name
			}
			require.Equal(t, want, environmentOf(stage, task), task)
		}
	})
}

func signInEnvironment(stage string) map[string]string {
	all := map[string]string{
		contract.EnvUserPoolID: "rez-agent-users-" + stage, contract.EnvClientID: "rez-agent-browser-" + stage,
		contract.EnvCLIClientID: "rez-agent-cli-" + stage,
	}
	if stage == "local" {
		all[contract.EnvJWKSURL] = "http://127.0.0.1:4566/rez-agent-users-local/.well-known/jwks.json"
	}
	return all
}

func joined(one, other map[string]string) map[string]string {
	maps.Copy(one, other)
	return one
}

func signInURLOf(stage string) string {
	if stage == "local" {
		return "http://127.0.0.1:4566"
	}
	return "https://" + signInPages + ".auth.<Region>.amazoncognito.com"
}

func publicURLOf(stage string) string {
	if stage == "local" {
		return "http://127.0.0.1:8480"
	}
	return "https://Edge7038544F" // the distribution's own domain
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
		all[name] = stage.home(task).text(value)
	}
	return all
}

func (s stageTemplates) function(task contract.Task) object {
	return s.home(task).ofType(functionType)["rez-agent-"+string(task)+"-"+s.name]
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
		require.LessOrEqual(t, times.RetryWindow+definition.stateTimeout(contract.StateSendNtfy)+
			2*definition.stateTimeout(contract.StateMarkCompleted)+times.CompleteAgain, workflow)
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
		maps.Copy(groups, stage.api.ofType(logGroupType))
		for name, group := range groups {
			require.InDelta(t, days[stage.name], group["RetentionInDays"], 0, name)
		}
		require.Len(t, groups, len(contract.Tasks())+2, "the workflow has one, and the gateway")
		for _, task := range contract.Tasks() {
			group := "/aws/lambda/rez-agent-" + string(task) + "-" + stage.name
			require.Contains(t, groups, group)
			require.Equal(t, group, stage.home(task).text(stage.function(task)["LoggingConfig"].(object)["LogGroup"]))
		}
	})
}

func TestEveryFunctionHasALiveAliasAndKeepsItsVersions(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		versions := 0
		live := map[string]bool{}
		for _, in := range stage.withLambdas() {
			for _, resource := range in.resources {
				r := resource.(object)
				switch r["Type"] {
				case versionType:
					versions++
					require.Equal(t, "Retain", r["DeletionPolicy"])
				case aliasType:
					properties := r["Properties"].(object)
					require.Equal(t, "live", properties["Name"])
					live[in.text(properties["FunctionName"])] = true
				}
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

func TestLambdasAroundThePipelineHaveTheTimeTheyNeed(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for task, want := range map[contract.Task]time.Duration{
			contract.TaskWebAPI: 15 * time.Second, contract.TaskAuthorizer: 10 * time.Second,
			contract.TaskRollup: 30 * time.Second, contract.TaskReplayJob: 5 * time.Minute,
		} {
			require.Equal(t, want, stage.timeout(task), task)
		}
		// The gateway waits 29 s for both together.
		require.Less(t, stage.timeout(contract.TaskWebAPI)+stage.timeout(contract.TaskAuthorizer), 29*time.Second)
	})
}
