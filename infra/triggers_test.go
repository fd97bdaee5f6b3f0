package infra_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/infra"
	"github.com/rezagent/rez_agent/internal/contract"
)

func TestQueueStartsNoMoreProcessorsThanMayRun(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		mapping := stage.mapping(t, "queue rez-agent-message-queue-"+stage.name)
		name := strings.TrimSuffix(stage.pipeline.text(mapping["FunctionName"]), ":live")
		require.Equal(t, "function rez-agent-processor-"+stage.name+":live", name)
		require.Equal(t, []any{"ReportBatchItemFailures"}, mapping["FunctionResponseTypes"])
		most, batch := mapping["ScalingConfig"].(object)["MaximumConcurrency"].(float64), mapping["BatchSize"].(float64)
		reserved, reserves := stage.function(contract.TaskProcessor)["ReservedConcurrentExecutions"].(float64)
		if !reserves {
			// Without reservations all share a new account's quota: the processors, a workflow Lambda for each of their
			// messages, the scheduler, the sweeper, rollup, a replay job, a user's schedule and a request to the API.
			require.LessOrEqual(t, most*(1+batch)+6, 10.0)
			require.NotContains(t, stage.function(contract.TaskScheduler), "ReservedConcurrentExecutions")
			return
		}
		require.GreaterOrEqual(t, reserved, most)
		require.InDelta(t, 10, batch, 0)
		require.InDelta(t, 0, mapping["MaximumBatchingWindowInSeconds"], 0, "a lone message would wait for up to 20 s")
		require.InDelta(t, 1, stage.function(contract.TaskScheduler)["ReservedConcurrentExecutions"], 0)
	})
}

func TestReservationsAreWhereOneLambdaMayNotStarveTheOthers(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		reserved := map[contract.Task]float64{}
		for _, task := range contract.Tasks() {
			if number, reserves := stage.function(task)["ReservedConcurrentExecutions"].(float64); reserves {
				reserved[task] = number
			}
		}
		if stage.name == "dev" {
			require.Empty(t, reserved)
			return
		}
		delete(reserved, contract.TaskProcessor) // as many as the queue starts
		require.Equal(t, map[contract.Task]float64{
			contract.TaskScheduler: 1, contract.TaskFireSchedule: 5, contract.TaskWebAPI: 100,
		}, reserved)
	})
}

// mapping is the event source mapping of a source.
func (s stageTemplates) mapping(tb testing.TB, source string) object {
	tb.Helper()
	mappings := s.pipeline.ofType("AWS::Lambda::EventSourceMapping")
	require.Len(tb, mappings, 2)
	for _, mapping := range mappings {
		if s.pipeline.text(mapping["EventSourceArn"]) == source {
			return mapping
		}
	}
	require.Fail(tb, "nothing is mapped", source)
	return nil
}

func TestEveryChangeOfARecordIsCounted(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		mapping := stage.mapping(t, "streamarn of rez-agent-messages-"+stage.name)
		require.Equal(t, "function rez-agent-rollup-"+stage.name+":live",
			strings.TrimSuffix(stage.pipeline.text(mapping["FunctionName"]), ":live"))
		require.Equal(t, "TRIM_HORIZON", mapping["StartingPosition"])
		require.InDelta(t, 100, mapping["BatchSize"], 0)
		require.Equal(t, true, mapping["BisectBatchOnFunctionError"])
		require.NotContains(t, mapping, "FilterCriteria")
		window, patience := 5.0, 86400.0
		if stage.name == "local" {
			window, patience = 0, 60
		}
		require.InDelta(t, window, mapping["MaximumBatchingWindowInSeconds"], 0)
		require.InDelta(t, patience, mapping["MaximumRecordAgeInSeconds"], 0, "a record that cannot be counted may not stop the rest for ever")
	})
}

func TestAReplayJobThatDiesIsStartedAgain(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		config := stage.pipeline.one(t, "AWS::Lambda::EventInvokeConfig")
		require.Equal(t, "rez-agent-replayjob-"+stage.name, stage.pipeline.text(config["FunctionName"]))
		require.Equal(t, "live", config["Qualifier"])
		require.InDelta(t, 2, config["MaximumRetryAttempts"], 0)
	})
}

func TestRulesStartTheLiveFunctions(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		rules := stage.pipeline.ofType("AWS::Events::Rule")
		require.Len(t, rules, 2)
		for name, want := range map[string][2]string{
			"rez-agent-hello-" + stage.name: {"rate(24 hours)", "function rez-agent-scheduler-" + stage.name + ":live"},
			"rez-agent-sweep-" + stage.name: {"rate(1 minute)", "function rez-agent-sweeper-" + stage.name + ":live"},
		} {
			require.Equal(t, want[0], rules[name]["ScheduleExpression"], name)
			targets := rules[name]["Targets"].([]any)
			require.Len(t, targets, 1)
			require.Equal(t, want[1], stage.pipeline.text(targets[0].(object)["Arn"]))
		}
	})
}

// AWS asks for six times the function's timeout, and the window.
func TestAQueueThatGathersTicketsHidesThemForAsMuchLonger(t *testing.T) {
	t.Parallel()
	cdk.Lock()
	defer cdk.Unlock()
	assets, window := t.TempDir(), 2*time.Second
	writeBootstraps(assets)
	options, err := infra.ReadOptions(lookup(map[string]string{
		"stage": "prod", "assets": assets, "dashboard": assets, "ntfy_url": ntfyURL,
	}), noEnvironment)
	require.NoError(t, err)
	options.Stages[0].QueueWindow = window
	stage := templatesOf(newApp(options), options)["prod"]
	mapping := stage.mapping(t, "queue rez-agent-message-queue-prod")
	require.InDelta(t, window.Seconds(), mapping["MaximumBatchingWindowInSeconds"], 0)
	queue := stage.stateful.ofType(queueType)["rez-agent-message-queue-prod"]
	require.GreaterOrEqual(t, seconds(queue["VisibilityTimeout"]), 6*stage.timeout(contract.TaskProcessor)+window)
}
