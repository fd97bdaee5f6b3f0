package delivery_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/standin"
)

// brokenCircuits is a table that cannot be reached.
type brokenCircuits struct{ circuit.Store }

var errTable = errors.New("table unreachable")

func (brokenCircuits) LoadCircuit(context.Context, string) (circuit.Item, error) {
	return circuit.Item{}, errTable
}

// take has an execution take the message, as MarkProcessing does.
func (w *world) take(id string) delivery.Work {
	w.t.Helper()
	by := message.Execution{ARN: "arn:mine", Name: "by-hand", Started: w.Now()}
	mark := &delivery.MarkProcessing{Records: w.records, Times: w.times(), Now: w.Now}
	work, err := mark.Run(w.t.Context(), delivery.Start{Ticket: message.Ticket{MessageID: id}, Execution: by})
	require.NoError(w.t, err)
	require.Equal(w.t, contract.OutcomeProceed, work.Outcome)
	return work
}

func TestEveryErrorHasTheNameThatTheWorkflowMatches(t *testing.T) {
	t.Parallel()
	names := slices.Sorted(maps.Keys(delivery.SendErrors()))
	require.Equal(t, slices.Sorted(slices.Values(contract.Ntfy().SendErrors())), names)
	for name, err := range delivery.SendErrors() {
		require.Equal(t, name, reflect.TypeOf(err).Elem().Name())
	}
}

func TestAnErrorSaysItsDetail(t *testing.T) {
	t.Parallel()
	require.EqualError(t, &delivery.NtfyUnavailable{Detail: "timeout"}, "ntfy unavailable: timeout")
	for _, err := range delivery.SendErrors() {
		require.NotEmpty(t, err.Error())
		require.False(t, strings.HasSuffix(err.Error(), ": "))
	}
}

func TestInputWithoutAMessageIsAnError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mark := &delivery.MarkProcessing{Records: w.records, Times: w.times(), Now: w.Now}
	_, err := mark.Run(t.Context(), delivery.Start{})
	require.ErrorIs(t, err, delivery.ErrNoMessageID)
	require.Equal(t, contract.ErrorPipelineFault, w.start("by-hand", `{}`).ErrorName)
}

func TestMarkCompletedNeedsADelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hello(1)
	_, err := (&delivery.MarkCompleted{Records: w.records, Now: w.Now}).Run(t.Context(), w.take(id))
	require.ErrorIs(t, err, delivery.ErrNoAttempt)
	require.Equal(t, message.StatusProcessing, w.record(id).Status)
}

func TestThousandsOfDeferralsWaitNoLongerThanTheLimit(t *testing.T) {
	t.Parallel()
	for _, deferrals := range []int{0, 28, 29, 63, 64, 1000} {
		for _, jitter := range []float64{0, 0.999} {
			w := newWorld(t)
			w.jitter = jitter
			id := w.hello(1)
			rec := w.record(id)
			next := rec
			next.Deferrals, next.Version = deferrals, rec.Version+1
			require.NoError(t, w.records.Save(t.Context(), rec, next))
			work := w.take(id)
			require.Equal(t, deferrals, work.Deferral)
			work.Error = &delivery.Caught{Error: contract.ErrorNtfyUnavailable}

			work, err := w.markDeferred().Run(t.Context(), work)
			require.NoError(t, err)
			require.Equal(t, contract.OutcomeDeferred, work.Outcome)
			wait, most := w.record(id).NextAttemptAt.Sub(w.now), w.settings.MaxBackoff
			if deferrals == 0 {
				most = w.settings.Backoff
			}
			require.GreaterOrEqual(t, wait, most/2-time.Second)
			require.LessOrEqual(t, wait, most)
			require.Equal(t, deferrals+1, w.record(id).Deferrals)
		}
	}
}

func TestErrorPagesDoNotSwellTheRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(standin.Fault{Kind: standin.Status, Status: http.StatusInternalServerError, BodyBytes: 2 << 20})
	id := w.hello(1)
	for len(w.record(id).Attempts) < 30 {
		require.True(t, w.deliverNext(w.now.Add(time.Hour)))
	}
	rec := w.record(id)
	encoded, err := json.Marshal(rec)
	require.NoError(t, err)
	require.Less(t, len(encoded), 40_000, "DynamoDB takes 400 KB")
	for _, run := range w.executions {
		require.Equal(t, contract.OutcomeDeferred, run.ending.Outcome)
	}
}

func TestALongRefusalIsCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"code":40018,"http":400,"error":"` + strings.Repeat("ü", 150<<10) + `"}`
	w.fault(standin.Fault{Kind: standin.Status, Status: http.StatusBadRequest, Body: body})
	id := w.hello(1)
	w.drain(0)
	require.Equal(t, contract.ErrorDeliveryFailed, w.lastExecution().ending.ErrorName)
	require.Less(t, len(w.record(id).Detail), 1000)
}
