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
func twoLanes(t *testing.T, age time.Duration) (w *world, hook *lane, s *sweep.Sweeper, main, other string) {
	t.Helper()
	w, hook = newWorld(t), &lane{}
	s = w.sweeper()
	s.Others = map[string]sweep.Lane{"webhook": {Backlog: hook, DeadLetters: hook}}
	main = w.record(1, age, nil)
	other = w.record(2, age, func(r *message.Record) { r.Channel = "webhook" })
	return w, hook, s, main, other
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
	w, hook, s, main, other := twoLanes(t, time.Hour)
	hook.visible = 7
	require.Equal(t, sweep.Report{Backlog: 7, Looked: 2, Swept: 1}, w.run(s))
	require.Equal(t, []string{main}, w.publishedIDs())

	w, hook, s, _, other = twoLanes(t, time.Hour)
	w.visible = 3
	require.Equal(t, 1, w.run(s).Swept)
	require.Equal(t, []string{other}, w.publishedIDs())

	w, hook, s, _, _ = twoLanes(t, time.Hour)
	w.visible, hook.visible = 3, 7
	require.Equal(t, sweep.Report{Backlog: 10}, w.run(s))

	w, _, s, main, other = twoLanes(t, time.Hour)
	require.Equal(t, 2, w.run(s).Swept)
	require.ElementsMatch(t, []string{main, other}, w.publishedIDs())
}

func TestAQueueThatCannotBeReadHoldsUpItsOwnChannelAlone(t *testing.T) {
	t.Parallel()
	w, hook, s, main, _ := twoLanes(t, time.Hour)
	hook.fault = errors.New("SQS is away")
	report, err := s.Run(t.Context())
	require.ErrorIs(t, err, hook.fault, "somebody hears of it")
	require.Equal(t, 1, report.Swept)
	require.Equal(t, []string{main}, w.publishedIDs())
}

func TestAnOverdueRecordGoesToItsOwnChannelsDLQ(t *testing.T) {
	t.Parallel()
	w, hook, s, main, other := twoLanes(t, 25*time.Hour)
	require.Equal(t, 2, w.run(s).Expired)
	require.Len(t, w.dead, 1)
	require.Equal(t, main, w.dead[0].MessageID)
	require.Len(t, hook.dead, 1)
	require.Equal(t, other, hook.dead[0].MessageID)
}
