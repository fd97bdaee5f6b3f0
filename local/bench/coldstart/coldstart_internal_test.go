package coldstart

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/build"
)

func TestEveryLambdaHasAFirstEvent(t *testing.T) {
	t.Parallel()
	all := scenes()
	for _, task := range contract.Tasks() {
		require.Contains(t, all, task)
	}
	require.Len(t, all, len(contract.Tasks()))
}

func root(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../..")
	require.NoError(t, err)
	return path
}

// A whole start, with a Lambda that calls and one that does nothing: what it noted is in order, and its answer was read.
func TestAStartIsMeasured(t *testing.T) {
	t.Parallel()
	w, err := newWorld()
	require.NoError(t, err)
	t.Cleanup(w.stop)
	for name, test := range map[string]struct {
		of    string
		scene scene
		calls []string
	}{
		emptyName:      {"./local/bench/coldstart/empty", idle, nil},
		onecallName:    {"./local/bench/coldstart/onecall", idle, []string{"GetItem"}},
		"checkcircuit": {"./tasks/checkcircuit", scenes()[contract.TaskCheckCircuit], []string{"GetItem"}},
	} {
		binary := filepath.Join(t.TempDir(), name)
		require.NoError(t, build.Lambda(t.Context(), root(t), runtime.GOARCH, binary, test.of))
		start, err := w.start(t.Context(), subject{name, binary, test.scene})
		require.NoError(t, err, name)
		require.Greater(t, start.First, start.Ready, name)
		require.Positive(t, start.Ready, name)
		require.Greater(t, start.Memory, int64(1e6), name)
		require.Equal(t, test.calls, w.cloud.takeCalls(), name)
	}
}

// What does not do its work is no figure.
func TestAStartThatDoesNotDoItsWorkIsAnError(t *testing.T) {
	t.Parallel()
	w, err := newWorld()
	require.NoError(t, err)
	t.Cleanup(w.stop)
	binary := filepath.Join(t.TempDir(), "bootstrap")
	require.NoError(t, os.WriteFile(binary, []byte("#!/bin/sh\necho not today; exit 3\n"), 0o755))
	_, err = w.start(t.Context(), subject{"broken", binary, idle})
	require.ErrorContains(t, err, "not today")
	api := &runtimeAPI{answer: []byte(`{"outcome":"gone"}`)}
	require.ErrorContains(t, api.check(outcome(contract.OutcomeProceed)), "gone")
	require.NoError(t, api.check(outcome(contract.OutcomeGone)))
}

func TestTheMedianIsTheMiddle(t *testing.T) {
	t.Parallel()
	starts := []Start{{First: 9 * time.Millisecond}, {First: time.Millisecond}, {First: 2 * time.Millisecond}}
	first := func(s Start) float64 { return inMS(s.First) }
	require.InDelta(t, 2, median(starts, first), 0)
	require.InDelta(t, 1.5, median(starts[1:], first), 0)
}

func TestGoalsAreHeldAgainstTheEmptyOne(t *testing.T) {
	t.Parallel()
	one := func(name string, ready, first time.Duration) Measured {
		return Measured{Name: name, Starts: []Start{{Ready: ready, First: first}}}
	}
	report := Report([]Measured{
		one(emptyName, 2*time.Millisecond, 2*time.Millisecond),
		one("sendntfy", 3*time.Millisecond, 4*time.Millisecond),
		one("webapi", 4*time.Millisecond, 4*time.Millisecond),
	})
	rows, err := json.Marshal(report.Tables[0].Rows)
	require.NoError(t, err)
	require.JSONEq(t, `[
		["empty","0.0 MB","0.0 MB","2.0 ms","1.00","","2.0 ms","1.00","",""],
		["sendntfy","0.0 MB","0.0 MB","3.0 ms","1.50","≤ 1.5, met","4.0 ms","2.00","≤ 1.5, MISSED",""],
		["webapi","0.0 MB","0.0 MB","4.0 ms","2.00","≤ 2, met","4.0 ms","2.00","≤ 2, met",""]
	]`, string(rows))
}
