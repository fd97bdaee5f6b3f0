package delivery_test

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/dispatch"
)

// deliverNext moves the clock to the next queue item and has the processor handle it; false where the queue is empty
// or its next item lies later than until.
func (w *world) deliverNext(until time.Time) bool {
	w.mu.Lock()
	if len(w.queue) == 0 {
		w.mu.Unlock()
		return false
	}
	slices.SortStableFunc(w.queue, func(a, b item) int { return a.visible.Compare(b.visible) })
	next := w.queue[0]
	if next.visible.After(until) {
		w.now = later(w.now, until)
		w.mu.Unlock()
		return false
	}
	w.queue = w.queue[1:]
	w.now = later(w.now, next.visible)
	w.mu.Unlock()
	w.receive(next)
	return true
}

// receive is one receive of a queue item, with SQS's part: deleted, back after the visibility timeout, or in the DLQ.
func (w *world) receive(next item) {
	body, err := json.Marshal(next.ticket)
	require.NoError(w.t, err)
	next.receive++
	processor := &dispatch.Dispatcher{
		Workflow: w, Tickets: w, Records: w.records, MaxReceives: w.settings.MaxReceives, Now: w.Now,
	}
	if len(processor.Dispatch(w.t.Context(), []dispatch.Item{{ID: "1", Body: body, Receive: next.receive}})) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if next.receive >= w.settings.MaxReceives {
		w.dlq = append(w.dlq, deadLetter{ticket: next.ticket})
		return
	}
	next.visible = w.now.Add(w.settings.Visibility)
	w.queue = append(w.queue, next)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// drain handles all that comes within d.
func (w *world) drain(d time.Duration) {
	w.t.Helper()
	w.mu.Lock()
	until := w.now.Add(d)
	w.mu.Unlock()
	for range 5000 {
		if !w.deliverNext(until) {
			return
		}
	}
	require.Fail(w.t, "the queue never gets empty")
}

// redrive moves the DLQ's tickets to the main queue, as an operator does.
func (w *world) redrive() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, dead := range w.dlq {
		w.queue = append(w.queue, item{ticket: dead.ticket, visible: w.now})
	}
	w.dlq = nil
}

func (w *world) lastExecution() execution {
	w.mu.Lock()
	defer w.mu.Unlock()
	require.NotEmpty(w.t, w.executions)
	return w.executions[len(w.executions)-1]
}
