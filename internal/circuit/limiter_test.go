package circuit_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/settings"
)

// limits: spacing 5 s, doubling to 5 min; Retry-After up to 5 min; a canary an hour.
func limits() settings.Limits { return settings.Default().Limits }

func newLimiter(store circuit.Store, now func() time.Time) *circuit.Limiter {
	return &circuit.Limiter{Store: store, Settings: limits(), Now: now}
}

// refused is what SendNtfy does after a 429.
func refused(t *testing.T, l *circuit.Limiter, r circuit.Refusal) time.Time {
	t.Helper()
	slot, err := l.Refused(t.Context(), channel, r)
	require.NoError(t, err)
	return slot
}

func TestAChannelIsLimitedUntilItsNewestSlotHasPassed(t *testing.T) {
	t.Parallel()
	require.False(t, circuit.Limit{}.Limited(at()))
	l := circuit.Limit{NextSlot: at()}
	require.True(t, l.Limited(at().Add(-time.Millisecond)))
	require.False(t, l.Limited(at()))
}

func TestSlots(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fact   string
		before circuit.Limit
		slot   time.Duration // after noon
	}{
		{"the first slot is a spacing away", circuit.Limit{}, 5 * time.Second},
		{"a slot that has passed does not count", circuit.Limit{NextSlot: at().Add(-time.Hour)}, 5 * time.Second},
		{"a slot that is due now does not count", circuit.Limit{NextSlot: at()}, 5 * time.Second},
		{"the next slot comes after the newest", circuit.Limit{NextSlot: at().Add(time.Minute)}, 65 * time.Second},
		{"at the channel's own spacing", circuit.Limit{NextSlot: at().Add(time.Minute), Spacing: 20 * time.Second}, 80 * time.Second},
		{"also after a slot that has passed", circuit.Limit{NextSlot: at().Add(-time.Minute), Spacing: 20 * time.Second}, 20 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.fact, func(t *testing.T) {
			t.Parallel()
			after, slot := test.before.TakeSlot(at(), 5*time.Second)
			require.Equal(t, at().Add(test.slot), slot)
			want := test.before
			want.NextSlot = slot
			require.Equal(t, want, after)
		})
	}
}

func TestHundredsWhoTakeASlotAtTheSameTimeGetOneEach(t *testing.T) {
	t.Parallel()
	l := newLimiter(&table{}, at)
	slots := make([]time.Time, 600)
	var all sync.WaitGroup
	for i := range slots {
		all.Go(func() {
			slots[i], _ = l.Take(context.Background(), channel)
		})
	}
	all.Wait()
	slices.SortFunc(slots, time.Time.Compare)
	for i, slot := range slots {
		require.Equal(t, at().Add(time.Duration(i+1)*5*time.Second), slot)
	}
}

func TestARefusalAwayFromASlotLeavesTheSpacing(t *testing.T) {
	t.Parallel()
	store := &table{}
	l := newLimiter(store, at)
	for i := range 3 {
		require.Equal(t, at().Add(time.Duration(i+1)*5*time.Second), refused(t, l, circuit.Refusal{}))
	}
	require.Zero(t, store.item.Limit.Spacing)
}

func TestARefusalOnASlotDoublesTheSpacingUpToItsLimit(t *testing.T) {
	t.Parallel()
	store, clock := &table{}, newClock()
	l := newLimiter(store, clock.Now)
	want := []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second}
	for i := range 1000 {
		spacing := 5 * time.Minute
		if i < len(want) {
			spacing = want[i]
		}
		slot := refused(t, l, circuit.Refusal{OnSlot: true})
		require.Equal(t, clock.Now().Add(spacing), slot, "refusal %d", i+1)
		require.Equal(t, spacing, store.item.Limit.Spacing)
		clock.passUntil(slot)
	}
}

func TestASuccessOnASlotHalvesTheSpacingDownToTheOrdinaryOne(t *testing.T) {
	t.Parallel()
	store := &table{item: circuit.Item{Limit: circuit.Limit{Spacing: 30 * time.Second}}}
	l := newLimiter(store, at)
	for _, want := range []time.Duration{15 * time.Second, 7500 * time.Millisecond, 5 * time.Second, 5 * time.Second} {
		require.NoError(t, l.Succeeded(t.Context(), channel))
		require.Equal(t, want, store.item.Limit.Spacing)
	}
	require.Equal(t, 3, store.saves, "a success that changes nothing writes nothing")
}

func TestASuccessOnAnUnlimitedChannelWritesNothing(t *testing.T) {
	t.Parallel()
	store := &table{}
	require.NoError(t, newLimiter(store, at).Succeeded(t.Context(), channel))
	require.Zero(t, store.saves)
}

func TestRetryAfterIsHonouredWithinBounds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fact            string
		asked           time.Duration
		earliest, after time.Duration // bounds of the slot, from noon
	}{
		{"nothing sensible asked for", 0, 5 * time.Second, 5 * time.Second},
		{"a time in the past", -3 * time.Second, 5 * time.Second, 5 * time.Second},
		{"less than a spacing", time.Second, 5 * time.Second, 10 * time.Second},
		{"30 s", 30 * time.Second, 30 * time.Second, 40 * time.Second},
		{"90 s", 90 * time.Second, 90 * time.Second, 100 * time.Second},
		{"a day", 24 * time.Hour, 5 * time.Minute, 5*time.Minute + 10*time.Second},
	}
	for _, test := range tests {
		t.Run(test.fact, func(t *testing.T) {
			t.Parallel()
			slot := refused(t, newLimiter(&table{}, at), circuit.Refusal{RetryAfter: test.asked})
			require.GreaterOrEqual(t, slot.Sub(at()), test.earliest)
			require.LessOrEqual(t, slot.Sub(at()), test.after)
		})
	}
}

func TestRetryAfterHoldsBackWhoComesNext(t *testing.T) {
	t.Parallel()
	l := newLimiter(&table{}, at)
	first := refused(t, l, circuit.Refusal{RetryAfter: time.Minute})
	second, err := l.Take(t.Context(), channel)
	require.NoError(t, err)
	require.Equal(t, first.Add(5*time.Second), second)
}

func TestAUsedUpDayWaitsForMidnightUTCWithACanaryAnHour(t *testing.T) {
	t.Parallel()
	store, clock := &table{}, newClock()
	l := newLimiter(store, clock.Now)
	midnight := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)

	canary := refused(t, l, circuit.Refusal{Quota: true})
	require.Equal(t, at().Add(time.Hour), canary, "the first who learns of it comes again in an hour")
	require.Equal(t, midnight.Add(5*time.Second), refused(t, l, circuit.Refusal{Quota: true}), "the others tomorrow, one by one")
	require.Equal(t, midnight.Add(10*time.Second), refused(t, l, circuit.Refusal{Quota: true, OnSlot: true}))
	require.True(t, store.item.Limit.Limited(clock.Now()))

	for hour := 1; hour < 12; hour++ {
		clock.passUntil(canary)
		canary = refused(t, l, circuit.Refusal{Quota: true, OnSlot: true})
		require.Equal(t, at().Add(time.Duration(hour+1)*time.Hour), canary)
	}
	slot, err := l.Take(t.Context(), channel)
	require.NoError(t, err)
	require.Equal(t, midnight.Add(15*time.Second), slot)
	require.Zero(t, store.item.Limit.Spacing, "a used-up day says nothing about the spacing")
}

func TestACanaryThatGetsThroughEndsTheDaysWait(t *testing.T) {
	t.Parallel()
	store, clock := &table{}, newClock()
	l := newLimiter(store, clock.Now)
	clock.passUntil(refused(t, l, circuit.Refusal{Quota: true}))
	require.NoError(t, l.Succeeded(t.Context(), channel))
	require.False(t, store.item.Limit.Limited(clock.Now()))

	require.Equal(t, clock.Now().Add(time.Hour), refused(t, l, circuit.Refusal{Quota: true}), "used up again: a new canary")
}

func TestTheLastCanaryOfADayComesWithTheNewOne(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	clock := newClock()
	clock.passUntil(midnight.Add(-time.Minute))
	l := newLimiter(&table{}, clock.Now)
	require.Equal(t, midnight, refused(t, l, circuit.Refusal{Quota: true}))
	require.Equal(t, midnight.Add(5*time.Second), refused(t, l, circuit.Refusal{Quota: true}))

	clock.passUntil(midnight)
	require.Equal(t, midnight.Add(time.Hour), refused(t, l, circuit.Refusal{Quota: true, OnSlot: true}), "still used up: a new canary")
}

func TestTheNewDayNeedsNoCanary(t *testing.T) {
	t.Parallel()
	store, clock := &table{}, newClock()
	l := newLimiter(store, clock.Now)
	refused(t, l, circuit.Refusal{Quota: true})
	clock.passUntil(time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC))
	require.False(t, store.item.Limit.Limited(clock.Now()))
	limit := store.item.Limit
	require.NoError(t, l.Succeeded(t.Context(), channel))
	require.Equal(t, limit, store.item.Limit)
}

func TestMidnightIsUTCWhereverTheClockIs(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("UTC+14", 14*3600)
	for _, now := range []time.Time{
		time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 25, 23, 59, 59, 999_999_999, time.UTC),
	} {
		l := newLimiter(&table{}, func() time.Time { return now.In(zone) })
		refused(t, l, circuit.Refusal{Quota: true})
		slot := refused(t, l, circuit.Refusal{Quota: true})
		require.True(t, time.Date(2026, 11, 26, 0, 0, 5, 0, time.UTC).Equal(slot), slot)
	}
}

func TestAFaultOfTheTableIsSaidByTheLimiter(t *testing.T) {
	t.Parallel()
	store := &table{onSave: func() error { return errTable }}
	l := newLimiter(store, at)
	_, err := l.Take(t.Context(), channel)
	require.ErrorIs(t, err, errTable)
	require.ErrorContains(t, err, channel)
	for _, r := range []circuit.Refusal{{}, {OnSlot: true}, {Quota: true}, {RetryAfter: time.Minute}} {
		slot, err := l.Refused(t.Context(), channel, r)
		require.ErrorIs(t, err, errTable)
		require.Zero(t, slot)
	}
	store.onLoad = func() error { return errTable }
	require.ErrorIs(t, l.Succeeded(t.Context(), channel), errTable)
}
