package bench

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/proxy"
)

func TestOnlyLinesThatAreWrittenAtInfoArePaidFor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		line  string
		bytes int64
		ends  bool
	}{
		"a line of ours":                {`{"level":"info","msg":"attempt"}`, 32 + eventBytes, false},
		"the line that ends a run":      {`{"level":"info","msg":"done","took":0.1}`, 40 + eventBytes, true},
		"an error ends a run too":       {`{"level":"warn","msg":"ended with an error","took":0.1}`, 55 + eventBytes, true},
		"debug is off at info":          {`{"level":"debug","msg":"seen"}`, 0, false},
		"a run counted though not paid": {`{"level":"debug","msg":"done","took":0.1}`, 0, true},
		"the runtime's own":             {`{"type":"platform.report"}`, 0, false},
		"no JSON":                       {`START RequestId: 1`, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bytes, ends := weigh(test.line)
			require.Equal(t, test.bytes, bytes)
			require.Equal(t, test.ends, ends)
		})
	}
}

// used is a run of two messages, by hand.
func used() usage {
	return usage{
		messages: 2,
		counts: proxy.Counts{
			Calls: map[proxy.Key]proxy.Tally{
				{Service: "sns", Operation: "Publish"}:                                    {Calls: 2},
				{Service: "states", Operation: "StartSyncExecution", Caller: "processor"}: {Calls: 2},
			},
			Units: map[proxy.UnitKey]proxy.Units{
				{Operation: "PutItem"}: {Write: 6},
				{Operation: "UpdateItem", Caller: "rez-agent-markcompleted-local"}:  {Write: 4},
				{Operation: "TransactWriteItems", Caller: "rez-agent-rollup-local"}: {Write: 8},
			},
		},
		invocations: map[contract.Task]int{contract.TaskProcessor: 2, contract.TaskRollup: 1},
		logged:      map[contract.Task]int64{contract.TaskProcessor: 2000},
		history:     4000,
	}
}

func TestABillCountsEachThingOnceAndUnderItsOwnLine(t *testing.T) {
	t.Parallel()
	lines := map[string]float64{}
	for _, line := range append(used().bill(false), used().beside()...) {
		require.NotContains(t, lines, line.name)
		lines[line.name] = line.dollars * million
	}
	require.InDelta(t, 0.50, lines["SNS"], 1e-9)
	require.InDelta(t, 3*0.40, lines["SQS"], 1e-9, "a send, a receive and a delete")
	require.InDelta(t, 0.20, lines["Lambda: requests"], 1e-9, "rollup's are under the counters")
	require.InDelta(t, 2*0.625, lines["DynamoDB: writes"], 1e-9, "neither the create nor the counters")
	require.InDelta(t, 3*0.625, lines["Ingress: the record"], 1e-9)
	require.Greater(t, lines["Counters (rollup: Lambda and DynamoDB)"], 4*0.625)
	require.InDelta(t, 0.50, lines["Lambda logs"], 1e-9)
	require.InDelta(t, 1.00, lines["Executions' log, ALL with data"], 1e-9)
}

func TestProvisionedUnitsAreCheaperThanThoseOnDemand(t *testing.T) {
	t.Parallel()
	require.Less(t, sum(used().bill(true)), sum(used().bill(false)))
}

func TestTheCostReportHasTheGoalAndTheLargestLine(t *testing.T) {
	t.Parallel()
	text := costReport(used(), used()).Text()
	for _, part := range []string{"≤ 8.5, ", "≤ 6, ", "Largest line", "1000", "100000000"} {
		require.Contains(t, text, part)
	}
}
