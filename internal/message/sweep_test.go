package message_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
)

func TestWhatIsLeftBehind(t *testing.T) {
	t.Parallel()
	const after = time.Minute
	tests := []struct {
		fact   string
		record message.Record
		since  time.Time // when the wait for something that should have come began; zero: never
	}{
		{"a created message that no ticket reached", message.Record{
			Status: message.StatusCreated, UpdatedAt: moment(),
		}, moment()},
		{"a processing one whose lease has ended", message.Record{
			Status: message.StatusProcessing, UpdatedAt: moment(), LeaseUntil: moment().Add(time.Hour),
		}, moment().Add(time.Hour)},
		{"a processing one whose lease was given back", message.Record{
			Status: message.StatusProcessing, UpdatedAt: moment(), LeaseUntil: time.Unix(0, 0).UTC(),
		}, moment()},
		{"a deferred one that is overdue", message.Record{
			Status: message.StatusDeferred, UpdatedAt: moment(), NextAttemptAt: moment().Add(2 * time.Hour),
		}, moment().Add(2 * time.Hour)},
		{"one that was swept a short time ago", message.Record{
			Status: message.StatusCreated, UpdatedAt: moment().Add(-24 * time.Hour), NextSweepAt: moment().Add(after),
		}, moment()},
		{"never a completed one", message.Record{Status: message.StatusCompleted}, time.Time{}},
		{"never a failed one", message.Record{Status: message.StatusFailed}, time.Time{}},
	}
	for _, test := range tests {
		t.Run(test.fact, func(t *testing.T) {
			t.Parallel()
			if test.since.IsZero() {
				require.False(t, test.record.LeftBehind(moment().Add(1000*time.Hour), after))
				return
			}
			due := test.since.Add(after)
			require.False(t, test.record.LeftBehind(due.Add(-time.Millisecond), after))
			require.True(t, test.record.LeftBehind(due, after))
			require.True(t, test.record.LeftBehind(due.Add(time.Hour), after))
		})
	}
}

func TestEverySweepMakesTheNextOneRarer(t *testing.T) {
	t.Parallel()
	const first, most = 5 * time.Minute, 6 * time.Hour
	r := message.New(id, "web_action", "ntfy", "test", "ann", "{}", now(), times())
	at := moment().Add(time.Minute)
	for sweeps := range 1001 {
		next, err := r.Sweep(at, time.Minute, first, most)
		require.NoError(t, err)

		want := r
		want.Swept, want.Version = sweeps+1, r.Version+1
		want.NextSweepAt = at.Add(min(first<<min(sweeps, 20), most))
		require.Equal(t, want, next, "a sweep is no progress of the message: nothing else may change")

		_, err = next.Sweep(next.NextSweepAt.Add(-time.Millisecond), time.Minute, first, most)
		require.ErrorIs(t, err, message.ErrNotAllowed)
		r, at = next, next.NextSweepAt
	}
}

func TestSweepLeavesAloneWhatIsNotLeftBehind(t *testing.T) {
	t.Parallel()
	for _, s := range everyStand() {
		before := s.record() // with next_sweep_at in an hour
		after, err := before.Sweep(now(), 0, time.Minute, time.Hour)
		require.ErrorIs(t, err, message.ErrNotAllowed, s)
		require.Equal(t, before, after, s)
	}
}
