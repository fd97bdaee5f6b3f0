package message_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

func TestNew(t *testing.T) {
	t.Parallel()
	r := message.New(id, "web_action", "ntfy", "test", "ann", `{}`, now(), times())
	require.Equal(t, message.Record{
		ID: id, Type: "web_action", Channel: "ntfy", Stage: "test", CreatedBy: "ann", Payload: `{}`,
		Status: message.StatusCreated, Generation: 1, Version: 1, CreatedAt: moment(), UpdatedAt: moment(),
		Deadline: moment().Add(24 * time.Hour), ExpiresAt: moment().Add(90 * 24 * time.Hour).Truncate(time.Second),
	}, r)
}

// attempt is one that a clock of any zone and precision timed.
func attempt() message.Attempt {
	return message.Attempt{
		At: now(), Outcome: "unavailable", Status: 503, Latency: 40 * time.Millisecond, RetryAt: now().Add(time.Minute),
	}
}

// written is attempt as a record holds it.
func written() message.Attempt {
	a := attempt()
	a.At, a.RetryAt = moment(), moment().Add(time.Minute)
	return a
}

// move is a transition that only the execution that holds the message may make.
type move struct {
	name  string
	make  func(r message.Record, arn string) (message.Record, error)
	after func(r *message.Record)
}

func moves() []move {
	deferral := message.Deferral{From: 2, Until: now().Add(time.Minute), Reason: message.ReasonRateLimited, Detail: "429", Slot: true}
	return []move{
		{"attempted", func(r message.Record, arn string) (message.Record, error) {
			return r.Attempted(arn, attempt(), now())
		}, func(r *message.Record) { r.Attempts = append(slices.Clone(r.Attempts), written()) }},
		{"complete", func(r message.Record, arn string) (message.Record, error) {
			return r.Complete(arn, attempt(), now())
		}, func(r *message.Record) {
			dropWaiting(r)
			r.Status = message.StatusCompleted
			r.Attempts = append(slices.Clone(r.Attempts), written())
		}},
		{"defer", func(r message.Record, arn string) (message.Record, error) {
			return r.Defer(arn, deferral, now())
		}, func(r *message.Record) {
			dropWaiting(r)
			r.Status, r.Reason, r.Detail = message.StatusDeferred, message.ReasonRateLimited, "429"
			r.Deferrals = 3
			r.NextAttemptAt, r.SlotAt = moment().Add(time.Minute), moment().Add(time.Minute)
		}},
		{"fail", func(r message.Record, arn string) (message.Record, error) {
			return r.Fail(arn, message.ReasonRefused, "title too long", now())
		}, func(r *message.Record) {
			dropWaiting(r)
			r.Status, r.Reason, r.Detail = message.StatusFailed, message.ReasonRefused, "title too long"
		}},
	}
}

// dropWaiting is what a message loses with every end of its processing.
func dropWaiting(r *message.Record) {
	r.Reason, r.Detail = "", ""
	r.NextAttemptAt, r.SlotAt, r.NextSweepAt, r.LeaseUntil = time.Time{}, time.Time{}, time.Time{}, time.Time{}
}

func TestTheHolderMovesItsMessage(t *testing.T) {
	t.Parallel()
	for _, m := range moves() {
		for _, live := range []bool{true, false} {
			s := situation{status: message.StatusProcessing, live: live, by: again}
			before := s.record()
			after, err := m.make(before, mine)
			require.NoError(t, err, m.name)

			want := s.record()
			m.after(&want)
			want.UpdatedAt, want.Version = moment(), 18
			require.Equal(t, want, after, m.name)
			require.Equal(t, s.record(), before, "%s must not touch the record that was read", m.name)
		}
	}
}

func TestAMoveDoneAgainByTheSameExecutionChangesNothing(t *testing.T) {
	t.Parallel()
	for _, m := range moves() {
		s := situation{status: message.StatusProcessing, live: true, by: again}
		once, err := m.make(s.record(), mine)
		require.NoError(t, err, m.name)
		twice, err := m.make(once, mine)
		require.NoError(t, err, m.name)
		require.Equal(t, once, twice, m.name)
	}
}

func TestNobodyButTheHolderMovesAMessage(t *testing.T) {
	t.Parallel()
	for _, stand := range stands() {
		for _, m := range moves() {
			before := stand.record()
			after, err := m.make(before, mine)
			require.ErrorIs(t, err, message.ErrNotHolder, "%s %s", m.name, stand)
			require.Equal(t, before, after, "%s %s", m.name, stand)
		}
	}
}

func TestASecondAttemptIsNotTakenForARepeat(t *testing.T) {
	t.Parallel()
	r := situation{status: message.StatusProcessing, live: true, by: again}.record()
	first, err := r.Attempted(mine, attempt(), now())
	require.NoError(t, err)
	next := attempt()
	next.At = next.At.Add(time.Second)
	second, err := first.Attempted(mine, next, now())
	require.NoError(t, err)
	require.Len(t, second.Attempts, len(first.Attempts)+1)
}

func TestADeferralOfAnotherTurnIsNoRepeat(t *testing.T) {
	t.Parallel()
	r := situation{status: message.StatusDeferred, reason: message.ReasonUnavailable}.record()
	_, err := r.Defer(theirs, message.Deferral{From: 0, Until: now()}, now())
	require.ErrorIs(t, err, message.ErrNotHolder)
	same, err := r.Defer(theirs, message.Deferral{From: 1, Until: now().Add(time.Hour)}, now())
	require.NoError(t, err)
	require.Equal(t, r, same)
}

func TestADeferralWithoutASlotHoldsNone(t *testing.T) {
	t.Parallel()
	r := situation{status: message.StatusProcessing, live: true, by: again}.record()
	after, err := r.Defer(mine, message.Deferral{From: 2, Until: now(), Reason: message.ReasonUnavailable}, now())
	require.NoError(t, err)
	require.Zero(t, after.SlotAt)
	require.Equal(t, moment(), *after.Ticket(message.EventDeferred, now()).NotBefore)
	require.Equal(t, moment(), after.NextAttemptAt)
}

func TestExpireEndsOnlyWhatIsOverdueAndHeldByNobody(t *testing.T) {
	t.Parallel()
	for _, s := range everyStand() {
		before := s.record()
		after, err := before.Expire(now())
		switch {
		case s.status == message.StatusFailed && s.reason == message.ReasonExpired:
			require.NoError(t, err, "done before: %s", s)
			require.Equal(t, before, after, s)
		case s.overdue && s.open():
			require.NoError(t, err, s)
			want := s.record()
			dropWaiting(&want)
			want.Status, want.Reason, want.Detail = message.StatusFailed, message.ReasonExpired, after.Detail
			want.UpdatedAt, want.Version = moment(), 18
			require.Equal(t, want, after, s)
			require.NotEmpty(t, after.Detail)
		default:
			require.ErrorIs(t, err, message.ErrNotAllowed, s)
			require.Equal(t, before, after, s)
		}
	}
}

func TestPipelineFaultEndsOnlyWhatTheTicketSpeaksForAndNobodyHolds(t *testing.T) {
	t.Parallel()
	for _, s := range everyStand() {
		for _, s.ticket = range []string{valid, olderGeneration, newerGeneration, olderDeferral, newerDeferral} {
			ticket, _ := s.ticketAndExecution()
			before := s.record()
			after, err := before.PipelineFault(ticket, "3 receives", now())
			switch {
			case s.ticket == valid && s.reason == message.ReasonPipelineFault:
				require.NoError(t, err, "done before: %s", s)
				require.Equal(t, before, after, s)
			case s.ticket == valid && s.open():
				require.NoError(t, err, s)
				want := s.record()
				dropWaiting(&want)
				want.Status, want.Reason, want.Detail = message.StatusFailed, message.ReasonPipelineFault, "3 receives"
				want.UpdatedAt, want.Version = moment(), 18
				require.Equal(t, want, after, s)
			default:
				require.ErrorIs(t, err, message.ErrNotAllowed, s)
				require.Equal(t, before, after, s)
			}
		}
	}
}

// everyStand is each place where a record can stand, before and past its deadline.
func everyStand() []situation {
	all := stands()
	for _, s := range stands() {
		s.overdue = true
		all = append(all, s)
	}
	return all
}

func TestReplay(t *testing.T) {
	t.Parallel()
	for _, s := range everyStand() {
		before := s.record()
		after, err := before.Replay(3, "ann", now(), times())
		want := s.record()
		switch s.status {
		case message.StatusFailed, message.StatusCompleted:
			dropWaiting(&want)
			want.Status, want.Generation, want.Deferrals, want.Swept = message.StatusCreated, 4, 0, 0
			want.Deadline, want.ExpiresAt = moment().Add(24*time.Hour), moment().Add(90*24*time.Hour).Truncate(time.Second)
		case message.StatusDeferred:
			want.NextAttemptAt, want.SlotAt, want.NextSweepAt = moment(), time.Time{}, time.Time{}
		case message.StatusCreated, message.StatusProcessing:
			require.ErrorIs(t, err, message.ErrNotAllowed, s)
			require.Equal(t, before, after, s)
			continue
		}
		want.UpdatedAt, want.Version, want.Acts = moment(), 18, after.Acts // TestAReplayNotesWhoWantedIt
		require.NoError(t, err, s)
		require.Equal(t, want, after, s)
		require.Equal(t, s.record(), before, s)
	}
}

func TestReplayOfAnotherGenerationThanTheCallerSawIsRefused(t *testing.T) {
	t.Parallel()
	for _, s := range everyStand() {
		for _, seen := range []int{0, 2, 4} {
			after, err := s.record().Replay(seen, "ann", now(), times())
			require.ErrorIs(t, err, message.ErrNotAllowed, s)
			require.Equal(t, s.record(), after, s)
		}
	}
}

func TestADeferredMessageThatIsReplayedIsDueNow(t *testing.T) {
	t.Parallel()
	r := situation{status: message.StatusDeferred, reason: message.ReasonUnavailable}.record()
	require.Equal(t, time.Minute, r.Ticket(message.EventDeferred, now()).Wait(moment()))
	due, err := r.Replay(3, "ann", now(), times())
	require.NoError(t, err)
	require.Zero(t, due.Ticket(message.EventReplayed, now()).Wait(now()))
	require.True(t, due.LeftBehind(now().Add(time.Minute), time.Minute), "the sweeper stands in for a publish that failed")
}

// Growing one record must not show in another that was made from the same one.
// A day of outage must not swell the item: every write of it is paid for by its size.
func TestTheFirstAndTheNewestAttemptsAreKept(t *testing.T) {
	t.Parallel()
	const more = 25
	r := situation{status: message.StatusProcessing}.record()
	r.Attempts = nil
	for n := range message.MaxAttempts + more {
		var err error
		r, err = r.Attempted(r.ExecutionARN, message.Attempt{At: now().Add(time.Duration(n) * time.Second), Status: n}, now())
		require.NoError(t, err)
		require.LessOrEqual(t, len(r.Attempts), message.MaxAttempts)
	}
	require.Len(t, r.Attempts, message.MaxAttempts)
	for i, a := range r.Attempts {
		want := i
		if i >= 10 {
			want += more
		}
		require.Equal(t, want, a.Status, "attempt %d: the first ten show how it began, the others are the newest", i)
	}
}

func TestAttemptsAreNotSharedBetweenRecords(t *testing.T) {
	t.Parallel()
	r := situation{status: message.StatusProcessing, live: true, by: again}.record()
	r.Attempts = slices.Grow(r.Attempts, 8)
	for _, m := range moves() {
		one, err := m.make(r, mine)
		require.NoError(t, err)
		other, err := r.Complete(mine, message.Attempt{At: now().Add(time.Hour), Outcome: "delivered"}, now())
		require.NoError(t, err)
		require.Equal(t, "delivered", other.Attempts[1].Outcome)
		if len(one.Attempts) > 1 {
			require.Equal(t, written(), one.Attempts[1], m.name)
		}
		require.Zero(t, r.Attempts[:2][1], "%s wrote behind the end of the record's own attempts", m.name)
	}
}

func TestOutcomeOfAFinalRecord(t *testing.T) {
	t.Parallel()
	for _, s := range stands() {
		want := contract.OutcomeDeferred
		switch {
		case s.status == message.StatusCompleted:
			want = contract.OutcomeCompleted
		case s.reason == message.ReasonExpired:
			want = contract.OutcomeExpired
		case s.status == message.StatusFailed:
			want = contract.OutcomeFailed
		}
		require.Equal(t, want, s.record().Outcome(), s)
	}
}

func TestPendingKeepsTheStatusIndexSparse(t *testing.T) {
	t.Parallel()
	keys := map[message.Status]string{
		message.StatusCreated: "open", message.StatusProcessing: "open", message.StatusDeferred: "deferred",
		message.StatusFailed: "failed", message.StatusCompleted: "",
	}
	for _, status := range message.Statuses() {
		require.Equal(t, keys[status], status.Pending(), status)
		require.Equal(t, status == message.StatusCompleted || status == message.StatusFailed, status.Final(), status)
	}
	require.Len(t, message.Statuses(), len(keys))
}

func TestDeadlineAndLeaseEndOnTheirMoment(t *testing.T) {
	t.Parallel()
	r := message.Record{Status: message.StatusProcessing, LeaseUntil: moment(), Deadline: moment()}
	require.True(t, r.LeaseLive(moment().Add(-1)))
	require.False(t, r.LeaseLive(moment()))
	require.False(t, r.Overdue(moment().Add(-1)))
	require.True(t, r.Overdue(moment()))
}

func TestASlotIsTheMessagesOwnFromItsTimeOn(t *testing.T) {
	t.Parallel()
	r := message.Record{}
	require.False(t, r.OnSlot(now()), "no slot")
	r.SlotAt = moment().Add(time.Millisecond)
	require.False(t, r.OnSlot(now()))
	require.True(t, r.OnSlot(r.SlotAt))
	require.True(t, r.OnSlot(r.SlotAt.Add(time.Hour)))
}

func TestErrorsDoNotShowTheMessage(t *testing.T) {
	t.Parallel()
	const secret = "s3cret"
	for _, s := range everyStand() {
		r := s.record()
		r.Payload, r.Detail = secret, secret
		_, expire := r.Expire(now())
		_, replay := r.Replay(0, "ann", now(), times())
		_, fail := r.Fail("nobody", message.ReasonRefused, secret, now())
		if err := errors.Join(expire, replay, fail); err != nil {
			require.NotContains(t, err.Error(), secret)
		}
	}
}
