package bench

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/proxy"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/standin"
)

// flooded is a load of messages that all went well, before a test breaks something.
func flooded(ids ...string) *flood {
	f := &flood{
		bench:   bench{options: Options{Burst: len(ids)}, stack: &stack.Stack{}},
		sent:    map[string]time.Time{},
		shown:   map[string]time.Time{},
		records: map[string]message.Record{},
		began:   time.Unix(1, 0),
	}
	f.stack.Functions = map[contract.Task]string{contract.TaskSweeper: "sweeper"}
	for _, id := range ids {
		f.sent[id], f.shown[id] = f.began, f.began.Add(time.Second)
		f.records[id] = message.Record{ID: id, Status: message.StatusCompleted}
		f.ntfy.Requests++
	}
	return f
}

func TestALoadBreaksAPromiseByWhatBecameOfItsMessages(t *testing.T) {
	t.Parallel()
	require.Empty(t, flooded("a", "b").broken())
	for name, test := range map[string]struct {
		breaks func(*flood)
		says   string
	}{
		"no record": {func(f *flood) { delete(f.records, "a") }, "message a has no record"},
		"not final": {func(f *flood) { f.records["a"] = message.Record{Status: message.StatusDeferred} }, "message a is not final: deferred"},
		"failed": {func(f *flood) {
			f.records["a"] = message.Record{Status: message.StatusFailed, Reason: message.ReasonRefused}
		}, "failed: refused"},
		"never shown":  {func(f *flood) { delete(f.shown, "a") }, "never shown"},
		"dead letters": {func(f *flood) { f.deadLetters = 2 }, "2 items are in the DLQ"},
		"shown twice":  {func(f *flood) { f.repeated = []string{"a-1"} }, "a-1 was shown more than once"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := flooded("a", "b")
			test.breaks(f)
			require.Len(t, f.broken(), 1)
			require.Contains(t, f.broken()[0], test.says)
		})
	}
}

func TestALoadsReportHasItsGoals(t *testing.T) {
	t.Parallel()
	f := flooded("a", "b")
	f.counts = proxy.Counts{Calls: map[proxy.Key]proxy.Tally{{Service: "sns", Operation: "Publish", Caller: "sweeper"}: {Calls: 3}}}
	f.shown["b"] = f.began.Add(4 * time.Second)
	f.ntfy.Requests = 3
	rows := f.became().Rows
	for _, row := range [][]string{
		{"accepted", "2", ""},
		{"delivered share", "100.00 %", "≥ 99.95 %, met"},
		{"all shown after", "4000 ms", ""},
		{"accepted to shown, p99", "4000 ms", ""},
		{"requests to ntfy a message", "1.50", "≤ 1, MISSED"},
		{"tickets published again by the sweeper", "3", "≤ 0, MISSED"},
	} {
		require.Contains(t, rows, row)
	}
	delete(f.shown, "b")
	require.Contains(t, f.became().Rows, []string{"delivered share", "50.00 %", "≥ 99.95 %, MISSED"})
}

func TestWhatIsShownTwiceIsToldBySequenceID(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"b-1"}, repeated([]standin.Request{
		{SequenceID: "a-1", Shown: true},
		{SequenceID: "b-1", Shown: true},
		{SequenceID: "c-1", Shown: true},
		{SequenceID: "c-1"}, // refused
		{SequenceID: "b-1", Shown: true},
		{SequenceID: "a-2", Shown: true}, // a replay
	}))
}

func TestGrowthIsThatOfTheSameProcesses(t *testing.T) {
	t.Parallel()
	middle := memory{1: {"f", 100}, 2: {"f", 100}, 3: {"f", 900}}
	end := memory{1: {"f", 110}, 2: {"f", 112}, 3: {"g", 1}, 4: {"f", 10}}
	percent, ok := end.growth(middle)
	require.True(t, ok)
	require.InDelta(t, 11, percent, 0.001, "3 ended and its pid is another's; 4 is new")
	require.Equal(t, "≤ 10 %, MISSED", heldRow("f", nil, middle, end)[5])
	_, ok = end.growth(memory{9: {"f", 1}})
	require.False(t, ok)
	require.Equal(t, []string{"f", "–", "–", "1 × 2.0 MB", "–", ""}, heldRow("f", nil, nil, memory{1: {"f", 2e6}}))
	require.Len(t, end.of("f"), 3)
}

func TestMemoryIsTheSecondFieldInPages(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "statm")
	require.NoError(t, os.WriteFile(path, []byte("900 25 3 4 0 5 0\n"), 0o600))
	held, err := residentSet(path)
	require.NoError(t, err)
	require.Equal(t, int64(25*os.Getpagesize()), held)
	require.NoError(t, os.WriteFile(path, []byte("900"), 0o600))
	_, err = residentSet(path)
	require.ErrorContains(t, err, "fields")
}
