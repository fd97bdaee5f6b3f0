package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
)

func limitFacts() []circuitFact {
	return []circuitFact{
		{"a limit is saved over the one that was read, and taken away again", limitIsSaved},
		{"a limit over one that differs in anything is a conflict", limitConflict},
		{"a limit that somebody else made equal is a conflict", limitOfAnother},
		{"a limit over a slot that was taken since is a conflict", limitAfterSlot},
		{"of 50 who save one limit at once one wins, each time", limitRace},
	}
}

func fullLimit() circuit.Limit {
	return circuit.Limit{
		NextSlot: noon().Add(time.Minute), Spacing: 10 * time.Second,
		QuotaUntil: noon().Add(12 * time.Hour), CanaryAt: noon().Add(time.Hour),
	}
}

func limitIsSaved(t *testing.T, store circuit.Store) {
	require.NoError(t, store.SaveLimit(t.Context(), channel, circuit.Limit{}, fullLimit()))
	requireItem(t, store, circuit.Item{Limit: fullLimit()})
	require.NoError(t, store.SaveLimit(t.Context(), channel, fullLimit(), circuit.Limit{}))
	requireItem(t, store, circuit.Item{})
}

func limitConflict(t *testing.T, store circuit.Store) {
	require.NoError(t, store.SaveLimit(t.Context(), channel, circuit.Limit{}, fullLimit()))
	changes := map[string]func(*circuit.Limit){
		"next slot":   func(l *circuit.Limit) { l.NextSlot = l.NextSlot.Add(time.Millisecond) },
		"spacing":     func(l *circuit.Limit) { l.Spacing += time.Millisecond },
		"quota until": func(l *circuit.Limit) { l.QuotaUntil = time.Time{} },
		"canary at":   func(l *circuit.Limit) { l.CanaryAt = l.CanaryAt.Add(-time.Millisecond) },
		"everything":  func(l *circuit.Limit) { *l = circuit.Limit{} },
	}
	for what, change := range changes {
		prev := fullLimit()
		change(&prev)
		err := store.SaveLimit(t.Context(), channel, prev, circuit.Limit{Spacing: time.Minute})
		require.ErrorIs(t, err, circuit.ErrConflict, what)
	}
	requireItem(t, store, circuit.Item{Limit: fullLimit()})
}

// limitOfAnother is what keeps two messages that want the same next slot from both getting it.
func limitOfAnother(t *testing.T, store circuit.Store) {
	require.NoError(t, store.SaveLimit(t.Context(), channel, circuit.Limit{}, fullLimit()))
	require.ErrorIs(t, store.SaveLimit(t.Context(), channel, circuit.Limit{}, fullLimit()), circuit.ErrConflict)
}

func limitAfterSlot(t *testing.T, store circuit.Store) {
	require.NoError(t, store.SaveLimit(t.Context(), channel, circuit.Limit{}, fullLimit()))
	slot, err := store.TakeSlot(t.Context(), channel, noon(), time.Second)
	require.NoError(t, err)
	wider := fullLimit()
	wider.Spacing *= 2
	require.ErrorIs(t, store.SaveLimit(t.Context(), channel, fullLimit(), wider), circuit.ErrConflict)
	want := fullLimit()
	want.NextSlot = slot
	requireItem(t, store, circuit.Item{Limit: want})
}

func limitRace(t *testing.T, store circuit.Store) {
	limit := circuit.Limit{}
	for round := range rounds {
		by := func(caller int) circuit.Limit {
			return circuit.Limit{Spacing: time.Duration(1+round*clients+caller) * time.Second}
		}
		got := race(clients, func(caller int) error { return store.SaveLimit(t.Context(), channel, limit, by(caller)) })
		limit = by(requireOneWinner(t, got, circuit.ErrConflict))
		requireItem(t, store, circuit.Item{Limit: limit})
	}
}

func slotFacts() []circuitFact {
	return []circuitFact{
		{"a slot lies one spacing after the newest one, or after now", slotTable},
		{"slots and circuits leave each other alone", slotsAndCircuits},
		{"200 slots that are taken at once are all different and exactly spaced", slotRace},
	}
}

func slotTable(t *testing.T, store circuit.Store) {
	const base = 5 * time.Second
	cases := []struct {
		says  string
		limit circuit.Limit
		want  time.Duration // after noon, which is now
	}{
		{"never limited", circuit.Limit{}, base},
		{"the newest slot has passed", circuit.Limit{NextSlot: noon().Add(-time.Minute)}, base},
		{"the newest slot is now", circuit.Limit{NextSlot: noon()}, base},
		{"the newest slot is to come", circuit.Limit{NextSlot: noon().Add(time.Millisecond)}, base + time.Millisecond},
		{"wider spaced, passed", circuit.Limit{Spacing: time.Minute}, time.Minute},
		{"wider spaced, to come", circuit.Limit{NextSlot: noon().Add(time.Second), Spacing: time.Minute}, time.Minute + time.Second},
		{"the quota is used up", fullLimit(), time.Minute + 10*time.Second},
	}
	for _, c := range cases {
		require.NoError(t, store.SaveLimit(t.Context(), c.says, circuit.Limit{}, c.limit))
		slot, err := store.TakeSlot(t.Context(), c.says, noon(), base)
		require.NoError(t, err)
		require.Equal(t, noon().Add(c.want), slot, c.says)

		want := c.limit
		want.NextSlot = slot
		item, err := store.LoadCircuit(t.Context(), c.says)
		require.NoError(t, err)
		require.Equal(t, want, item.Limit, c.says)
	}
}

func slotsAndCircuits(t *testing.T, store circuit.Store) {
	slot, err := store.TakeSlot(t.Context(), channel, noon(), time.Second)
	require.NoError(t, err)
	require.NoError(t, store.SaveCircuit(t.Context(), channel, opened(1, "a")))
	requireItem(t, store, circuit.Item{Circuit: opened(1, "a"), Limit: circuit.Limit{NextSlot: slot}})
	slot, err = store.TakeSlot(t.Context(), channel, noon(), time.Second)
	require.NoError(t, err)
	requireItem(t, store, circuit.Item{Circuit: opened(1, "a"), Limit: circuit.Limit{NextSlot: slot}})
}

func slotRace(t *testing.T, store circuit.Store) {
	const messages, spacing = 200, 5 * time.Second
	slots := make([]time.Time, messages)
	got := race(messages, func(caller int) error {
		slot, err := store.TakeSlot(t.Context(), channel, noon(), spacing)
		slots[caller] = slot
		return err
	})
	for _, err := range got {
		require.NoError(t, err)
	}
	slices.SortFunc(slots, time.Time.Compare)
	for i, slot := range slots {
		require.Equal(t, noon().Add(time.Duration(i+1)*spacing), slot)
	}
}
