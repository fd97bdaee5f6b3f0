package message_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

// Whatever interleaving of executions, sweepers, replays and redrives meets one record: every write keeps the
// invariants (checkWrite), and afterwards a way leads to an end.
func TestHistoriesOfOneRecord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		defer w.crashAll()
		for range rapid.IntRange(20, 250).Draw(t, "steps") {
			w.step()
			if w.violation != "" {
				t.Fatal(w.violation)
			}
		}
		w.crashAll()
		w.endsWithNobodysHelp()
	})
}

func newWorld(t *rapid.T) *world {
	w := &world{t: t, now: now(), holds: map[string]time.Time{}}
	w.record = message.New(id, "web_action", "ntfy", "test", "ann", "{}", w.now, times())
	w.queue = []message.Ticket{w.record.Ticket(message.EventCreated, w.now)}
	return w
}

// step is one thing that happens.
func (w *world) step() {
	happens := []string{"time passes", "queue", "queue", byHand, "sweep", "replay", "redrive", "redrive one", "last receive"}
	for range w.actors {
		happens = append(happens, "goes on", "goes on", "goes on")
	}
	if len(w.actors) > 0 {
		happens = append(happens, "crash")
	}
	what := rapid.SampledFrom(happens).Draw(w.t, "what")
	switch what {
	case "time passes":
		w.now = w.now.Add(w.someTime())
	case "queue":
		if ticket, ok := w.pick(w.queue); ok {
			w.execute(ticket, true)
		}
	case byHand:
		w.execute(w.handTicket(), false)
	case "sweep":
		w.sweep()
	case "replay":
		w.replay()
	case "redrive":
		w.queue, w.dlq = append(w.queue, w.dlq...), nil
	case "redrive one":
		w.redriveOne()
	case "last receive":
		if ticket, ok := w.pick(w.queue); ok {
			w.giveUp(ticket)
		}
	case "goes on":
		w.goOn(w.someone())
	case "crash":
		w.crash(w.someone())
	}
}

func (w *world) someTime() time.Duration {
	most := rapid.SampledFrom([]time.Duration{time.Second, time.Second, time.Minute, 10 * time.Minute, 25 * time.Hour}).Draw(w.t, "at most")
	return time.Duration(rapid.Int64Range(0, int64(most)).Draw(w.t, "time"))
}

// pick leaves the ticket in the queue: an item can come again, at once or years later.
func (w *world) pick(from []message.Ticket) (message.Ticket, bool) {
	if len(from) == 0 {
		return message.Ticket{}, false
	}
	return rapid.SampledFrom(from).Draw(w.t, "ticket"), true
}

func (w *world) someone() int { return rapid.IntRange(0, len(w.actors)-1).Draw(w.t, "actor") }

// handTicket is what a person puts in: some earlier input, or only the id.
func (w *world) handTicket() message.Ticket {
	ticket := message.Ticket{MessageID: id, Replay: w.chance(50, "replay")}
	if w.chance(70, "numbers given") {
		ticket.Generation = rapid.IntRange(max(1, w.record.Generation-1), w.record.Generation).Draw(w.t, "generation")
	}
	return ticket
}

func (w *world) crashAll() {
	for len(w.actors) > 0 {
		w.crash(0)
	}
}

// checkWrite holds each write against what may never happen.
func (w *world) checkWrite(a act, prev, next message.Record) {
	must := func(holds bool, what string) {
		if !holds {
			w.violatedf("%+v: %s\nfrom %+v\nto   %+v", a, what, prev, next)
		}
	}
	must(next.Version == prev.Version+1, "the version goes one up at each write")
	must(next.Generation == prev.Generation || next.Generation == prev.Generation+1, "the generation goes up, by one")
	must(next.Generation > prev.Generation || next.Deferrals >= prev.Deferrals, "deferrals start anew only with a generation")
	must(!next.Deadline.Before(prev.Deadline), "a deadline is never brought forward")
	must(len(next.Attempts) >= len(prev.Attempts) && slices.Equal(next.Attempts[:len(prev.Attempts)], prev.Attempts),
		"attempts are only ever added")
	must(len(next.Acts) >= len(prev.Acts), "acts are only ever added")
	must(!prev.Status.Final() || w.mayLeaveFinal(a, prev, next), "a final status is left only by replay, by hand or by redrive")
	must(next.Generation == prev.Generation || a.name == actReplay || a.name == actTake, "only a replay makes a new generation")
	must(!prev.LeaseLive(w.now) || a.execution == prev.ExecutionARN, "a live lease keeps everybody else out")
	must(next.ID == prev.ID && next.Payload == prev.Payload && next.CreatedAt.Equal(prev.CreatedAt), "the message itself never changes")
	if !prev.Status.Final() && next.Status.Final() {
		must(a.name != actReplay && a.name != actTake && a.name != actSweep, "only an end ends")
	}
	w.checkShape(must, next)
	if a.name == actTake {
		w.checkTake(must, a, next)
	}
}

func (w *world) mayLeaveFinal(a act, prev, next message.Record) bool {
	switch {
	case a.name == actReplay:
		return next.Generation == prev.Generation+1 && next.Status == message.StatusCreated
	case a.name == actRedrive: // it only notes the act
		return next.Status == prev.Status && next.Reason == prev.Reason && next.Generation == prev.Generation
	case a.name != actTake:
		return false
	case !a.fromQueue:
		return next.Generation == prev.Generation+1 && (prev.Status == message.StatusFailed || a.replay)
	case prev.Reason == message.ReasonPipelineFault:
		return next.Generation == prev.Generation
	}
	return prev.Reason == message.ReasonExpired && a.replay && next.Generation == prev.Generation+1
}

// checkShape: each status has what it needs, and nothing of another one's.
func (w *world) checkShape(must func(bool, string), r message.Record) {
	waits := []message.Reason{
		message.ReasonUnavailable, message.ReasonRateLimited, message.ReasonUnauthorized, message.ReasonMisconfigured,
		message.ReasonCircuitOpen,
	}
	ends := []message.Reason{message.ReasonRefused, message.ReasonExpired, message.ReasonPipelineFault}
	switch r.Status {
	case message.StatusCreated, message.StatusCompleted:
		must(r.Reason == "" && r.Detail == "" && r.NextAttemptAt.IsZero() && r.SlotAt.IsZero() && r.LeaseUntil.IsZero(),
			"neither waiting nor held")
	case message.StatusProcessing:
		must(r.Reason == "" && r.Detail == "" && r.ExecutionARN != "" && !r.LeaseUntil.IsZero(), "held, and not waiting")
	case message.StatusDeferred:
		must(slices.Contains(waits, r.Reason) && !r.NextAttemptAt.IsZero() && r.LeaseUntil.IsZero(), "waiting, and not held")
		must(r.SlotAt.IsZero() || r.SlotAt.Equal(r.NextAttemptAt), "due on its slot")
	case message.StatusFailed:
		must(slices.Contains(ends, r.Reason) && r.NextAttemptAt.IsZero() && r.SlotAt.IsZero() && r.LeaseUntil.IsZero(), "failed for a reason")
	}
	must(r.UpdatedAt.Equal(message.Moment(r.UpdatedAt)) && r.UpdatedAt.Location() == time.UTC, "times as a record can hold them")
}

// checkTake: while one execution relies on its lease, no other gets one.
func (w *world) checkTake(must func(bool, string), a act, next message.Record) {
	for arn, until := range w.holds {
		must(arn == a.execution || !w.now.Before(until), "at most one live lease, but "+arn+" has one too")
	}
	must(next.LeaseLive(w.now) && next.ExecutionARN == a.execution, "who takes the message holds it")
	w.holds[a.execution] = next.LeaseUntil
}

// endsWithNobodysHelp: even if every queue item is lost and every execution so far has died, the sweeper alone brings
// the message to an end: delivered, or expired on its deadline.
func (w *world) endsWithNobodysHelp() {
	if w.record.Status.Final() {
		return
	}
	deadline := w.record.Deadline
	for range 26 * 60 { // minutes
		w.now = w.now.Add(time.Minute)
		w.queue = nil
		w.sweep()
		w.runAll()
		for _, ticket := range w.queue {
			w.receiveHealthily(ticket)
		}
		if w.violation != "" {
			w.t.Fatal(w.violation)
		}
		if w.record.Status.Final() {
			break
		}
		if w.now.After(deadline.Add(5 * time.Minute)) {
			w.t.Fatalf("still %s five minutes after its deadline", w.record.Status)
		}
	}
	if !w.record.Status.Final() {
		w.t.Fatalf("no way leads from here to an end: %+v", w.record)
	}
}

func (w *world) runAll() {
	for len(w.actors) > 0 {
		w.goOn(0)
	}
}

// receiveHealthily is the processor and an execution on a good day.
func (w *world) receiveHealthily(ticket message.Ticket) {
	if ticket.Wait(w.now) > 0 {
		w.t.Fatalf("the sweeper published a ticket that is not due yet: %+v", ticket)
	}
	arn := "on a good day"
	taken, outcome := w.record.Take(ticket, message.Execution{ARN: arn, Name: ticket.ExecutionName(1), Started: w.now}, w.now, times())
	if outcome != contract.OutcomeProceed {
		w.t.Fatalf("the record's own ticket came to %s: %+v", outcome, w.record)
	}
	done, err := taken.Complete(arn, message.Attempt{At: w.now, Outcome: "delivered"}, w.now)
	if err != nil {
		w.t.Fatalf("complete: %v", err)
	}
	w.record = done
}
