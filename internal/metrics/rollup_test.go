package metrics_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/store/memory"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// eventfulHours are the counters of the life that eventful tells.
func eventfulHours(t *testing.T) map[time.Time]metrics.Counters {
	t.Helper()
	return map[time.Time]metrics.Counters{
		noon():                    {Accepted: 1, Attempts: 2, Deferrals: 1},
		noon().Add(time.Hour):     {Attempts: 1, Refused: 1},
		noon().Add(2 * time.Hour): {Replayed: 1, Attempts: 1, Completed: 1, Latency: took(t, time.Minute)},
	}
}

func TestALifeIsCountedOnceHoweverItComes(t *testing.T) {
	t.Parallel()
	changes := eventful(t).changes()
	half := len(changes) / 2
	for name, batches := range map[string][][]metrics.Change{
		"once":                  {changes},
		"twice":                 {changes, changes},
		"twice, then half":      {changes, changes, changes[:half]},
		"half, then all":        {changes[:half], changes},
		"one by one, then all":  append(singly(changes), changes),
		"its end twice at once": {append(append([]metrics.Change{}, changes...), changes[half:]...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := memory.NewMetrics()
			rollup := &metrics.Rollup{Store: store, Meter: meter()}
			added := 0
			for _, batch := range batches {
				rolled, err := rollup.Run(t.Context(), batch)
				require.NoError(t, err)
				require.Equal(t, len(batch), rolled.Changes)
				added += rolled.Added
			}
			require.Equal(t, eventfulHours(t), hours(t, store))
			require.Equal(t, 8, added)
		})
	}
}

// The stream may bring any part of itself again, at any time. What cannot be counted and what counts nothing lies between.
func TestAnyDeliveryOfTheStreamCountsAsOne(t *testing.T) {
	t.Parallel()
	life := eventful(t).changes()
	rapid.Check(t, func(rt *rapid.T) {
		var stream []metrics.Change
		messages := rapid.IntRange(1, 5).Draw(rt, "messages")
		for i := range messages {
			for _, change := range life {
				stream = append(stream, ofMessage(fmt.Sprint("m", i), change))
			}
			stream = append(stream, metrics.Change{ID: "removed"}, metrics.Change{ID: "odd", Unreadable: errors.New("odd")})
		}
		store := memory.NewMetrics()
		rollup := &metrics.Rollup{Store: store, Meter: meter()}
		added := 0
		deliver := func(from, to int) {
			rolled, err := rollup.Run(t.Context(), stream[from:to])
			require.NoError(rt, err)
			added += rolled.Added
		}
		for next := 0; next < len(stream); {
			from := rapid.IntRange(0, next).Draw(rt, "from")
			to := rapid.IntRange(next+1, len(stream)).Draw(rt, "to")
			deliver(from, to)
			next = to
		}
		require.Equal(rt, 8*messages, added)
		got := hours(t, store)
		for hour, want := range eventfulHours(t) {
			total := metrics.Counters{}
			for range messages {
				total = total.Plus(want)
			}
			require.Equal(rt, total, got[hour])
		}
	})
}

// ofMessage is the change as another message's.
func ofMessage(id string, change metrics.Change) metrics.Change {
	for _, rec := range []**message.Record{&change.Old, &change.New} {
		if *rec != nil {
			other := **rec
			other.ID = id
			*rec = &other
		}
	}
	return change
}

func singly(changes []metrics.Change) [][]metrics.Change {
	var all [][]metrics.Change
	for _, c := range changes {
		all = append(all, []metrics.Change{c})
	}
	return all
}

func TestAChangeThatCannotBeCountedIsSkippedAndSaid(t *testing.T) {
	t.Parallel()
	core, logged := observer.New(zap.DebugLevel)
	store := memory.NewMetrics()
	strange := begin(t, noon()).now()
	strange.Status = "paused"
	batch := append([]metrics.Change{
		{ID: "1", Unreadable: errors.New("odd")}, {ID: "2", New: &strange},
	}, eventful(t).changes()...)

	rolled, err := (&metrics.Rollup{Store: store, Meter: meter()}).Run(telemetry.With(t.Context(), zap.New(core)), batch)
	require.NoError(t, err)
	require.Equal(t, 2, rolled.Skipped)
	require.Equal(t, eventfulHours(t), hours(t, store))
	skipped := logged.FilterMessageSnippet("skipped").All()
	require.Len(t, skipped, 2)
	require.Equal(t, "1", skipped[0].ContextMap()["event_id"])
	require.EqualValues(t, 2, logged.FilterMessage("metric").All()[0].ContextMap()[string(telemetry.Uncounted)])
}

func TestCountersThatCannotBeWrittenAreAnError(t *testing.T) {
	t.Parallel()
	down := errors.New("table is down")
	_, err := (&metrics.Rollup{Store: broken{err: down}, Meter: meter()}).Run(t.Context(), eventful(t).changes())
	require.ErrorIs(t, err, down)
}

func TestCircuitChangesAreCounted(t *testing.T) {
	t.Parallel()
	store := memory.NewMetrics()
	changes := &metrics.CircuitChanges{Store: store, Stage: stage, Now: func() time.Time { return noon().Add(time.Minute) }}
	for _, opened := range []bool{true, false, true} {
		changes.CircuitChanged(t.Context(), "ntfy", opened)
	}
	got, err := store.Hours(t.Context(), metrics.CircuitSeries(stage, "ntfy"), noon(), noon())
	require.NoError(t, err)
	require.Equal(t, map[time.Time]metrics.Counters{noon(): {Opened: 2, Closed: 1}}, got)
}

func TestACircuitChangeThatCannotBeCountedIsSaid(t *testing.T) {
	t.Parallel()
	core, logged := observer.New(zap.DebugLevel)
	changes := &metrics.CircuitChanges{Store: broken{err: errors.New("table is down")}, Stage: stage, Now: noon}
	changes.CircuitChanged(telemetry.With(t.Context(), zap.New(core)), "ntfy", true)
	require.Equal(t, 1, logged.FilterMessage("circuit change not counted").Len())
	told := logged.FilterMessage("metric").All()
	require.Len(t, told, 2, "CloudWatch is told of the change all the same, and that the counters miss it")
	require.Contains(t, told[0].ContextMap(), string(telemetry.CircuitOpened))
	require.Contains(t, told[1].ContextMap(), string(telemetry.Uncounted))
}
