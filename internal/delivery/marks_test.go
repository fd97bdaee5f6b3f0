package delivery_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

// kept takes what a step sends.
type kept struct {
	tickets []message.Ticket
	dead    []message.Ticket
}

func (k *kept) SendTicket(_ context.Context, t message.Ticket, _ time.Duration) error {
	k.tickets = append(k.tickets, t)
	return nil
}

func (k *kept) SendDeadLetter(_ context.Context, t message.Ticket, _ message.Reason) error {
	k.dead = append(k.dead, t)
	return nil
}

func markDeferred(records delivery.Records, tickets delivery.Tickets, jitter float64) *delivery.MarkDeferred {
	times, circuits := settings.Default(), memory.NewCircuits()
	return &delivery.MarkDeferred{
		Records: records, Tickets: tickets, Settings: times, Now: atNoon, Jitter: func() float64 { return jitter },
		Breaker: &circuit.Breaker{Store: circuits, Settings: times.Breaker, Now: atNoon},
	}
}

// held is a message that the execution mine holds, and its work.
func held(t *testing.T, records *memory.Messages) delivery.Work {
	t.Helper()
	rec := message.New("0190b3a4-0000-7000-8000-000000000001", "notification", contract.ChannelNtfy, "test", "x",
		`{"message":"hello"}`, noon, message.TimesOf(settings.Default()))
	rec.Status, rec.ExecutionARN, rec.LeaseUntil = message.StatusProcessing, mine, noon.Add(time.Minute)
	require.NoError(t, records.Create(t.Context(), rec))
	return delivery.Work{
		MessageID: rec.ID, Generation: 1, Channel: contract.ChannelNtfy, Deadline: rec.Deadline,
		Execution: message.Execution{ARN: mine, Started: noon},
	}
}

// The backoff's upper half is drawn: what failed together does not come back together, and none comes at once.
func TestABackoffIsSpreadOverItsUpperHalf(t *testing.T) {
	t.Parallel()
	for _, jitter := range []float64{0, 0.5, 0.999} {
		records := memory.NewMessages()
		work := held(t, records)
		work.Error = &delivery.Caught{Error: contract.ErrorNtfyUnavailable}
		_, err := markDeferred(records, new(kept), jitter).Run(t.Context(), work)
		require.NoError(t, err)
		rec, err := records.Load(t.Context(), work.MessageID)
		require.NoError(t, err)
		require.InDelta(t, (1+jitter)/2*settings.Default().Backoff.Seconds(), rec.NextAttemptAt.Sub(noon).Seconds(), 0.001)
	}
}

// A server that says when it will be well again is not asked before; one that says “soon” gets the backoff all the same.
func TestAWaitIsNoShorterThanTheServerAskedFor(t *testing.T) {
	t.Parallel()
	backoff := settings.Default().Backoff
	for asked, want := range map[time.Duration]time.Duration{backoff - time.Second: backoff, backoff + time.Second: backoff + time.Second} {
		records := memory.NewMessages()
		work := held(t, records)
		work.Error = &delivery.Caught{Error: contract.ErrorNtfyUnavailable}
		rec, err := records.Load(t.Context(), work.MessageID)
		require.NoError(t, err)
		tried, err := rec.Attempted(mine, message.Attempt{At: noon, Outcome: "unavailable", Status: 503, RetryAt: noon.Add(asked)}, noon)
		require.NoError(t, err)
		require.NoError(t, records.Save(t.Context(), rec, tried))
		_, err = markDeferred(records, new(kept), 1).Run(t.Context(), work)
		require.NoError(t, err)
		rec, err = records.Load(t.Context(), work.MessageID)
		require.NoError(t, err)
		require.Equal(t, want, rec.NextAttemptAt.Sub(noon), asked)
	}
}

// mark is a step that writes how a delivery went.
type mark func(context.Context, delivery.Records, *kept, delivery.Work) (delivery.Work, error)

func marks() map[string]mark {
	return map[string]mark{
		"MarkCompleted": func(ctx context.Context, records delivery.Records, _ *kept, work delivery.Work) (delivery.Work, error) {
			work.Attempt = &delivery.Delivery{At: noon, Status: 200, NtfyID: "x"}
			return (&delivery.MarkCompleted{Records: records, Now: atNoon}).Run(ctx, work)
		},
		"MarkDeferred": func(ctx context.Context, records delivery.Records, sent *kept, work delivery.Work) (delivery.Work, error) {
			return markDeferred(records, sent, 0).Run(ctx, work)
		},
		"MarkFailed, refused": func(ctx context.Context, records delivery.Records, sent *kept, work delivery.Work) (delivery.Work, error) {
			return (&delivery.MarkFailed{Records: records, DeadLetters: sent, Now: atNoon}).Run(ctx, work)
		},
		"MarkFailed, expired": func(ctx context.Context, records delivery.Records, sent *kept, work delivery.Work) (delivery.Work, error) {
			work.Outcome = contract.OutcomeExpired
			return (&delivery.MarkFailed{Records: records, DeadLetters: sent, Now: atNoon}).Run(ctx, work)
		},
	}
}

// The record may be deleted, or its lease lapse and another execution take it, while this one sends. That is no fault: the
// ticket has done its work, and nothing is written or sent any more.
func TestAStepWhoseMessageIsGoneOrTakenEndsWithoutAFault(t *testing.T) {
	t.Parallel()
	for name, run := range marks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			records, sent := memory.NewMessages(), new(kept)
			work := held(t, records)
			rec, err := records.Load(t.Context(), work.MessageID)
			require.NoError(t, err)
			taken := rec
			taken.ExecutionARN = theirs
			taken.Version++
			require.NoError(t, records.Save(t.Context(), rec, taken))
			after, err := run(t.Context(), records, sent, work)
			require.NoError(t, err)
			require.Equal(t, contract.OutcomeDuplicate, after.Outcome)
			rec, err = records.Load(t.Context(), work.MessageID)
			require.NoError(t, err)
			require.Equal(t, taken.Version, rec.Version)

			require.NoError(t, records.Delete(t.Context(), work.MessageID))
			after, err = run(t.Context(), records, sent, work)
			require.NoError(t, err)
			require.Equal(t, contract.OutcomeGone, after.Outcome)
			require.Equal(t, new(kept), sent, "neither a ticket nor a dead letter")
		})
	}
}

// meddled is a table in which somebody notes something on the record between a step's first read and its write.
type meddled struct {
	*memory.Messages

	done bool
}

func (m *meddled) Save(ctx context.Context, prev, next message.Record) error {
	if !m.done {
		m.done = true
		noted := prev
		noted.Swept++
		noted.Version++
		if err := m.Messages.Save(ctx, prev, noted); err != nil {
			return err
		}
	}
	return m.Messages.Save(ctx, prev, next)
}

// The sweeper or an operator may write at any time: a step reads again and decides again, and loses neither write.
func TestAStepThatSomebodyOvertakesDecidesAgain(t *testing.T) {
	t.Parallel()
	for name, run := range marks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			records := &meddled{Messages: memory.NewMessages()}
			work := held(t, records.Messages)
			_, err := run(t.Context(), records, new(kept), work)
			require.NoError(t, err)
			rec, err := records.Load(t.Context(), work.MessageID)
			require.NoError(t, err)
			require.NotEqual(t, message.StatusProcessing, rec.Status)
			require.Equal(t, 1, rec.Swept)
			require.Equal(t, 3, rec.Version)
		})
	}
}
