package circuit_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
)

// heard notes what a listener is told.
type heard []string

func (h *heard) CircuitChanged(_ context.Context, channel string, opened bool) {
	*h = append(*h, channel+" "+strconv.FormatBool(opened))
}

func TestAListenerHearsOfEachCircuitThatOpensOrCloses(t *testing.T) {
	t.Parallel()
	const opened, closed = channel + " true", channel + " false"
	store, clock := &table{loseAnswers: true}, newClock()
	told := new(heard)
	b := newBreaker(store, clock.Now)
	b.Listener = told
	probe := func() {
		clock.passUntil(store.item.Circuit.RetryAt)
		require.True(t, ask(t, b, me).Probe())
	}

	for i := range 5 {
		fail(t, b, me, strconv.Itoa(i))
	}
	require.Equal(t, heard{opened}, *told, "the fifth failure opens it, the four before it do not")
	probe()
	fail(t, b, me, "probe")
	require.Len(t, *told, 1, "a probe that fails changes nothing")
	probe()
	require.NoError(t, b.HandBack(t.Context(), channel, me))
	probe()
	require.NoError(t, b.Answered(t.Context(), channel, me))
	require.Equal(t, heard{opened, closed}, *told)

	require.NoError(t, b.ForceOpen(t.Context(), channel, "ann"))
	require.NoError(t, b.ForceOpen(t.Context(), channel, "bob"))
	require.NoError(t, b.Reset(t.Context(), channel, "bob"))
	require.NoError(t, b.Reset(t.Context(), channel, "ann"))
	require.Equal(t, heard{opened, closed, opened, closed}, *told)
}

func TestAListenerDoesNotHearOfAWriteThatFailed(t *testing.T) {
	t.Parallel()
	told := new(heard)
	b := newBreaker(&table{onSave: func() error { return context.DeadlineExceeded }}, at)
	b.Listener = told
	require.Error(t, b.ForceOpen(t.Context(), channel, "ann"))
	require.Empty(t, *told)
}

var _ circuit.Listener = (*heard)(nil)
