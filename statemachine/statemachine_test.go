package statemachine_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/statemachine"
	"github.com/rezagent/rez_agent/statemachine/graph"
)

// asl is the part of the workflow's text that these tests read.
type asl struct {
	Comment        string
	TimeoutSeconds float64
	States         map[string]state
}

type state struct {
	Type, Comment, Error, Cause, Resource string

	TimeoutSeconds float64
	Retry          []retry
	Catch          []catch
	Choices        []rule
}

type retry struct {
	ErrorEquals                               []string
	IntervalSeconds, MaxAttempts, BackoffRate float64
	JitterStrategy                            string
}

type catch struct {
	ErrorEquals      []string
	Next, ResultPath string
}

type rule struct{ StringEquals string }

func workflow(tb testing.TB) asl {
	tb.Helper()
	var w asl
	require.NoError(tb, json.Unmarshal(machine().definition, &w)) //nolint:musttag // The fields have ASL's own names.
	return w
}

func TestEveryStateExplainsItself(t *testing.T) {
	t.Parallel()
	w := workflow(t)
	require.NotEmpty(t, w.Comment)
	for name, s := range w.States {
		require.Greater(t, len(s.Comment), 20, name)
	}
}

func TestRetryAndCatchNameTheErrorsOfTheContract(t *testing.T) {
	t.Parallel()
	send := workflow(t).States[contract.StateSendNtfy]
	require.Equal(t, []catch{
		{ErrorEquals: contract.Ntfy().WaitErrors(), Next: contract.StateMarkDeferred, ResultPath: "$.error"},
		{ErrorEquals: []string{contract.ErrorNtfyRejected}, Next: contract.StateMarkFailed, ResultPath: "$.error"},
		{ErrorEquals: []string{"States.ALL"}, Next: "KnowsMessage?", ResultPath: "$.error"},
	}, send.Catch)
	require.Contains(t, send.Retry, retry{
		ErrorEquals: []string{contract.ErrorNtfyUnavailable}, IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2, JitterStrategy: "NONE",
	})
}

func TestEveryLambdaStateIsRetriedBrieflyAndCaught(t *testing.T) {
	t.Parallel()
	times := settings.Default()
	lambdas := 0
	for name, s := range workflow(t).States {
		if !strings.HasPrefix(s.Resource, "arn:aws:lambda:") {
			continue
		}
		lambdas++
		require.Equal(t, retry{
			ErrorEquals: []string{
				"Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException",
			},
			IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 1, JitterStrategy: "FULL",
		}, s.Retry[0], name)
		require.Equal(t, []string{"States.ALL"}, s.Catch[len(s.Catch)-1].ErrorEquals, name)
		want := times.StepTask
		if name == contract.StateSendNtfy {
			want = times.SendTask
		}
		require.InDelta(t, want.Seconds(), s.TimeoutSeconds, 0, name)
	}
	require.Len(t, contract.Ntfy().Steps(), lambdas)
}

// A delivery that is not written down is made again, so its writing is tried once more, also where the Lambda died.
func TestOnlyMarkCompletedIsTriedAgainWhateverItFailsAt(t *testing.T) {
	t.Parallel()
	for name, s := range workflow(t).States {
		var again []retry
		for _, r := range s.Retry {
			if slices.Contains(r.ErrorEquals, "States.ALL") {
				again = append(again, r)
			}
		}
		if name != contract.StateMarkCompleted {
			require.Empty(t, again, name)
			continue
		}
		require.Equal(t, []retry{{
			ErrorEquals: []string{"States.ALL"}, IntervalSeconds: 1, MaxAttempts: 1, BackoffRate: 1, JitterStrategy: "NONE",
		}}, again)
		require.Equal(t, again[0], s.Retry[len(s.Retry)-1], "ASL takes it as the last one only")
	}
}

func TestTheWorkflowTimesOut(t *testing.T) {
	t.Parallel()
	require.InDelta(t, settings.Default().Workflow.Seconds(), workflow(t).TimeoutSeconds, 0)
}

func TestFailedExecutionsEndInTheContractsErrors(t *testing.T) {
	t.Parallel()
	var ends []string
	for name, s := range workflow(t).States {
		if s.Type == "Fail" {
			ends = append(ends, s.Error)
			require.Equal(t, name, s.Error)
			require.NotEmpty(t, s.Cause)
			require.NotContains(t, s.Cause, "$", "a cause is constant: it shows in lists and logs")
		}
	}
	require.ElementsMatch(t, []string{contract.ErrorDeliveryFailed, contract.ErrorDeliveryExpired, contract.ErrorPipelineFault}, ends)
}

func TestChoicesKnowOnlyOutcomesOfTheContract(t *testing.T) {
	t.Parallel()
	known := append(contract.Outcomes(), contract.OutcomeProceed, contract.OutcomeDelivered)
	used := map[contract.Outcome]bool{}
	for name, s := range workflow(t).States {
		for _, r := range s.Choices {
			if r.StringEquals == "" {
				require.Equal(t, "KnowsMessage?", name)
				continue
			}
			require.Contains(t, known, contract.Outcome(r.StringEquals), name)
			used[contract.Outcome(r.StringEquals)] = true
		}
	}
	// completed ends without a question, and what no rule names (duplicate, busy, gone) has nothing to do.
	require.ElementsMatch(t, []contract.Outcome{
		contract.OutcomeProceed, contract.OutcomeDelivered, contract.OutcomeDeferred, contract.OutcomeFailed, contract.OutcomeExpired,
	}, slices.Collect(maps.Keys(used)))
}

// TestNoPathReachesTheMessagesText: states hand on the ticket and the work object, which hold ids and outcomes only.
func TestNoPathReachesTheMessagesText(t *testing.T) {
	t.Parallel()
	var tree any
	require.NoError(t, json.Unmarshal(machine().definition, &tree))
	allowed := []string{
		"$", "$.outcome", "$.message_id", "$.error", "$.release_error", "$$.State.RetryCount",
		"$$.Execution.Id", "$$.Execution.Name", "$$.Execution.StartTime",
	}
	require.ElementsMatch(t, allowed, pathsIn(tree))
}

// pathsIn lists each JSONPath once.
func pathsIn(tree any) []string {
	found := map[string]bool{}
	switch tree := tree.(type) {
	case string:
		if strings.HasPrefix(tree, "$") {
			found[tree] = true
		}
	case []any:
		for _, value := range tree {
			for _, path := range pathsIn(value) {
				found[path] = true
			}
		}
	case map[string]any:
		for _, value := range tree {
			for _, path := range pathsIn(value) {
				found[path] = true
			}
		}
	}
	return slices.Collect(maps.Keys(found))
}

func TestEveryEndIsReached(t *testing.T) {
	t.Parallel()
	g, err := graph.Parse(machine().definition) // It refuses states that cannot be reached.
	require.NoError(t, err)
	var ends []string
	for _, s := range g.States {
		if len(g.From(s.Name)) == 0 {
			ends = append(ends, s.Name)
		}
	}
	require.ElementsMatch(t, []string{
		"Done", "Deferred", "NothingToDo", contract.ErrorDeliveryFailed, contract.ErrorDeliveryExpired, contract.ErrorPipelineFault,
	}, ends)
}

func TestLeaseIsReleasedOnlyByItsHolder(t *testing.T) {
	t.Parallel()
	var w struct {
		States map[string]struct {
			ResultPath *string
			Parameters struct {
				ConditionExpression       string
				ExpressionAttributeNames  map[string]string
				ExpressionAttributeValues map[string]map[string]string
			}
		}
	}
	require.NoError(t, json.Unmarshal(machine().definition, &w)) //nolint:musttag // The fields have ASL's own names.
	release := w.States[contract.StateReleaseLease].Parameters
	require.Equal(t, "attribute_exists(#id) AND #owner = :me AND #status = :processing", release.ConditionExpression)
	require.Equal(t, map[string]string{
		"#id": contract.MessageKey, "#lease_until": contract.AttrLeaseUntil, "#owner": contract.AttrExecutionARN, "#status": contract.AttrStatus,
	}, release.ExpressionAttributeNames)
	require.Equal(t, map[string]string{"S.$": "$$.Execution.Id"}, release.ExpressionAttributeValues[":me"])
	_, err := time.Parse("2006-01-02T15:04:05.000Z", release.ExpressionAttributeValues[":released"]["S"])
	require.NoError(t, err, "a time like every other, so that text order is time order")
	require.Nil(t, w.States[contract.StateReleaseLease].ResultPath, "the first error stays in the state")
}

func TestExecutionsAreLoggedAndTraced(t *testing.T) {
	t.Parallel()
	properties := machine().properties
	require.Equal(t, "EXPRESS", properties["StateMachineType"])
	require.Equal(t, true, properties["TracingConfiguration"].(map[string]any)["Enabled"])
	logging := properties["LoggingConfiguration"].(map[string]any)
	require.Equal(t, "ALL", logging["Level"])
	require.Equal(t, true, logging["IncludeExecutionData"])
}

// TestNewRefusesWhatItCannotBuild never reaches the CDK, which only one goroutine at a time may use.
func TestNewRefusesWhatItCannotBuild(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]struct {
		missing contract.Task
		waits   []time.Duration
		says    string
	}{
		"a Lambda is missing": {missing: contract.TaskSendNtfy, waits: settings.Default().SendRetries, says: "no Lambda for task sendntfy"},
		"no waits":            {says: "SendRetries is empty"},
		"half a second":       {waits: []time.Duration{500 * time.Millisecond}, says: "whole seconds"},
		"no steady growth":    {waits: []time.Duration{time.Second, 2 * time.Second, 5 * time.Second}, says: "grows by one factor"},
		"shrinking":           {waits: []time.Duration{2 * time.Second, time.Second}, says: "at least 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lambdas := map[contract.Task]awslambda.IFunction{}
			for _, task := range contract.Ntfy().Steps() {
				lambdas[task] = struct{ awslambda.IFunction }{}
			}
			delete(lambdas, given.missing)
			_, err := statemachine.New(nil, "Deliver", statemachine.Props{
				Channel: contract.Ntfy(), Name: "rez-agent-deliver-x", Lambdas: lambdas, Settings: settings.Settings{SendRetries: given.waits},
			})
			require.ErrorContains(t, err, given.says)
			require.ErrorContains(t, err, "rez-agent-deliver-x")
		})
	}
}
