package deadletter_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/deadletter"
	"github.com/rezagent/rez_agent/internal/message"
)

// A redriven ticket delivers: that is what the queue's execution makes of it.
func TestARedriveSendsATicketThatDelivers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change     func(*message.Record)
		replay     bool
		generation int
	}{
		"a pipeline fault":          {failed(message.ReasonPipelineFault), false, 1},
		"an expired one":            {failed(message.ReasonExpired), true, 2},
		"one whose execution died":  {held(-time.Minute), false, 1},
		"one that nobody has taken": {nil, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			rec, other := w.record(c.change), w.record(nil)
			w.letter(own(rec), "")
			w.letter(own(other), "")
			w.letter(rec.ExpiredTicket(noon()), "")
			require.NoError(t, w.office.Redrive(t.Context(), rec.ID, "user:ann"))

			require.Len(t, w.sent, 1)
			require.Equal(t, c.replay, w.sent[0].Replay)
			require.Equal(t, message.EventRedriven, w.sent[0].EventType)
			require.Zero(t, w.delays[0])
			stored := w.stored(rec.ID)
			require.Equal(t, []message.Act{{At: noon(), By: "user:ann", What: message.ActRedriven, Generation: c.generation}}, stored.Acts)
			require.Equal(t, rec.Status, stored.Status)
			by := message.Execution{ARN: "arn:next", Name: w.sent[0].ExecutionName(1), Started: noon()}
			taken, outcome := stored.Take(w.sent[0], by, noon(), w.office.Times)
			require.Equal(t, contract.OutcomeProceed, outcome)
			require.Equal(t, c.generation, taken.Generation)

			require.Len(t, w.letters, 1, "its own letters are gone, another's is not")
			require.Equal(t, "item 2", w.letters[0].ID)
			require.Empty(t, w.hidden)
		})
	}
}

func TestADeferredMessageIsRedrivenToWhenItIsDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.record(func(r *message.Record) {
		r.Status, r.Reason, r.NextAttemptAt = message.StatusDeferred, message.ReasonUnavailable, noon().Add(time.Minute)
	})
	require.NoError(t, w.office.Redrive(t.Context(), rec.ID, "user:ann"))
	require.Equal(t, []time.Duration{time.Minute}, w.delays)
}

func TestWhatARedriveCannotDeliverIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*message.Record){
		"one that ntfy refused":       failed(message.ReasonRefused),
		"one that is delivered":       func(r *message.Record) { r.Status = message.StatusCompleted },
		"one that an execution holds": held(time.Minute),
		"one past its deadline":       func(r *message.Record) { r.Deadline = noon() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			rec := w.record(change)
			w.letter(own(rec), "")
			require.ErrorIs(t, w.office.Redrive(t.Context(), rec.ID, "user:ann"), deadletter.ErrNotRedrivable)
			require.Equal(t, rec, w.stored(rec.ID))
			require.Empty(t, w.sent)
			require.Len(t, w.letters, 1)
		})
	}
}

func TestAMessageThatIsNotThereCannotBeRedriven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.ErrorIs(t, w.office.Redrive(t.Context(), uuid.NewString(), "user:ann"), message.ErrNotFound)
	require.Empty(t, w.sent)
}

// busy is a table in which an execution writes just before the redrive does.
type busy struct {
	deadletter.Records

	w     *world
	again int
}

func (b *busy) Save(ctx context.Context, prev, next message.Record) error {
	if b.again > 0 {
		b.again--
		held, err := prev.Attempted(prev.ExecutionARN, message.Attempt{At: noon().Add(time.Duration(b.again))}, noon())
		require.NoError(b.w.t, err)
		require.NoError(b.w.t, b.Records.Save(ctx, prev, held))
	}
	return b.Records.Save(ctx, prev, next)
}

func TestARedriveIsDecidedAgainWhereSomebodyWroteFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.record(held(-time.Minute))
	w.office.Records = &busy{w.records, w, 1}
	require.NoError(t, w.office.Redrive(t.Context(), rec.ID, "user:ann"))
	require.Len(t, w.stored(rec.ID).Acts, 1)
	require.Len(t, w.stored(rec.ID).Attempts, 1)
	require.Len(t, w.sent, 1)
}

func TestALetterThatCannotBeDeletedDoesNotFailTheRedrive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.record(failed(message.ReasonPipelineFault))
	w.letter(own(rec), "")
	w.fault = errors.New("SQS is away")
	require.NoError(t, w.office.Redrive(t.Context(), rec.ID, "user:ann"))
	require.Len(t, w.sent, 1)
}

func TestTheWholeQueueGoesToTheMainQueueByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.letter(message.Ticket{MessageID: uuid.NewString(), Generation: 1}, "")
	items, task, err := w.office.RedriveAll(t.Context(), "user:ann")
	require.NoError(t, err)
	require.Equal(t, 1, items)
	require.Equal(t, "task", task)
	require.Equal(t, []string{"arn:main"}, w.moved)
}
