package infra_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
)

func TestQueueStartsNoMoreProcessorsThanMayRun(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		mapping := stage.pipeline.one(t, "AWS::Lambda::EventSourceMapping")
		require.Equal(t, "queue rez-agent-message-queue-"+stage.name, stage.pipeline.text(mapping["EventSourceArn"]))
		name := strings.TrimSuffix(stage.pipeline.text(mapping["FunctionName"]), ":live")
		require.Equal(t, "function rez-agent-processor-"+stage.name+":live", name)
		require.Equal(t, []any{"ReportBatchItemFailures"}, mapping["FunctionResponseTypes"])
		most, batch := mapping["ScalingConfig"].(object)["MaximumConcurrency"].(float64), mapping["BatchSize"].(float64)
		reserved, reserves := stage.function(contract.TaskProcessor)["ReservedConcurrentExecutions"].(float64)
		if !reserves {
			// Without reservations all share a new account's quota: the processors, a workflow Lambda for each of their
			// messages, the scheduler and the sweeper.
			require.LessOrEqual(t, most*(1+batch)+2, 10.0)
			require.NotContains(t, stage.function(contract.TaskScheduler), "ReservedConcurrentExecutions")
			return
		}
		require.GreaterOrEqual(t, reserved, most)
		require.InDelta(t, 10, batch, 0)
		require.InDelta(t, 1, stage.function(contract.TaskScheduler)["ReservedConcurrentExecutions"], 0)
	})
}

func TestOnlyProcessorAndSchedulerReserveConcurrency(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for _, task := range contract.Tasks() {
			if task != contract.TaskProcessor && task != contract.TaskScheduler {
				require.NotContains(t, stage.function(task), "ReservedConcurrentExecutions", task)
			}
		}
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
