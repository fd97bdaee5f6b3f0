package delivery_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/local/standin"
)

func (w *world) fault(f standin.Fault) {
	w.t.Helper()
	require.NoError(w.t, w.ntfy.SetFault(f))
}

func down() standin.Fault {
	return standin.Fault{Kind: standin.Status, Status: http.StatusServiceUnavailable}
}

func outcomes(rec message.Record) []string {
	var list []string
	for _, attempt := range rec.Attempts {
		list = append(list, attempt.Outcome)
	}
	return list
}

func TestAMessageIsDeliveredOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hello(1)
	w.drain(time.Minute)

	rec := w.record(id)
	require.Equal(t, message.StatusCompleted, rec.Status)
	require.Len(t, rec.Attempts, 1)
	require.Equal(t, "delivered", rec.Attempts[0].Outcome)
	require.Equal(t, http.StatusOK, rec.Attempts[0].Status)
	shown := w.ntfy.Shown(ownTopic)
	require.Len(t, shown, 1)
	require.Equal(t, "hello 1", shown[0].Message)
	require.Equal(t, id+"-1", shown[0].SequenceID)
	require.Equal(t, shown[0].ID, rec.Attempts[0].NtfyID)
	require.Equal(t, contract.OutcomeCompleted, w.lastExecution().ending.Outcome)
	require.Equal(t, 3, rec.Version, "created, taken, completed: no other write")
	require.Zero(t, w.circuit(), "healthy traffic writes nothing for breaker and limits")
}

func TestAMessageIsRetriedInTheWorkflow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	broken := down()
	broken.Count = 2
	w.fault(broken)
	id := w.hello(1)
	w.drain(time.Minute)

	require.Equal(t, []string{"unavailable", "unavailable", "delivered"}, outcomes(w.record(id)))
	require.Len(t, w.executions, 1)
	attempts := w.record(id).Attempts
	require.InDelta(t, 1, attempts[1].At.Sub(attempts[0].At).Seconds(), 0.1)
	require.InDelta(t, 2, attempts[2].At.Sub(attempts[1].At).Seconds(), 0.1)
}

func TestFiveFailuresOpenTheCircuitAndNothingMoreIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(down())
	ids := []string{w.hello(1), w.hello(2), w.hello(3), w.hello(4), w.hello(5)}
	w.drain(0)

	require.Equal(t, circuit.Open, w.circuit().Circuit.State)
	require.Equal(t, 5, w.requests, "the fifth failure was the last request of all five messages")
	require.Empty(t, w.record(ids[4]).Attempts)
	require.Equal(t, message.ReasonCircuitOpen, w.record(ids[4]).Reason)
	for _, id := range ids {
		require.Equal(t, message.StatusDeferred, w.record(id).Status)
	}

	w.ntfy.Heal()
	w.drain(2 * time.Minute)
	for _, id := range ids {
		require.Equal(t, message.StatusCompleted, w.record(id).Status)
	}
	require.Equal(t, circuit.Closed, w.circuit().Circuit.State)
	require.Len(t, w.ntfy.Published(ownTopic), 5, "each was shown once")
}

func TestALoneMessageSurvivesAnOutageOfHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(down())
	id := w.hello(1)
	w.drain(10 * time.Hour)
	require.Equal(t, message.StatusDeferred, w.record(id).Status)
	w.ntfy.Heal()
	w.drain(w.settings.MaxBackoff + w.settings.Breaker.MaxCooldown)

	require.Equal(t, message.StatusCompleted, w.record(id).Status)
	require.Empty(t, w.dlq, "waiting uses up no receives")
	require.Len(t, w.ntfy.Published(ownTopic), 1)
	for _, run := range w.executions {
		require.NotContains(t, run.visited, "PipelineFault")
	}
}

func TestARetryAsksTheBreakerAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(down())
	id := w.hello(1)
	w.sending = func() { require.NoError(t, w.breaker().ForceOpen(t.Context(), contract.ChannelNtfy, "operator")) }
	w.drain(0)

	require.Equal(t, 1, w.requests)
	require.Equal(t, message.ReasonCircuitOpen, w.record(id).Reason)
	require.Greater(t, w.record(id).NextAttemptAt, w.now.Add(w.settings.Breaker.OperatorCooldown-time.Second))
}

func TestNoSendStartsAfterTheRetryWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.client = &script{results: []ntfy.Result{{Class: ntfy.Unavailable, Detail: "timeout"}}}
	w.sending = func() { w.pass(14 * time.Second) } // slower than any request may be
	id := w.hello(1)
	w.drain(0)

	require.Equal(t, 2, w.requests, "at 0 s and 15 s; the next would be at 31 s")
	require.Equal(t, message.StatusDeferred, w.record(id).Status)
	require.Equal(t, message.ReasonUnavailable, w.record(id).Reason)
}

func TestAProbeIsNeverSentAgain(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]standin.Fault{
		"because ntfy answers 503":         down(),
		"because the connection is broken": {Kind: standin.Reset},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.openCircuit()
			w.fault(broken)
			before := w.requests
			require.True(t, w.deliverNext(w.now.Add(time.Hour)))

			require.Equal(t, before+1, w.requests)
			require.Equal(t, circuit.Open, w.circuit().Circuit.State)
			require.Equal(t, 1, w.circuit().Circuit.Trips)
			require.Equal(t, message.ReasonUnavailable, w.record(id).Reason)
		})
	}
}

// openCircuit has a lone message open the circuit, and gives that message; its ticket waits for the probe.
func (w *world) openCircuit() string {
	w.t.Helper()
	w.fault(down())
	id := w.hello(1000)
	for range 3 {
		if w.circuit().Circuit.State == circuit.Open {
			break
		}
		require.True(w.t, w.deliverNext(w.now.Add(time.Hour)))
	}
	require.Equal(w.t, circuit.Open, w.circuit().Circuit.State)
	w.ntfy.Heal()
	return id
}

func TestARefusedMessageFailsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(standin.Fault{Kind: standin.Status, Status: http.StatusBadRequest, Code: 40018})
	for i := range 6 {
		w.hello(i)
	}
	w.drain(time.Hour)

	for i := range 6 {
		rec := w.record(messageID(i))
		require.Equal(t, message.StatusFailed, rec.Status)
		require.Equal(t, message.ReasonRefused, rec.Reason)
		require.Contains(t, rec.Detail, "40018")
		require.Equal(t, []string{"rejected"}, outcomes(rec))
	}
	require.Equal(t, contract.ErrorDeliveryFailed, w.lastExecution().ending.ErrorName)
	require.Empty(t, w.dlq, "the DLQ is not for what ntfy refuses")
	require.Empty(t, w.queue)
	require.NotEqual(t, circuit.Open, w.circuit().Circuit.State, "ntfy is there")
}

func TestADeletedRecordIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hello(1)
	require.NoError(t, w.records.Delete(t.Context(), id))
	w.drain(time.Hour)

	require.Equal(t, contract.OutcomeGone, w.lastExecution().ending.Outcome)
	require.Zero(t, w.requests)
	require.Empty(t, w.dlq)
}
