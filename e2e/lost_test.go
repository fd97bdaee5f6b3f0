package e2e_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/standin"
)

const (
	dynamoDB = "dynamodb"
	put      = "PutItem"
	update   = "UpdateItem"
)

// The answer of a write is lost after the write took effect; the SDK repeats it, and the repeat must know its own work.
func TestAWriteWhoseAnswerIsLostIsTakenAsDone(t *testing.T) {
	const undisturbed = 3 // versions of a record: created, processing, completed
	for task, what := range map[contract.Task]string{
		contract.TaskMarkProcessing: "the lease", contract.TaskMarkCompleted: "the completion",
	} {
		t.Run(what, func(t *testing.T) {
			s := begin(t)
			calls.loseAnswer(t, dynamoDB, update, task)
			s.requireOneRun(s.send(what), undisturbed)
		})
	}
	t.Run("the scheduler's record", func(t *testing.T) {
		s := begin(t)
		calls.loseAnswer(t, dynamoDB, put, contract.TaskScheduler)
		id, err := deployed.Schedule(s.context(), time.Now())
		require.NoError(t, err)
		s.ids = []string{id}
		s.requireOneRun(id, undisturbed)
	})
	t.Run("the claim of the breaker's probe", func(t *testing.T) {
		s := begin(t)
		s.openCircuitWithProbeDue()
		calls.loseAnswer(t, dynamoDB, update, contract.TaskCheckCircuit)
		s.requireOneRun(s.send("the winner knows that it won"), undisturbed)
		s.requireClosed()
	})
}

// requireOneRun: one execution delivered the message, and nobody wrote its record more often than needed.
func (s *scenario) requireOneRun(id string, version int) {
	s.Helper()
	rec := s.completed(soon, id)
	s.untilQueueEmpty(soon)
	s.books()
	require.Equal(s, version, rec.Version, "versions of the record")
	runs := calls.runs(id)
	require.Len(s, runs, 1)
	require.Equal(s, contract.OutcomeCompleted, runs[0].outcome)
	require.Empty(s, s.deadLetters())
}

func (s *scenario) openCircuitWithProbeDue() {
	s.Helper()
	now := time.Now()
	require.NoError(s, s.circuits().SaveCircuit(s.context(), contract.ChannelNtfy, circuit.Circuit{
		State: circuit.Open, Cause: circuit.CauseUnavailable, OpenedAt: now, RetryAt: now, Version: 1, WriteID: "e2e",
	}))
}

func TestADeferralWhoseAnswerIsLostDefersOnce(t *testing.T) {
	for name, lose := range map[string]struct{ service, operation string }{
		"the record's write": {dynamoDB, update},
		"the delayed ticket": {"sqs", "SendMessage"},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t)
			sends := 1 + len(deployed.Settings().SendRetries)
			s.breakNtfy(standin.Fault{Kind: standin.Status, Status: http.StatusServiceUnavailable, Count: sends})
			calls.loseAnswer(t, lose.service, lose.operation, contract.TaskMarkDeferred)
			rec := s.completed(soon, s.send(name))
			s.untilQueueEmpty(soon)
			s.books()
			require.Equal(t, 1, rec.Deferrals)
			require.Len(t, rec.Attempts, sends+1)
			require.Equal(t, sends+1+4, rec.Version, "created, two leases, a deferral, and each attempt once")
			require.Empty(t, s.deadLetters())
		})
	}
}

func TestAReplayWhoseAnswerIsLostReplaysOnce(t *testing.T) {
	s := begin(t)
	id := s.send("shown, and once more")
	s.completed(soon, id)
	through := deployed.Addresses
	through.Endpoint = deployed.ProxyURL
	calls.loseAnswer(t, dynamoDB, update, "")
	rec, err := through.Intake().Replay(s.context(), id, 1, "e2e")
	require.NoError(t, err, "the repeat is no conflict")
	require.Equal(t, 2, rec.Generation)
	rec = s.completed(soon, id)

	s.untilQueueEmpty(soon)
	s.earlier = []string{id + "-1"}
	s.books()
	require.Equal(t, 2, rec.Generation)
	require.Equal(t, 6, rec.Version, fmt.Sprint("twice created, processing, completed: ", tell(rec)))
}
