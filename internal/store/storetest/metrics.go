package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/metrics"
)

// MetricsTable makes an empty metrics table and gives its name. Its items have no time to live.
func MetricsTable(t *testing.T, client *dynamodb.Client) string {
	t.Helper()
	return makeTable(t, client, &dynamodb.CreateTableInput{
		KeySchema:            keys(contract.MetricsKey, contract.MetricsSortKey),
		AttributeDefinitions: []types.AttributeDefinition{text(contract.MetricsKey), text(contract.MetricsSortKey)},
	})
}

// metricsFact is something that holds of every store of counters.
type metricsFact struct {
	says  string
	holds func(t *testing.T, store metrics.Store)
}

// Metrics checks a store of counters. Each fact gets a new and empty one from open, and all run at the same time.
func Metrics(t *testing.T, open func(t *testing.T) metrics.Store) {
	t.Helper()
	for _, fact := range []metricsFact{
		{"counters that nobody wrote are absent", nothingCounted},
		{"every counter survives, and is added to", everyCounterIsAdded},
		{"a batch of many messages is counted once, twice or in parts", batchAgain},
		{"newer events of a message are counted beside the older ones", onlyNewerEvents},
		{"older events of a message are counted behind the newer ones", olderEventsToo},
		{"batches that repeat, overlap and come at once are counted once", anyBatches},
		{"of 50 who add the same batch at once one is heard", addRace},
		{"of 50 who add batches to one hour all are heard", hourRace},
		{"a delta without a message is added each time", deltasAreAdded},
		{"hours are read from the first to the last", hoursOfASpan},
		{"counters are corrected as they were seen", correctAsSeen},
		{"the same correction again is no error", correctAgain},
		{"counters that changed meanwhile are not corrected", correctConflict},
	} {
		t.Run(fact.says, func(t *testing.T) {
			t.Parallel()
			fact.holds(t, open(t))
		})
	}
}

const series = metrics.Series("dev#notification")

func one(id string, version int, c metrics.Counters) metrics.Event {
	return metrics.Event{
		MessageID: id, Version: version, At: noon().Add(time.Duration(version) * time.Second), Deltas: []metrics.Delta{{Series: series, Hour: noon(), Counters: c}},
	}
}

func add(t *testing.T, store metrics.Store, events ...metrics.Event) int {
	t.Helper()
	added, err := store.Add(t.Context(), events)
	require.NoError(t, err)
	return len(added)
}

// requireCounted requires that the hour of noon, and no other, holds these counters.
func requireCounted(t *testing.T, store metrics.Store, want metrics.Counters) {
	t.Helper()
	got, err := store.Hours(t.Context(), series, noon().Add(-100*time.Hour), noon().Add(100*time.Hour))
	require.NoError(t, err)
	require.Equal(t, map[time.Time]metrics.Counters{noon(): want}, got)
}

func nothingCounted(t *testing.T, store metrics.Store) {
	require.Zero(t, add(t, store))
	got, err := store.Hours(t.Context(), series, noon(), noon())
	require.NoError(t, err)
	require.Empty(t, got)
	require.NotNil(t, got)
}

func everyCounterIsAdded(t *testing.T, store metrics.Store) {
	var total metrics.Counters
	version := 0
	rapid.Check(t, func(rt *rapid.T) {
		version++
		next := anyCounters().Draw(rt, "counters")
		require.Equal(rt, 1, add(t, store, one("a", version, next)))
		total = total.Plus(next)
		got, err := store.Hours(t.Context(), series, noon(), noon())
		require.NoError(rt, err)
		require.Equal(rt, total, got[noon()])
	})
}

func anyCounters() *rapid.Generator[metrics.Counters] {
	return rapid.Custom(func(t *rapid.T) metrics.Counters {
		var c metrics.Counters
		for name, value := range c.All() {
			*value = rapid.IntRange(0, 1_000_000).Draw(t, name)
		}
		return c
	})
}

// manyEvents are two events of each of 150 messages: more than one transaction takes.
func manyEvents() []metrics.Event {
	var events []metrics.Event
	for i := range 150 {
		id := fmt.Sprint(i)
		events = append(events, one(id, 1, metrics.Counters{Accepted: 1}), one(id, 3, metrics.Counters{Completed: 1, Attempts: 2}))
	}
	return events
}

func batchAgain(t *testing.T, store metrics.Store) {
	events := manyEvents()
	require.Equal(t, 100, add(t, store, events[:100]...), "a part of it, and then the function died")
	require.Equal(t, 200, add(t, store, events...))
	require.Zero(t, add(t, store, events...))
	require.Zero(t, add(t, store, append(events[20:40:40], events[20:40]...)...))
	requireCounted(t, store, metrics.Counters{Accepted: 150, Completed: 150, Attempts: 300})
}

func onlyNewerEvents(t *testing.T, store metrics.Store) {
	first, second, third := one("a", 1, metrics.Counters{Accepted: 1}), one("a", 2, metrics.Counters{Attempts: 1}),
		one("a", 5, metrics.Counters{Completed: 1})
	require.Equal(t, 1, add(t, store, first))
	require.Equal(t, 1, add(t, store, first, second))
	require.Equal(t, 1, add(t, store, first, second, third, third))
	require.Zero(t, add(t, store, second))
	require.Equal(t, 1, add(t, store, one("b", 1, metrics.Counters{Accepted: 1})))
	requireCounted(t, store, metrics.Counters{Accepted: 2, Attempts: 1, Completed: 1})
}

func olderEventsToo(t *testing.T, store metrics.Store) {
	first, second := one("a", 1, metrics.Counters{Accepted: 1}), one("a", 2, metrics.Counters{Attempts: 1})
	require.Equal(t, 1, add(t, store, second))
	require.Equal(t, 1, add(t, store, first, second))
	requireCounted(t, store, metrics.Counters{Accepted: 1, Attempts: 1})
}

// anyBatches hands the store slices of a stream, which repeat and overlap, some at the same time. Whatever they are, each
// event that was in one of them is counted once, and given back once.
func anyBatches(t *testing.T, store metrics.Store) {
	var total metrics.Counters
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		stream := anyStream(run).Draw(rt, "stream")
		handed, given := make([]bool, len(stream)), make(map[metrics.Mark]int)
		for range rapid.IntRange(1, 4).Draw(rt, "rounds") {
			var batches [][]metrics.Event
			for range rapid.IntRange(1, 3).Draw(rt, "at once") {
				from := rapid.IntRange(0, len(stream)-1).Draw(rt, "from")
				to := rapid.IntRange(from+1, len(stream)).Draw(rt, "to")
				batches = append(batches, stream[from:to])
				for i := from; i < to; i++ {
					handed[i] = true
				}
			}
			added := make([][]metrics.Event, len(batches))
			for _, err := range race(len(batches), func(caller int) (err error) {
				added[caller], err = store.Add(t.Context(), batches[caller])
				return err
			}) {
				require.NoError(rt, err)
			}
			for _, e := range slices.Concat(added...) {
				given[e.Mark()]++
			}
		}
		for i, e := range stream {
			if handed[i] {
				require.Equal(rt, 1, given[e.Mark()])
				total = total.Plus(e.Deltas[0].Counters)
			}
		}
		got, err := store.Hours(t.Context(), series, noon(), noon())
		require.NoError(rt, err)
		require.Equal(rt, total, got[noon()])
	})
}

// anyStream is changes of some messages, over half a minute. Streams of different runs share no message.
func anyStream(run int) *rapid.Generator[[]metrics.Event] {
	return rapid.Custom(func(t *rapid.T) []metrics.Event {
		var stream []metrics.Event
		for i := range rapid.IntRange(1, 40).Draw(t, "events") {
			e := one(fmt.Sprintf("%d-%d", run, i/2), i%2, metrics.Counters{Accepted: 1 + i})
			e.At = noon().Add(time.Duration(rapid.IntRange(0, 30_000).Draw(t, "at")) * time.Millisecond)
			stream = append(stream, e)
		}
		return stream
	})
}

func addRace(t *testing.T, store metrics.Store) {
	events := manyEvents()[:20]
	added := make([]int, clients)
	for _, err := range race(clients, func(caller int) error {
		now, err := store.Add(t.Context(), events)
		added[caller] = len(now)
		return err
	}) {
		require.NoError(t, err)
	}
	total := 0
	for _, n := range added {
		total += n
	}
	require.Equal(t, 20, total)
	requireCounted(t, store, metrics.Counters{Accepted: 10, Completed: 10, Attempts: 20})
}

func hourRace(t *testing.T, store metrics.Store) {
	for _, err := range race(clients, func(caller int) error {
		_, err := store.Add(t.Context(), []metrics.Event{one(fmt.Sprint(caller), 1, metrics.Counters{Accepted: 1})})
		return err
	}) {
		require.NoError(t, err)
	}
	requireCounted(t, store, metrics.Counters{Accepted: clients})
}

func deltasAreAdded(t *testing.T, store metrics.Store) {
	for range 3 {
		require.NoError(t, store.AddDelta(t.Context(), metrics.Delta{
			Series: series, Hour: noon(), Counters: metrics.Counters{Opened: 1},
		}))
	}
	requireCounted(t, store, metrics.Counters{Opened: 3})
}

func hoursOfASpan(t *testing.T, store metrics.Store) {
	at := func(hour int) time.Time { return noon().Add(time.Duration(hour) * time.Hour) }
	for hour := -30; hour <= 30; hour++ {
		for _, s := range []metrics.Series{series, series + "s", "dev"} {
			require.NoError(t, store.AddDelta(t.Context(), metrics.Delta{
				Series: s, Hour: at(hour), Counters: metrics.Counters{Accepted: 100 + hour},
			}))
		}
	}
	got, err := store.Hours(t.Context(), series, at(-2), at(1).Add(59*time.Minute))
	require.NoError(t, err)
	require.Equal(t, map[time.Time]metrics.Counters{
		at(-2): {Accepted: 98}, at(-1): {Accepted: 99}, at(0): {Accepted: 100}, at(1): {Accepted: 101},
	}, got)
}

func correctAsSeen(t *testing.T, store metrics.Store) {
	full := metrics.Counters{Accepted: 1, Completed: 2, Latency: metrics.Histogram{3: 4}}
	require.NoError(t, store.Correct(t.Context(), series, noon(), metrics.Counters{}, full))
	requireCounted(t, store, full)
	less := metrics.Counters{Completed: 1}
	require.NoError(t, store.Correct(t.Context(), series, noon(), full, less))
	requireCounted(t, store, less)
	add(t, store, one("a", 1, metrics.Counters{Completed: 1}))
	requireCounted(t, store, metrics.Counters{Completed: 2})
}

func correctAgain(t *testing.T, store metrics.Store) {
	want := metrics.Counters{Accepted: 1}
	for range 2 {
		require.NoError(t, store.Correct(t.Context(), series, noon(), metrics.Counters{}, want))
	}
	requireCounted(t, store, want)
}

func correctConflict(t *testing.T, store metrics.Store) {
	there := metrics.Counters{Accepted: 1, Attempts: 1}
	add(t, store, one("a", 1, there))
	for _, seen := range []metrics.Counters{{}, {Accepted: 1}, {Accepted: 1, Attempts: 1, Refused: 1}} {
		require.ErrorIs(t, store.Correct(t.Context(), series, noon(), seen, metrics.Counters{Accepted: 9}), metrics.ErrConflict)
	}
	requireCounted(t, store, there)
}
