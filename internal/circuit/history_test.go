package circuit_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
)

func TestAnOutageIsToldInTwoLines(t *testing.T) {
	t.Parallel()
	store, clock := &table{loseAnswers: true}, newClock()
	b := newBreaker(store, clock.Now)
	began := clock.Now()
	for i := range 5 {
		fail(t, b, me, strconv.Itoa(i))
	}
	for i := range 3 {
		clock.passUntil(store.item.Circuit.RetryAt)
		require.True(t, ask(t, b, other).Probe())
		if i < 2 {
			fail(t, b, other, "probe "+strconv.Itoa(i))
		}
	}
	require.NoError(t, b.Answered(t.Context(), channel, other))
	require.Equal(t, []circuit.Change{
		{At: began, From: circuit.Closed, To: circuit.Open, Reason: "unavailable", By: me},
		{At: clock.Now(), From: circuit.HalfOpen, To: circuit.Closed, Reason: circuit.ReasonAnswered, FailedProbes: 2, By: "execution of somebody else's"},
	}, store.item.Circuit.History)
}

func TestWhatAnOperatorDoesIsToldToo(t *testing.T) {
	t.Parallel()
	store := &table{}
	b := newBreaker(store, at)
	require.NoError(t, b.Reset(t.Context(), channel, "nobody needs this"))
	for i := range 5 {
		fail(t, b, me, strconv.Itoa(i))
	}
	require.NoError(t, b.ForceOpen(t.Context(), channel, "ann"))
	require.NoError(t, b.ForceOpen(t.Context(), channel, "bob"))
	require.NoError(t, b.Reset(t.Context(), channel, "bob"))
	fail(t, b, me, "once more")
	require.NoError(t, b.Reset(t.Context(), channel, "and forgets a failure"))
	var told []string
	for _, c := range store.item.Circuit.History {
		told = append(told, strings.Join([]string{string(c.From) + " → " + string(c.To), string(c.Reason), c.By}, ", "))
	}
	require.Equal(t, []string{
		"closed → open, unavailable, " + me, "open → open, forced, ann", "open → closed, reset, bob",
	}, told)
}

func TestTheHistoryForgetsTheOldestAndNamesExecutionsShortly(t *testing.T) {
	t.Parallel()
	const id = "0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11"
	execution := "arn:aws:states:eu-central-1:123456789012:express:rez-agent-deliver-prod:q-" + id + "-1-0-1:6f2c"
	for by, want := range map[string]string{
		execution:                      "q-" + id + "-1",
		"user:ann":                     "user:ann",
		"":                             "",
		strings.Repeat("界", 99):        strings.Repeat("界", 13),
		"arn:aws:iam::1:user/somebody": "arn:aws:iam::1:user/somebody",
	} {
		store, clock := &table{}, newClock()
		b := newBreaker(store, clock.Now)
		for i := range circuit.MaxHistory {
			clock.pass(time.Second)
			require.NoError(t, b.ForceOpen(t.Context(), channel, by))
			require.NoError(t, b.Reset(t.Context(), channel, strconv.Itoa(i)))
		}
		kept := store.item.Circuit.History
		require.Len(t, kept, circuit.MaxHistory)
		require.Equal(t, want, kept[0].By)
		require.Equal(t, strconv.Itoa(circuit.MaxHistory-1), kept[len(kept)-1].By, "the newest is the last")
		require.Equal(t, at().Add((circuit.MaxHistory/2+1)*time.Second), kept[0].At, "the oldest are gone")
	}
}
