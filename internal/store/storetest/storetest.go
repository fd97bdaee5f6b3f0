// Package storetest is what a store of messages and a store of circuits must do, as tests that run on every
// implementation: the one in memory and the one in DynamoDB. For the latter it makes the tables, in an emulator.
package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
)

// clients is how many write the same record at once; rounds is how often.
const (
	clients = 50
	rounds  = 20
)

// race lets n callers loose at the same moment and gives what each of them got.
func race(n int, call func(caller int) error) []error {
	start, got := make(chan struct{}), make([]error, n)
	var all sync.WaitGroup
	for caller := range n {
		all.Go(func() {
			<-start
			got[caller] = call(caller)
		})
	}
	close(start)
	all.Wait()
	return got
}

// requireOneWinner requires that one of the callers got nil and all others the conflict, and gives the winner.
func requireOneWinner(t *testing.T, got []error, conflict error) int {
	t.Helper()
	var winners []int
	for caller, err := range got {
		if err == nil {
			winners = append(winners, caller)
			continue
		}
		require.ErrorIs(t, err, conflict)
	}
	require.Len(t, winners, 1, "callers who were told that they won")
	return winners[0]
}

// noon is the time at which most facts happen.
func noon() time.Time { return time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC) }

func newID(t *testing.T) string {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	return id.String()
}

// created is a new message, as the scheduler and the API make them.
func created(t *testing.T, at time.Time) message.Record {
	t.Helper()
	rec := message.New(newID(t), "web_action", "ntfy", "test", "tester", `{"message":"hello"}`, at, times())
	rec.ExpiresAt = rec.ExpiresAt.Truncate(time.Second)
	return rec
}

func times() message.Times {
	return message.Times{Lease: time.Minute, Deadline: 24 * time.Hour, RecordTTL: 90 * 24 * time.Hour}
}

// taken is the record's next version, in the hands of an execution.
func taken(t *testing.T, rec message.Record, execution string) message.Record {
	t.Helper()
	now := rec.UpdatedAt.Add(time.Second)
	by := message.Execution{ARN: execution, Name: execution, Started: now}
	next, outcome := rec.Take(rec.Ticket(message.EventCreated, now), by, now, times())
	require.EqualValues(t, "proceed", outcome)
	return next
}
