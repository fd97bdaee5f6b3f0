package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/settings"
)

// channel is the one channel of most facts: each fact has a store of its own.
const channel = "ntfy"

// circuitFact is something that holds of every store of circuits.
type circuitFact struct {
	says  string
	holds func(t *testing.T, store circuit.Store)
}

// Circuits checks a store of circuits. Each fact gets a new and empty one from open, and all run at the same time.
func Circuits(t *testing.T, open func(t *testing.T) circuit.Store) {
	t.Helper()
	for _, facts := range [][]circuitFact{breakerFacts(), limitFacts(), slotFacts()} {
		for _, fact := range facts {
			t.Run(fact.says, func(t *testing.T) {
				t.Parallel()
				fact.holds(t, open(t))
			})
		}
	}
}

func breakerFacts() []circuitFact {
	return []circuitFact{
		{"a channel that nobody wrote is a closed circuit without a limit", unwrittenIsZero},
		{"every field of a circuit survives, whatever it was before, and the limit stays", everyFieldOfCircuit},
		{"a circuit's times are cut to milliseconds", circuitTimesAreCut},
		{"a circuit that is not one version on is a conflict", circuitConflict},
		{"the same circuit again is no error", sameCircuitAgain},
		{"another's circuit of the same version is a conflict", anothersCircuit},
		{"circuits without a write id are never taken for one's own", circuitWithoutWriteID},
		{"of 50 who save one version at once one wins, each time", circuitRace},
		{"of 50 executions that ask an open circuit one wins the probe", probeRace},
		{"channels are apart", channelsAreApart},
		{"nothing is done once the time is over", noCircuitAfterTheEnd},
	}
}

func noCircuitAfterTheEnd(t *testing.T, store circuit.Store) {
	ended, end := context.WithCancel(t.Context())
	end()
	_, err := store.LoadCircuit(ended, channel)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, store.SaveCircuit(ended, channel, opened(1, "a")), context.Canceled)
	require.ErrorIs(t, store.SaveLimit(ended, channel, circuit.Limit{}, circuit.Limit{Spacing: time.Second}), context.Canceled)
	_, err = store.TakeSlot(ended, channel, noon(), time.Second)
	require.ErrorIs(t, err, context.Canceled)
	requireItem(t, store, circuit.Item{})
}

func unwrittenIsZero(t *testing.T, store circuit.Store) {
	requireItem(t, store, circuit.Item{})
}

func everyFieldOfCircuit(t *testing.T, store circuit.Store) {
	version, limit := 0, circuit.Limit{}
	rapid.Check(t, func(rt *rapid.T) {
		version++
		next := anyCircuit(version).Draw(rt, "circuit")
		require.NoError(rt, store.SaveCircuit(t.Context(), channel, next))
		requireItem(t, store, circuit.Item{Circuit: next, Limit: limit})

		newLimit := anyLimit().Draw(rt, "limit")
		require.NoError(rt, store.SaveLimit(t.Context(), channel, limit, newLimit))
		limit = newLimit
		requireItem(t, store, circuit.Item{Circuit: next, Limit: limit})
	})
}

func circuitTimesAreCut(t *testing.T, store circuit.Store) {
	fine := noon().Add(123_456_789 * time.Nanosecond)
	cut := noon().Add(123 * time.Millisecond)
	next := opened(1, "a")
	next.RetryAt, next.Failures = fine, []circuit.Failure{{At: fine, ID: "x"}}
	require.NoError(t, store.SaveCircuit(t.Context(), channel, next))
	next.RetryAt, next.Failures = cut, []circuit.Failure{{At: cut, ID: "x"}}
	requireItem(t, store, circuit.Item{Circuit: next})
}

// opened is an open circuit, as this writer writes it.
func opened(version int, writer string) circuit.Circuit {
	return circuit.Circuit{
		State: circuit.Open, Cause: circuit.CauseUnavailable, OpenedAt: noon(), RetryAt: noon(), ChangedBy: writer,
		WriteID: fmt.Sprintf("%s %d", writer, version), Version: version,
	}
}

func circuitConflict(t *testing.T, store circuit.Store) {
	for _, version := range []int{0, 2} {
		require.ErrorIs(t, store.SaveCircuit(t.Context(), channel, opened(version, "early")), circuit.ErrConflict)
	}
	requireItem(t, store, circuit.Item{})
	require.NoError(t, store.SaveCircuit(t.Context(), channel, opened(1, "a")))
	require.NoError(t, store.SaveCircuit(t.Context(), channel, opened(2, "a")))
	for _, version := range []int{1, 2, 4} {
		require.ErrorIs(t, store.SaveCircuit(t.Context(), channel, opened(version, "b")), circuit.ErrConflict)
	}
	requireItem(t, store, circuit.Item{Circuit: opened(2, "a")})
}

func sameCircuitAgain(t *testing.T, store circuit.Store) {
	for _, version := range []int{1, 2} {
		require.NoError(t, store.SaveCircuit(t.Context(), channel, opened(version, "a")))
		require.NoError(t, store.SaveCircuit(t.Context(), channel, opened(version, "a")))
		requireItem(t, store, circuit.Item{Circuit: opened(version, "a")})
	}
}

func anothersCircuit(t *testing.T, store circuit.Store) {
	require.NoError(t, store.SaveCircuit(t.Context(), channel, opened(1, "a")))
	same := opened(1, "a")
	same.WriteID = "b 1"
	require.ErrorIs(t, store.SaveCircuit(t.Context(), channel, same), circuit.ErrConflict)
	requireItem(t, store, circuit.Item{Circuit: opened(1, "a")})
}

func circuitWithoutWriteID(t *testing.T, store circuit.Store) {
	nameless := opened(1, "a")
	nameless.WriteID = ""
	require.NoError(t, store.SaveCircuit(t.Context(), channel, nameless))
	require.ErrorIs(t, store.SaveCircuit(t.Context(), channel, nameless), circuit.ErrConflict)
}

func circuitRace(t *testing.T, store circuit.Store) {
	for version := range rounds {
		by := func(caller int) circuit.Circuit { return opened(version+1, fmt.Sprintf("caller %d", caller)) }
		got := race(clients, func(caller int) error { return store.SaveCircuit(t.Context(), channel, by(caller)) })
		requireItem(t, store, circuit.Item{Circuit: by(requireOneWinner(t, got, circuit.ErrConflict))})
	}
}

func probeRace(t *testing.T, store circuit.Store) {
	seen := circuit.Item{Circuit: opened(1, "a")}
	require.NoError(t, store.SaveCircuit(t.Context(), channel, seen.Circuit))
	b := circuit.Breaker{
		Store: store, Settings: settings.Default().Breaker, Now: func() time.Time { return noon().Add(time.Hour) },
	}
	probes := make([]bool, clients)
	got := race(clients, func(caller int) error {
		p, err := b.Ask(t.Context(), channel, fmt.Sprintf("execution %d", caller), seen)
		probes[caller] = p.Probe()
		return err
	})
	won := 0
	for caller, err := range got {
		require.NoError(t, err)
		if probes[caller] {
			won++
		}
	}
	require.Equal(t, 1, won, "executions that hold the probe")
}

func channelsAreApart(t *testing.T, store circuit.Store) {
	require.NoError(t, store.SaveCircuit(t.Context(), "another", opened(1, "a")))
	_, err := store.TakeSlot(t.Context(), "another", noon(), time.Second)
	require.NoError(t, err)
	requireItem(t, store, circuit.Item{})
}

// requireItem requires that the store holds exactly this of the channel.
func requireItem(t *testing.T, store circuit.Store, want circuit.Item) {
	t.Helper()
	got, err := store.LoadCircuit(t.Context(), channel)
	require.NoError(t, err)
	require.Equal(t, want, got)
}
