package circuit_test

import (
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/circuit"
)

// Hundreds are refused at the same moment, and read the limit before the first of them has written it.
func TestHundredsWhoAreRefusedAtTheSameTimeGetASlotEach(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]circuit.Refusal{
		"by ntfy": {}, "for the day": {Quota: true}, "by a proxy that names a time": {RetryAfter: time.Minute},
		"on their slots": {OnSlot: true}, "on their slots by a proxy": {OnSlot: true, RetryAfter: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			crowd := newCrowd(600, clock)
			slots, errs := make([]time.Time, crowd.size), make([]error, crowd.size)
			crowd.inStep(func(i int, store circuit.Store) {
				slots[i], errs[i] = newLimiter(store, clock.Now).Refused(context.Background(), channel, refusal)
			})
			for i, err := range errs {
				require.NoError(t, err, "client %d", i)
			}
			slices.SortFunc(slots, time.Time.Compare)
			require.Len(t, slices.CompactFunc(slots, time.Time.Equal), crowd.size, "no two share a slot")
		})
	}
}

// Whatever is reported, and whenever: every slot lies in the future and within bounds, and nobody but a canary shares one.
func TestSlotsOfAnyHistory(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		store, clock := &table{}, newClock()
		l := newLimiter(store, clock.Now)
		taken := map[time.Time]bool{}
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			clock.pass(time.Duration(rapid.Int64Range(0, int64(10*time.Minute)).Draw(t, "time")))
			before := store.item.Limit
			if rapid.Bool().Draw(t, "success") {
				require.NoError(t, l.Succeeded(t.Context(), channel))
				if store.item.Limit.NextSlot.Before(before.NextSlot) {
					clear(taken) // a canary ended the day's wait: tomorrow's slots are given out anew
				}
				continue
			}
			refusal := circuit.Refusal{
				OnSlot: rapid.Bool().Draw(t, "on slot"), Quota: rapid.IntRange(1, 20).Draw(t, "quota") == 1,
				RetryAfter: time.Duration(rapid.Int64Range(-10, 100_000).Draw(t, "retry after")) * time.Second,
			}
			slot, err := l.Refused(t.Context(), channel, refusal)
			require.NoError(t, err)
			require.True(t, slot.After(clock.Now()), "never at once")
			require.LessOrEqual(t, store.item.Limit.Spacing, limits().MaxSpacing)
			if refusal.Quota && slot.Equal(store.item.Limit.CanaryAt) {
				require.LessOrEqual(t, slot.Sub(clock.Now()), limits().CanaryEvery)
				continue
			}
			require.False(t, taken[slot], "a slot of its own")
			taken[slot] = true
			latest := later(clock.Now().Add(limits().MaxRetryAfter), before.NextSlot)
			if refusal.Quota {
				latest = later(latest, clock.Now().Truncate(24*time.Hour).Add(24*time.Hour))
			}
			require.False(t, slot.After(latest.Add(limits().MaxSpacing)), "not farther away than it must be")
		}
	})
}

// crowd is many clients of one table in step with each other: each makes its next call only when all the others have
// made theirs. All have read before anybody writes: the worst order for optimistic writes.
type crowd struct {
	size  int
	table *table
	clock *clock
}

func newCrowd(size int, clock *clock) *crowd {
	return &crowd{size: size, table: &table{}, clock: clock}
}

func (c *crowd) inStep(do func(i int, store circuit.Store)) {
	var clients []func() (struct{}, bool)
	for i := range c.size {
		next, stop := iter.Pull(func(yield func(struct{}) bool) {
			do(i, &member{table: c.table, pause: func() { yield(struct{}{}) }})
		})
		defer stop()
		clients = append(clients, next)
	}
	for len(clients) > 0 {
		waiting := clients[:0]
		for _, goOn := range clients {
			c.clock.pass(100 * time.Microsecond)
			if _, alive := goOn(); alive {
				waiting = append(waiting, goOn)
			}
		}
		clients = waiting
	}
}

// member is one client's view of the table.
type member struct {
	*table

	pause func()
}

func (m *member) LoadCircuit(ctx context.Context, channel string) (circuit.Item, error) {
	m.pause()
	return m.table.LoadCircuit(ctx, channel)
}

func (m *member) SaveLimit(ctx context.Context, channel string, prev, next circuit.Limit) error {
	m.pause()
	return m.table.SaveLimit(ctx, channel, prev, next)
}

func (m *member) TakeSlot(ctx context.Context, channel string, now time.Time, base time.Duration) (time.Time, error) {
	for range 50 { // slow, so that all who have to write the limit first meet each other there
		m.pause()
	}
	return m.table.TakeSlot(ctx, channel, now, base)
}
