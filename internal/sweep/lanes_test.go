package sweep_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/sweep"
)

// lane is another channel's queues.
type lane struct {
	visible int
	fault   error
	dead    []message.Ticket
}

func (l *lane) Visible(context.Context) (int, error) { return l.visible, l.fault }

func (l *lane) SendDeadLetter(_ context.Context, t message.Ticket, _ message.Reason) error {
	l.dead = append(l.dead, t)
	return nil
}

// twoLanes has one forgotten record on each of two channels.
type twoLanes struct {
	*world

	hook        *lane
	sweeps      *sweep.Sweeper
	main, other string
}

func newLanes(t *testing.T, age time.Duration) *twoLanes {
	t.Helper()
	w := &twoLanes{world: newWorld(t), hook: &lane{}}
	w.sweeps = w.sweeper()
	w.sweeps.Others = map[string]sweep.Lane{"webhook": {Backlog: w.hook, DeadLetters: w.hook}}
	w.main = w.record(1, age, nil)
	w.other = w.record(2, age, func(r *message.Record) { r.Channel = "webhook" })
	return w
}

func (w *world) publishedIDs() []string {
	ids := []string{}
	for _, ticket := range w.published {
		ids = append(ids, ticket.MessageID)
	}
	return ids
}

// One channel's queue that does not move must not keep the other's lost tickets lost.
func TestABacklogHoldsUpItsOwnChannelAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		visible, hook int
		swept         func(*twoLanes) []string
	}{
		"none":        {0, 0, func(w *twoLanes) []string { return []string{w.main, w.other} }},
		"the other's": {0, 7, func(w *twoLanes) []string { return []string{w.main} }},
		"ntfy's":      {3, 0, func(w *twoLanes) []string { return []string{w.other} }},
		"both":        {3, 7, func(*twoLanes) []string { return nil }},
	} {
		w := newLanes(t, time.Hour)
		w.visible, w.hook.visible = c.visible, c.hook
		report := w.run(w.sweeps)
		require.ElementsMatch(t, c.swept(w), w.publishedIDs(), name)
		require.Equal(t, len(c.swept(w)), report.Swept, name)
		require.Equal(t, c.visible+c.hook, report.Backlog, name)
	}
}

func TestAQueueThatCannotBeReadHoldsUpItsOwnChannelAlone(t *testing.T) {
	t.Parallel()
	w := newLanes(t, time.Hour)
	w.hook.fault = errors.New("SQS is away")
	report, err := w.sweeps.Run(t.Context())
	require.ErrorIs(t, err, w.hook.fault, "somebody hears of it")
	require.Equal(t, 1, report.Swept)
	require.Equal(t, []string{w.main}, w.publishedIDs())
}

func TestAnOverdueRecordGoesToItsOwnChannelsDLQ(t *testing.T) {
	t.Parallel()
	w := newLanes(t, 25*time.Hour)
	require.Equal(t, 2, w.run(w.sweeps).Expired)
	require.Len(t, w.dead, 1)
	require.Equal(t, w.main, w.dead[0].MessageID)
	require.Len(t, w.hook.dead, 1)
	require.Equal(t, w.other, w.hook.dead[0].MessageID)
}
