package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/proxy"
	"github.com/rezagent/rez_agent/local/standin"
)

// receives is how long an item takes that comes back until the DLQ has it.
func receives() time.Duration {
	times := deployed.Settings()
	return time.Duration(times.MaxReceives)*(times.Visibility+time.Second) + soon
}

func TestPoisonInABatchHarmsOnlyItself(t *testing.T) {
	s := begin(t)
	const size = 10
	poison := map[int]string{
		3: `{"message_id":`,
		6: `{"Type":"Notification","TopicArn":"arn:aws:sns:us-east-1:000000000000:t","Message":"{}"}`,
		8: fmt.Sprintf(`{"message_id":%q,"generation":-1,"deferral":0}`, uuid.NewString()),
	}
	bodies := make([]string, size)
	for i := range bodies {
		bodies[i] = poison[i]
		if bodies[i] == "" {
			bodies[i] = ticket(s.record(fmt.Sprintf("good %d", i), nil))
		}
	}
	s.enqueue(bodies...)
	s.allCompleted(soon)
	s.untilQueueEmpty(receives())

	s.books()
	letters := []string{}
	for _, letter := range s.deadLetters() {
		letters = append(letters, letter.body)
	}
	require.ElementsMatch(t, []string{poison[3], poison[6], poison[8]}, letters)
	for _, id := range s.ids {
		require.Len(t, calls.runs(id), 1, "a good item is not brought back for a bad neighbour")
	}
	for _, part := range []string{"not one JSON object", "SNS envelope", `field \"generation\" is -1`} {
		lines, err := logLines(s.context(), s.since, part)
		require.NoError(t, err)
		require.Len(t, lines, deployed.Settings().MaxReceives, "log lines that say: %s", part)
	}
}

func TestDuplicateAndStaleItemsShowOneNotification(t *testing.T) {
	s := begin(t)
	const copies = 5
	fresh := s.record("five tickets", nil)
	waited := s.record("deferred twice before", func(rec *message.Record) { rec.Deferrals = 2 })
	replayed := s.record("replayed before", func(rec *message.Record) { rec.Generation = 2 })
	stale := waited
	stale.Deferrals = 1
	old := replayed
	old.Generation = 1
	for _, rec := range []message.Record{fresh, stale, waited, old, replayed} {
		s.enqueue(slices.Repeat([]string{ticket(rec)}, copies)...)
	}
	s.allCompleted(soon)
	s.untilQueueEmpty(receives())

	s.books()
	require.Empty(t, s.deadLetters())
	for _, id := range s.ids {
		done := 0
		for _, run := range calls.runs(id) {
			require.Contains(t, []contract.Outcome{contract.OutcomeCompleted, contract.OutcomeDuplicate, contract.OutcomeBusy}, run.outcome)
			if run.outcome == contract.OutcomeCompleted {
				done++
			}
		}
		require.Equal(t, 1, done, "executions that delivered")
	}
}

func TestARecordWhoseTicketWasNeverPublishedIsSwept(t *testing.T) {
	s := begin(t)
	rec := s.record("left behind", nil)
	s.eventually(deployed.Settings().Sweep.After+soon, "the sweeper has found it", func() (bool, string) {
		require.NoError(t, deployed.Invoke(s.context(), contract.TaskSweeper, map[string]any{}, nil))
		now := s.load(rec.ID)
		return now.Swept > 0, tell(now)
	})
	done := s.completed(soon, rec.ID)

	s.untilQueueEmpty(soon)
	s.books()
	require.Equal(t, 1, done.Swept, "one sweep was enough")
	require.Empty(t, s.deadLetters())
}

func TestAProcessorThatDiesInMidBatchLosesNothing(t *testing.T) {
	s := begin(t)
	const size, survivors = 10, 4
	bodies := make([]string, size)
	for i := range bodies {
		bodies[i] = ticket(s.record(fmt.Sprintf("batch %d", i), nil))
	}
	s.breakNtfy(standin.Fault{Kind: standin.Latency, Delay: deployed.Settings().HTTPTimeout / 4})
	// The first starts go through, at the next one the processor dies: that one and what follows is never started.
	var starts, killed atomic.Int32
	dead := make(chan struct{})
	calls.spoil(func(call proxy.Call, rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if call.Operation != "StartSyncExecution" {
			next.ServeHTTP(rw, r)
			return
		}
		switch n := starts.Add(1); {
		case n <= survivors:
			next.ServeHTTP(rw, r)
		case n == survivors+1:
			for _, p := range processes(contract.TaskProcessor) {
				if syscall.Kill(p.pid, syscall.SIGKILL) == nil {
					killed.Add(1)
				}
			}
			close(dead)
			cut(rw)
		case n <= size:
			<-dead
			cut(rw)
		default:
			next.ServeHTTP(rw, r)
		}
	})
	s.enqueue(bodies...)
	s.allCompleted(receives())
	s.untilQueueEmpty(receives())

	require.Positive(t, killed.Load())
	s.booksUpdated()
	require.Empty(t, s.deadLetters())
}

func TestAFarTicketHopsWithoutAnExecution(t *testing.T) {
	s := begin(t)
	soonDue := time.Now().Add(2 * time.Second)
	far := s.record("in 20 minutes", waitingUntil(time.Now().Add(20*time.Minute)))
	near := s.record("in 2 seconds", waitingUntil(soonDue))
	past := s.record("a second ago", waitingUntil(time.Now().Add(-time.Second)))
	for _, rec := range []message.Record{far, near, past} {
		s.enqueue(ticket(rec))
	}
	s.completed(soon, past.ID)
	s.eventually(soon, "the far ticket has hopped", func() (bool, string) {
		return slices.Contains(calls.sentDelays(), 900), fmt.Sprint(calls.sentDelays())
	})
	done := s.completed(soon, near.ID)
	require.False(t, done.Attempts[0].At.Before(soonDue.Truncate(time.Millisecond)), "sent when it was due")
	require.Empty(t, calls.runs(far.ID), "no execution is started on the way")
	require.Len(t, calls.runs(near.ID), 1)
	require.Len(t, calls.runs(past.ID), 1)

	_, err := deployed.Intake().Replay(s.context(), far.ID, 0, "e2e") // due now
	require.NoError(t, err)
	s.allCompleted(soon)
	s.books()
	require.Empty(t, s.deadLetters())
}

func waitingUntil(at time.Time) func(*message.Record) {
	return func(rec *message.Record) {
		rec.Status, rec.Reason, rec.Deferrals = message.StatusDeferred, message.ReasonUnavailable, 1
		rec.NextAttemptAt = message.Moment(at)
	}
}

func TestAnExpiredMessageIsDeliveredByAPlainRedriveOfTheDLQ(t *testing.T) {
	s := begin(t)
	s.breakNtfy(standin.Fault{Kind: standin.Status, Status: http.StatusBadGateway})
	hasty := deployed.Intake()
	hasty.Times.Deadline = 2 * time.Second
	for i := range 3 {
		s.accept(hasty, fmt.Sprintf("short-lived %d", i))
	}
	for _, id := range s.ids {
		rec := s.until(deployed.Settings().Breaker.MaxCooldown+soon, id, "has expired", func(rec message.Record) bool {
			return rec.Status == message.StatusFailed
		})
		require.Equal(t, message.ReasonExpired, rec.Reason)
		require.Contains(t, rec.Detail, "deadline passed while it waited")
	}
	s.untilQueueEmpty(soon)
	require.Empty(t, deployed.Standin.Published(""))
	s.eventually(soon, "the DLQ has all of them", func() (bool, string) {
		return len(s.deadLetters()) == len(s.ids), fmt.Sprint(s.deadLetters())
	})
	for _, letter := range s.deadLetters() {
		require.Equal(t, string(message.ReasonExpired), letter.reason)
		require.Contains(t, letter.body, `"replay":true`)
	}

	deployed.Standin.Heal()
	s.redrive()
	s.allCompleted(deployed.Settings().Breaker.MaxCooldown + soon)
	s.untilQueueEmpty(soon)
	s.books()
	for _, id := range s.ids {
		require.Equal(t, 2, s.load(id).Generation, "a redrive delivers it as new")
	}
	require.Empty(t, s.deadLetters())
}
