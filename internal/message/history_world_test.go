package message_test

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

// world is everything that can happen to one record: executions that are retried and that crash, queue items that come
// twice, late or never, sweepers, operators. Each actor is a coroutine that stops wherever something else could get in
// between; rapid draws who goes on.
type world struct {
	t      *rapid.T
	now    time.Time
	record message.Record
	queue  []message.Ticket
	dlq    []message.Ticket
	actors []*actor
	names  int
	// holds is, for each execution that took the message, until when it relies on its lease.
	holds map[string]time.Time
	// violation is the first thing that was seen and may never happen. Actors note it, and only the test's own loop fails:
	// rapid tells failures apart by their stack, and a coroutine has none of its own.
	violation string
}

func (w *world) violatedf(format string, args ...any) {
	if w.violation == "" {
		w.violation = fmt.Sprintf(format, args...)
	}
}

// act says who is about to write, for the invariants.
type act struct {
	name      string
	execution string // the owner's ARN; empty where no execution acts
	fromQueue bool
	replay    bool // the ticket's flag
}

// The acts that may leave a final status.
const (
	actTake    = "take"
	actReplay  = "replay"
	actRedrive = "redrive"
	actSweep   = "sweep"
)

type actor struct {
	resume func() (struct{}, bool)
	crash  func()
}

// crashed unwinds an actor that will never go on.
type crashed struct{}

// start lets body run as a coroutine; pause is where it can be overtaken, or crash.
func (w *world) start(body func(pause func())) {
	resume, crash := iter.Pull(func(yield func(struct{}) bool) {
		defer func() {
			if p := recover(); p != nil && p != (crashed{}) {
				panic(p)
			}
		}()
		body(func() {
			if !yield(struct{}{}) {
				panic(crashed{})
			}
		})
	})
	w.actors = append(w.actors, &actor{resume, crash})
}

func (w *world) goOn(i int) {
	if _, alive := w.actors[i].resume(); !alive {
		w.actors = slices.Delete(w.actors, i, i+1)
	}
}

func (w *world) crash(i int) {
	w.actors[i].crash()
	w.actors = slices.Delete(w.actors, i, i+1)
}

func (w *world) chance(percent int, of string) bool {
	return rapid.IntRange(1, 100).Draw(w.t, of) <= percent
}

// load hands out the record as a store might at worst: every reader's attempts, and acts, lie in one array with
// room to grow.
func (w *world) load() message.Record {
	r := w.record
	r.Attempts = slices.Grow(r.Attempts, 3)
	r.Acts = slices.Grow(r.Acts, 3)
	w.record.Attempts, w.record.Acts = r.Attempts, r.Acts
	return r
}

// save writes on condition that nobody wrote in between. A write that finds itself there has been done.
func (w *world) save(a act, prev, next message.Record) error {
	if w.record.Version != prev.Version {
		if reflect.DeepEqual(w.record, next) {
			return nil
		}
		return message.ErrConflict
	}
	w.checkWrite(a, prev, next)
	if next.Status != message.StatusProcessing {
		delete(w.holds, next.ExecutionARN)
	}
	w.record = next
	return nil
}

// change is read, decide, write, and again where somebody was faster. The answer of a write may get lost: then the same
// write is repeated.
func (w *world) change(pause func(), a act, decide func(message.Record) (message.Record, error)) (message.Record, error) {
	for {
		prev := w.load()
		pause()
		next, err := w.pure(a, prev, decide)
		if err != nil || next.Version == prev.Version {
			return next, err
		}
		err = w.save(a, prev, next)
		if err == nil && w.chance(15, "answer lost") {
			pause()
			err = w.save(a, prev, next)
		}
		if err == nil {
			return next, nil
		}
		pause()
	}
}

// pure decides, and makes sure that the decision left the record that it was made on as it was.
func (w *world) pure(a act, prev message.Record, decide func(message.Record) (message.Record, error)) (message.Record, error) {
	whole := prev
	whole.Attempts = slices.Clone(prev.Attempts[:cap(prev.Attempts)])
	next, err := decide(prev)
	if len(prev.Attempts) < cap(prev.Attempts) &&
		!slices.Equal(whole.Attempts, prev.Attempts[:cap(prev.Attempts)]) {
		w.violatedf("%s wrote into the attempts of the record that it was given", a.name)
	}
	return next, err
}

// retried is change by a Lambda that Step Functions may call again with the same input.
func (w *world) retried(pause func(), a act, decide func(message.Record) (message.Record, error)) (message.Record, error) {
	r, err := w.change(pause, a, decide)
	if w.chance(15, "Lambda retried") {
		pause()
		return w.change(pause, a, decide)
	}
	return r, err
}

// execute is a workflow execution from MarkProcessing to its end.
func (w *world) execute(ticket message.Ticket, byQueue bool) {
	w.names++
	by := message.Execution{ARN: fmt.Sprintf("execution %d", w.names), Name: byHand, Started: w.now}
	if byQueue {
		by.Name = ticket.ExecutionName(1)
	}
	w.start(func(pause func()) {
		var outcome contract.Outcome
		a := act{actTake, by.ARN, byQueue, ticket.Replay}
		r, err := w.retried(pause, a, func(r message.Record) (message.Record, error) {
			next, taken := r.Take(ticket, by, w.now, times())
			outcome = taken
			return next, nil
		})
		if err != nil {
			w.violatedf("take: %v", err)
		}
		switch {
		case outcome == contract.OutcomeProceed:
			w.deliver(pause, by.ARN, r.Deferrals)
		case outcome == contract.OutcomeExpired:
			w.fail(pause, by.ARN, message.ReasonExpired)
		case outcome == contract.OutcomeBusy && byQueue:
			w.queue = append(w.queue, ticket) // reported: SQS brings it back
		}
	})
}

// deliver tries some times, then ends in one way or another.
func (w *world) deliver(pause func(), arn string, from int) {
	for range rapid.IntRange(0, 3).Draw(w.t, "attempts that fail") {
		pause()
		attempt := message.Attempt{At: w.now, Outcome: "unavailable"}
		if _, err := w.retried(pause, act{name: "attempted", execution: arn}, func(r message.Record) (message.Record, error) {
			return r.Attempted(arn, attempt, w.now)
		}); err != nil {
			return // not the holder any more: somebody else goes on
		}
	}
	pause()
	switch rapid.SampledFrom([]string{"complete", "defer", "defer", "fail", "pipeline fault"}).Draw(w.t, "end") {
	case "complete":
		attempt := message.Attempt{At: w.now, Outcome: "delivered"}
		_, _ = w.retried(pause, act{name: "complete", execution: arn}, func(r message.Record) (message.Record, error) {
			return r.Complete(arn, attempt, w.now)
		})
	case "defer":
		w.putOff(pause, arn, from)
	case "fail":
		w.fail(pause, arn, message.ReasonRefused)
	case "pipeline fault": // the workflow gives the lease back itself, past the record's version
		if w.record.Status == message.StatusProcessing && w.record.ExecutionARN == arn {
			w.record.LeaseUntil = time.Unix(0, 0).UTC()
		}
		delete(w.holds, arn)
	}
}

func (w *world) putOff(pause func(), arn string, from int) {
	d := message.Deferral{From: from, Reason: message.ReasonUnavailable, Detail: "503", Slot: w.chance(30, "slot")}
	d.Until = w.now.Add(time.Duration(rapid.IntRange(-1, 900).Draw(w.t, "wait")) * time.Second)
	r, err := w.retried(pause, act{name: "defer", execution: arn}, func(r message.Record) (message.Record, error) {
		return r.Defer(arn, d, w.now)
	})
	pause()
	if err == nil {
		w.queue = append(w.queue, r.Ticket(message.EventDeferred, w.now))
	}
}

func (w *world) fail(pause func(), arn string, reason message.Reason) {
	r, err := w.retried(pause, act{name: "fail", execution: arn}, func(r message.Record) (message.Record, error) {
		return r.Fail(arn, reason, "why", w.now)
	})
	pause()
	if err == nil && r.Reason == message.ReasonExpired {
		w.dlq = append(w.dlq, r.ExpiredTicket(w.now))
	}
}

// sweep is one look of the sweeper at the record.
func (w *world) sweep() {
	w.start(func(pause func()) {
		r, err := w.change(pause, act{name: "expire"}, func(r message.Record) (message.Record, error) { return r.Expire(w.now) })
		if err == nil {
			w.dlq = append(w.dlq, r.ExpiredTicket(w.now))
			return
		}
		r, err = w.change(pause, act{name: actSweep}, func(r message.Record) (message.Record, error) {
			return r.Sweep(w.now, time.Minute, 5*time.Minute, 6*time.Hour)
		})
		if err == nil {
			w.queue = append(w.queue, r.Ticket(message.EventSwept, w.now))
		}
	})
}

// replay is an operator who acts on what he saw, however long ago.
func (w *world) replay() {
	seen := w.record.Generation
	w.start(func(pause func()) {
		pause()
		r, err := w.change(pause, act{name: actReplay}, func(r message.Record) (message.Record, error) {
			return r.Replay(seen, "ann", w.now, times())
		})
		if err == nil && w.chance(70, "published") {
			w.queue = append(w.queue, r.Ticket(message.EventReplayed, w.now))
		}
	})
}

// redriveOne is an operator who sends the record's own ticket again.
func (w *world) redriveOne() {
	w.start(func(pause func()) {
		var ticket message.Ticket
		_, err := w.change(pause, act{name: actRedrive}, func(r message.Record) (next message.Record, err error) {
			next, ticket, err = r.Redrive("ann", w.now, times())
			return next, err
		})
		pause()
		if err == nil {
			w.queue = append(w.queue, ticket)
		}
	})
}

// giveUp is the processor on a ticket's last receive.
func (w *world) giveUp(ticket message.Ticket) {
	w.start(func(pause func()) {
		_, _ = w.retried(pause, act{name: "pipeline fault"}, func(r message.Record) (message.Record, error) {
			return r.PipelineFault(ticket, "3 receives", w.now)
		})
		w.dlq = append(w.dlq, ticket)
	})
}
