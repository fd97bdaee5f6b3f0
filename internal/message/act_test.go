package message_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

func TestAReplayNotesWhoWantedIt(t *testing.T) {
	t.Parallel()
	failed := situation{status: message.StatusFailed, reason: message.ReasonRefused}.record()
	after, err := failed.Replay(3, "user:ann", now(), times())
	require.NoError(t, err)
	require.Equal(t, []message.Act{{At: moment(), By: "user:ann", What: message.ActReplayed, Generation: 4}}, after.Acts)

	waits := situation{status: message.StatusDeferred, reason: message.ReasonUnavailable}.record()
	after, err = waits.Replay(3, "user:ann", now(), times())
	require.NoError(t, err)
	require.Equal(t, []message.Act{{At: moment(), By: "user:ann", What: message.ActMadeDue, Generation: 3}}, after.Acts)
}

func TestTheNewestActsAreKept(t *testing.T) {
	t.Parallel()
	r := situation{status: message.StatusDeferred, reason: message.ReasonUnavailable}.record()
	for n := range message.MaxActs + 5 {
		var err error
		r, err = r.Replay(3, fmt.Sprintf("user:%d", n), now(), times())
		require.NoError(t, err)
	}
	require.Len(t, r.Acts, message.MaxActs)
	require.Equal(t, "user:5", r.Acts[0].By)
	require.Equal(t, "user:24", r.Acts[message.MaxActs-1].By)
}

func TestActsAreNotSharedBetweenRecords(t *testing.T) {
	t.Parallel()
	r := situation{status: message.StatusDeferred, reason: message.ReasonUnavailable}.record()
	r.Acts = make([]message.Act, 1, 8)
	one, err := r.Replay(3, "user:ann", now(), times())
	require.NoError(t, err)
	_, err = r.Replay(3, "user:bob", now(), times())
	require.NoError(t, err)
	require.Equal(t, "user:ann", one.Acts[1].By)
}

// What Redrivable says of a ticket is what becomes of it when the queue brings it.
func TestARedrivableTicketIsOneThatDelivers(t *testing.T) {
	t.Parallel()
	by := message.Execution{ARN: "arn:another", Started: now()}
	for _, s := range everyStand() {
		for _, ticket := range []message.Ticket{
			{MessageID: id, Generation: 3, Deferral: 2},
			{MessageID: id, Generation: 3, Deferral: 2, Replay: true},
			{MessageID: id, Generation: 2, Deferral: 2},
			{MessageID: id, Generation: 3, Deferral: 1},
		} {
			by.Name = ticket.ExecutionName(1)
			_, outcome := s.record().Take(ticket, by, now(), times())
			require.Equal(t, outcome == contract.OutcomeProceed, s.record().Redrivable(ticket, now(), times()), "%v %+v", s, ticket)
		}
	}
}

func TestARedriveNotesTheActAndGivesATicketThatDelivers(t *testing.T) {
	t.Parallel()
	for _, s := range everyStand() {
		before := s.record()
		after, ticket, err := before.Redrive("user:ann", now(), times())
		if err != nil {
			require.ErrorIs(t, err, message.ErrNotAllowed)
			require.Equal(t, before, after, s)
			require.False(t, before.Redrivable(before.Ticket(message.EventRedriven, now()), now(), times()), s)
			continue
		}
		require.True(t, after.Redrivable(ticket, now(), times()), s)
		require.Equal(t, message.EventRedriven, ticket.EventType)
		generation := 3
		if s.reason == message.ReasonExpired {
			generation = 4
			require.True(t, ticket.Replay)
		}
		require.Equal(t, []message.Act{{At: moment(), By: "user:ann", What: message.ActRedriven, Generation: generation}}, after.Acts, s)
		after.Acts, after.Version = before.Acts, before.Version
		require.Equal(t, before, after, "nothing else changes: %v", s)
	}
}

func TestTheNewestExecutionsTraceIsKept(t *testing.T) {
	t.Parallel()
	r := situation{status: message.StatusCreated}.record()
	by := message.Execution{ARN: mine, Name: "by hand", Started: now(), TraceID: "1-67458a3c-2f1e0a6d5b7c8d9e0f1a2b3c"}
	held, outcome := r.Take(message.Ticket{MessageID: id}, by, now(), times())
	require.Equal(t, contract.OutcomeProceed, outcome)
	require.Equal(t, by.TraceID, held.TraceID)
	next, outcome := held.Take(message.Ticket{MessageID: id}, message.Execution{ARN: theirs, Name: "x"}, now().Add(time.Hour), times())
	require.Equal(t, contract.OutcomeProceed, outcome)
	require.Empty(t, next.TraceID, "the execution before is not the one that is linked")
}
