package circuit_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
)

func newBreaker(store circuit.Store, now func() time.Time) *circuit.Breaker {
	return &circuit.Breaker{Store: store, Settings: thresholds(), Now: now}
}

// ask is what CheckCircuit does.
func ask(t *testing.T, b *circuit.Breaker, owner string) circuit.Permission {
	t.Helper()
	item, err := b.Look(t.Context(), channel)
	require.NoError(t, err)
	permission, err := b.Ask(t.Context(), channel, owner, item)
	require.NoError(t, err)
	return permission
}

func fail(t *testing.T, b *circuit.Breaker, owner, id string) bool {
	t.Helper()
	_, opened, err := b.Failed(t.Context(), channel, owner, id, circuit.CauseUnavailable)
	require.NoError(t, err)
	return opened
}

// openCircuit is a table whose circuit has just opened, and its clock.
func openCircuit(t *testing.T) (*table, *clock, *circuit.Breaker) {
	t.Helper()
	store, clock := &table{}, newClock()
	b := newBreaker(store, clock.Now)
	for i := range 5 {
		require.Equal(t, i == 4, fail(t, b, me, strconv.Itoa(i)), "failure %d", i+1)
	}
	return store, clock, b
}

func TestProbesAreSpreadByJitter(t *testing.T) {
	t.Parallel()
	opensAt := func(jitter func() float64) time.Duration {
		b := newBreaker(&table{}, at)
		b.Jitter = jitter
		after, _, err := b.Failed(t.Context(), channel, me, "1", circuit.CauseUnauthorized)
		require.NoError(t, err)
		return after.RetryAt.Sub(at())
	}
	cooldown := thresholds().OperatorCooldown
	require.Equal(t, cooldown, opensAt(func() float64 { return 0 }))
	require.Equal(t, cooldown+cooldown/20, opensAt(func() float64 { return 0.5 }))
	drawn := map[time.Duration]bool{}
	for range 20 {
		wait := opensAt(nil)
		require.GreaterOrEqual(t, wait, cooldown)
		require.Less(t, wait, cooldown+cooldown/10)
		drawn[wait] = true
	}
	require.Greater(t, len(drawn), 1)
}

func TestHealthyTrafficCostsOneReadAndNoWrite(t *testing.T) {
	t.Parallel()
	for _, state := range []circuit.State{"", circuit.Closed} {
		store := &table{item: circuit.Item{Circuit: circuit.Circuit{State: state}}}
		b := newBreaker(store, at)
		require.True(t, ask(t, b, me).Granted)
		require.Equal(t, 1, store.loads)
		require.Zero(t, store.saves)
	}
}

func TestWhoMeetsAnOpenCircuitWritesNothing(t *testing.T) {
	t.Parallel()
	store, _, b := openCircuit(t)
	before := store.saves
	for i := range 20 {
		require.False(t, ask(t, b, strconv.Itoa(i)).Granted)
		require.False(t, fail(t, b, strconv.Itoa(i), "late"+strconv.Itoa(i)))
	}
	require.Equal(t, before, store.saves)
}

func TestEveryWriteNamesItsAuthor(t *testing.T) {
	t.Parallel()
	store, clock, b := openCircuit(t)
	require.Equal(t, 5, store.item.Circuit.Version)
	require.Equal(t, me, store.item.Circuit.ChangedBy)
	clock.passUntil(store.item.Circuit.RetryAt)
	require.True(t, ask(t, b, other).Probe())
	require.Equal(t, 6, store.item.Circuit.Version)
	require.Equal(t, other, store.item.Circuit.ChangedBy)
	require.NoError(t, b.ForceOpen(t.Context(), channel, "ann"))
	require.Equal(t, "ann", store.item.Circuit.ChangedBy)
	require.NoError(t, b.Reset(t.Context(), channel, "bob"))
	require.Equal(t, "bob", store.item.Circuit.ChangedBy)
}

func TestAReportOnTheCircuitThatWasReadIsTheCircuitThatWasWritten(t *testing.T) {
	t.Parallel()
	store := &table{}
	after, opened, err := newBreaker(store, at).Failed(t.Context(), channel, me, "1", circuit.CauseUnauthorized)
	require.NoError(t, err)
	require.True(t, opened)
	require.Equal(t, store.item.Circuit, after)
}

// A hundred rounds in which fifty Lambdas act at the same moment.
func TestFiftyAtOnce(t *testing.T) {
	t.Parallel()
	for range 100 {
		store, clock := &table{}, newClock()
		b := newBreaker(store, clock.Now)
		var openings, probes atomic.Int32
		fifty(func(owner string) {
			_, opened, err := b.Failed(context.Background(), channel, owner, owner, circuit.CauseUnavailable)
			if opened && err == nil {
				openings.Add(1)
			}
		})
		require.Equal(t, circuit.Open, store.item.Circuit.State)
		require.EqualValues(t, 1, openings.Load(), "one of them opens the circuit")
		require.Equal(t, 5, store.item.Circuit.Version, "and after it nobody writes")

		clock.passUntil(store.item.Circuit.RetryAt)
		fifty(func(owner string) {
			item, err := b.Look(context.Background(), channel)
			if err != nil {
				return
			}
			if p, err := b.Ask(context.Background(), channel, owner, item); err == nil && p.Granted {
				probes.Add(1)
			}
		})
		require.EqualValues(t, 1, probes.Load(), "one of them probes")
	}
}

func fifty(do func(owner string)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range 50 {
		all.Go(func() {
			<-start
			do(fmt.Sprint("execution ", i))
		})
	}
	close(start)
	all.Wait()
}

// Each write is done and its answer lost; the client repeats it, finds its own and takes it as done.
func TestALostAnswerIsNoConflict(t *testing.T) {
	t.Parallel()
	store, clock, b := openCircuit(t)
	store.loseAnswers = true

	clock.passUntil(store.item.Circuit.RetryAt)
	require.True(t, ask(t, b, me).Probe(), "the winner knows that it won")
	require.False(t, ask(t, b, other).Granted)
	require.NoError(t, b.HandBack(t.Context(), channel, me))
	require.True(t, ask(t, b, me).Probe())
	fail(t, b, me, "6")
	require.Equal(t, 1, store.item.Circuit.Trips, "one probe failed, not two")

	clock.passUntil(store.item.Circuit.RetryAt)
	require.True(t, ask(t, b, me).Probe())
	require.NoError(t, b.Answered(t.Context(), channel, me))
	require.Equal(t, circuit.Closed, store.item.Circuit.State)
	for i := range 5 {
		require.Equal(t, i == 4, fail(t, b, other, fmt.Sprint("again", i)))
	}
	require.NoError(t, b.ForceOpen(t.Context(), channel, "ann"))
	require.NoError(t, b.Reset(t.Context(), channel, "ann"))
	require.Equal(t, circuit.Closed, store.item.Circuit.State)
}

// The answer is lost for longer: the Lambda dies, Step Functions calls it again.
func TestARetriedLambdaFindsItsOwnProbe(t *testing.T) {
	t.Parallel()
	store, clock, b := openCircuit(t)
	clock.passUntil(store.item.Circuit.RetryAt)
	first := ask(t, b, me)
	clock.pass(3 * time.Second)
	require.Equal(t, first, ask(t, b, me), "the same probe, and no longer lease")
}

var errTable = errors.New("table is down")

func TestAFaultOfTheTableIsSaidAndGivesNoPermission(t *testing.T) {
	t.Parallel()
	store, clock, b := openCircuit(t)
	clock.passUntil(store.item.Circuit.RetryAt)
	item, err := b.Look(t.Context(), channel)
	require.NoError(t, err)

	store.onSave = func() error { return errTable }
	permission, err := b.Ask(t.Context(), channel, me, item)
	require.ErrorIs(t, err, errTable)
	require.ErrorContains(t, err, channel)
	require.Zero(t, permission, "a probe that could not be written down is not won")

	store.onLoad = func() error { return errTable }
	_, err = b.Look(t.Context(), channel)
	require.ErrorIs(t, err, errTable)
	_, err = b.Peek(t.Context(), channel, me)
	require.ErrorIs(t, err, errTable)
	_, opened, err := b.Failed(t.Context(), channel, me, "9", circuit.CauseUnavailable)
	require.ErrorIs(t, err, errTable)
	require.False(t, opened)
	require.ErrorIs(t, b.Answered(t.Context(), channel, me), errTable)
	require.ErrorIs(t, b.HandBack(t.Context(), channel, me), errTable)
	require.ErrorIs(t, b.ForceOpen(t.Context(), channel, "ann"), errTable)
	require.ErrorIs(t, b.Reset(t.Context(), channel, "ann"), errTable)
}

func TestConflictsWithoutEndEndInAnError(t *testing.T) {
	t.Parallel()
	store, clock, b := openCircuit(t)
	clock.passUntil(store.item.Circuit.RetryAt)
	item, err := b.Look(t.Context(), channel)
	require.NoError(t, err)
	tries := 0
	store.onSave = func() error { tries++; return circuit.ErrConflict }
	permission, err := b.Ask(t.Context(), channel, me, item)
	require.ErrorIs(t, err, circuit.ErrConflict)
	require.Zero(t, permission)
	require.Less(t, tries, 100)
}

// Whoever decided on an item that has changed meanwhile decides again on the new one.
func TestAskOnAnOldItemDecidesAgain(t *testing.T) {
	t.Parallel()
	store, clock, b := openCircuit(t)
	clock.passUntil(store.item.Circuit.RetryAt)
	old, err := b.Look(t.Context(), channel)
	require.NoError(t, err)
	require.True(t, ask(t, b, other).Probe())

	permission, err := b.Ask(t.Context(), channel, me, old)
	require.NoError(t, err)
	require.False(t, permission.Granted)
}

func TestAForcedCircuitOpensForNobodyUntilItIsReset(t *testing.T) {
	t.Parallel()
	store, clock, b := openCircuit(t)
	clock.passUntil(store.item.Circuit.RetryAt)
	require.True(t, ask(t, b, me).Probe())
	require.NoError(t, b.ForceOpen(t.Context(), channel, "ann"))

	require.NoError(t, b.Answered(t.Context(), channel, me), "the probe that was out comes back too late")
	require.NoError(t, b.HandBack(t.Context(), channel, me))
	for range 100 {
		clock.pass(time.Hour)
		require.False(t, ask(t, b, me).Granted)
	}
	require.Equal(t, circuit.CauseForced, store.item.Circuit.Cause)
	require.NoError(t, b.Reset(t.Context(), channel, "ann"))
	require.True(t, ask(t, b, me).Granted)
}

// A probe that gives no verdict must not refuse everybody for ever: the second message is delivered within the
// cool-down and the lease, however the first one ended.
func TestAfterAProbeWithoutAVerdictTheNextMessageIsDelivered(t *testing.T) {
	t.Parallel()
	ends := map[string]func(*testing.T, *circuit.Breaker){
		"ntfy refused the message": func(t *testing.T, b *circuit.Breaker) {
			t.Helper()
			require.NoError(t, b.Answered(t.Context(), channel, me))
		},
		"the message was gone, or a duplicate": func(t *testing.T, b *circuit.Breaker) {
			t.Helper()
			require.NoError(t, b.HandBack(t.Context(), channel, me))
		},
		"the Lambda was killed": func(*testing.T, *circuit.Breaker) {},
		"ntfy did not answer": func(t *testing.T, b *circuit.Breaker) {
			t.Helper()
			fail(t, b, me, "probe")
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, clock, b := openCircuit(t)
			clock.passUntil(store.item.Circuit.RetryAt)
			require.True(t, ask(t, b, me).Probe())
			claimed := clock.Now()
			end(t, b)

			permission := ask(t, b, other)
			for waits := 0; !permission.Granted; waits++ {
				require.Less(t, waits, 3, "no end of waiting")
				require.True(t, permission.RetryAt.After(clock.Now()), "come again later, not at once")
				clock.passUntil(permission.RetryAt)
				permission = ask(t, b, other)
			}
			const secondCooldown = time.Minute
			require.LessOrEqual(t, clock.Now().Sub(claimed), secondCooldown+secondCooldown/10+15*time.Second)
			if permission.Probe() {
				require.NoError(t, b.Answered(t.Context(), channel, other))
			}
			require.Equal(t, circuit.Closed, store.item.Circuit.State)
		})
	}
}

func TestALateAnswerOfADeadProbeStillCloses(t *testing.T) {
	t.Parallel()
	store, clock, b := openCircuit(t)
	clock.passUntil(store.item.Circuit.RetryAt)
	require.True(t, ask(t, b, me).Probe())
	clock.pass(time.Hour)
	require.NoError(t, b.Answered(t.Context(), channel, me))
	require.Equal(t, circuit.Closed, store.item.Circuit.State)
}

func TestALateReportOfADeadProbeChangesNothingOnceSomebodyElseProbes(t *testing.T) {
	t.Parallel()
	store, clock, b := openCircuit(t)
	clock.passUntil(store.item.Circuit.RetryAt)
	require.True(t, ask(t, b, me).Probe())
	clock.pass(time.Hour)
	require.True(t, ask(t, b, other).Probe())
	theirs := store.item.Circuit
	require.NoError(t, b.Answered(t.Context(), channel, me))
	require.NoError(t, b.HandBack(t.Context(), channel, me))
	fail(t, b, me, "late")
	require.Equal(t, theirs, store.item.Circuit)
}
