package delivery_test

import (
	"errors"
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

// A probe that gives no verdict must not leave the circuit half-open: a second message is delivered within cool-down
// and lease.
func TestASecondMessageIsDeliveredHoweverTheProbeEnds(t *testing.T) {
	t.Parallel()
	for name, probe := range map[string]func(w *world, id string){
		"ntfy refuses it": func(w *world, _ string) {
			w.fault(standin.Fault{Kind: standin.Status, Status: http.StatusBadRequest, Code: 40018, Count: 1})
		},
		"ntfy limits the rate": func(w *world, _ string) {
			w.fault(standin.Fault{Kind: standin.Status, Status: http.StatusTooManyRequests, Code: 42901, Count: 1})
		},
		"its record is deleted after the claim": func(w *world, id string) {
			w.atSend(func() error { return w.records.Delete(t.Context(), id) })
		},
		"its Lambda is killed after the claim": func(w *world, _ string) {
			w.atSend(func() error { return errors.New("Runtime.ExitError") })
		},
		"another execution takes its message after the claim": func(w *world, id string) {
			w.atSend(func() error {
				rec := w.record(id)
				by := message.Execution{ARN: "arn:other", Name: "other"}
				next, outcome := rec.Take(message.Ticket{MessageID: id}, by, w.Now().Add(w.settings.Lease), w.times())
				require.Equal(w.t, contract.OutcomeProceed, outcome)
				return w.records.Save(t.Context(), rec, next)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.openCircuit()
			probe(w, id)
			require.True(t, w.deliverNext(w.now.Add(time.Hour)))
			require.Contains(t, w.lastExecution().visited, contract.StateSendNtfy, "it won the probe")

			second := w.hello(1)
			// A probe that died counts as failed, so the cool-down doubles; the spread adds up to half of it.
			w.drain(w.settings.Breaker.Cooldown*3 + w.settings.Breaker.ProbeLease)
			require.Equal(t, message.StatusCompleted, w.record(second).Status)
			require.Equal(t, circuit.Closed, w.circuit().Circuit.State)
		})
	}
}

// atSend does something once, between CheckCircuit and SendNtfy.
func (w *world) atSend(do func() error) {
	done := false
	w.before = func(name contract.Task) error {
		if name != contract.TaskSendNtfy || done {
			return nil
		}
		done = true
		return do()
	}
}

func TestAProbeThatWasNeverSentIsNoSignOfLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openCircuit()
	w.client = &script{results: []ntfy.Result{{Class: ntfy.Rejected, Detail: "not sent: the text is too long"}}}
	require.True(t, w.deliverNext(w.now.Add(time.Hour)))
	require.Equal(t, circuit.Open, w.circuit().Circuit.State, "nobody asked ntfy")
	require.Empty(t, w.circuit().Circuit.ProbeOwner)
}

func TestOnlyOneOfManyWinsTheProbe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openCircuit()
	w.fault(down())
	for i := range 20 {
		w.hello(i)
	}
	w.pass(w.settings.Breaker.MaxCooldown)
	before := w.requests
	w.sending = func() { w.sending = nil; w.drain(0) } // while the probe is under way, all the others come
	w.drain(0)
	require.Equal(t, before+1, w.requests)
}

func TestAProbeWhoseLeaseEndsTooSoonIsHandedBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.openCircuit()
	w.atSend(func() error { w.pass(w.settings.Breaker.ProbeLease - w.settings.HTTPTimeout + time.Second); return nil })
	before := w.requests
	require.True(t, w.deliverNext(w.now.Add(time.Hour)))
	require.Equal(t, before, w.requests)
	require.Equal(t, circuit.Open, w.circuit().Circuit.State)
	w.drain(w.settings.Breaker.Cooldown * 2)
	require.Equal(t, message.StatusCompleted, w.record(id).Status)
}

func TestDeliveryGoesOnWithoutTheBreakersTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hello(1)
	step := w.checkCircuit()
	step.Breaker.Store, step.Limiter.Store = brokenCircuits{}, brokenCircuits{}
	work, err := step.Run(t.Context(), w.take(id))
	require.NoError(t, err)
	require.Equal(t, contract.OutcomeProceed, work.Outcome)
}
