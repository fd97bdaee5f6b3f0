package model_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/ntfy"
)

func (w *world) violatedf(format string, args ...any) {
	if w.violation == "" {
		w.violation = fmt.Sprintf(format, args...)
	}
}

// checkWrite holds each write of a record against what may never happen.
func (w *world) checkWrite(a *actor, prev, next message.Record) {
	must := func(holds bool, what string) {
		if !holds {
			w.violatedf("%s: %s\nfrom %+v\nto   %+v", a.arn, what, prev, next)
		}
	}
	must(next.ID == prev.ID && next.Payload == prev.Payload && next.CreatedAt.Equal(prev.CreatedAt), "a message never changes")
	must(next.Generation == prev.Generation || next.Generation == prev.Generation+1, "the generation goes up, by one")
	must(next.Generation > prev.Generation || next.Deferrals >= prev.Deferrals, "deferrals start anew only with a generation")
	must(!next.Deadline.Before(prev.Deadline), "a deadline is never brought forward")
	must(len(next.Attempts) >= len(prev.Attempts) && slices.Equal(next.Attempts[:len(prev.Attempts)], prev.Attempts),
		"history never shrinks: attempts")
	must(len(next.Acts) >= len(prev.Acts) && slices.Equal(next.Acts[:len(prev.Acts)], prev.Acts), "history never shrinks: acts")
	must(allowed(prev, next), "no such transition")
	must(!prev.LeaseLive(w.now) || a.arn == prev.ExecutionARN, "a live lease keeps everybody else out")
	if next.Status == message.StatusProcessing && next.ExecutionARN != prev.ExecutionARN && a.ticket != nil {
		must(a.ticket.Generation == prev.Generation && a.ticket.Deferral == prev.Deferrals, "a ticket that had its turn does nothing")
	}
	if next.Status == message.StatusCompleted && prev.Status != message.StatusCompleted {
		must(w.shown[next.SequenceID()] > 0, "what is completed was shown")
	}
	if next.Reason == message.ReasonExpired && prev.Reason != message.ReasonExpired {
		must(w.deadLettered[turn{next.ID, next.Generation}], "what has expired is in the DLQ")
	}
}

// allowed: a final status is left only by a replay, by hand or by a redrive, and all but the redrive of a pipeline fault
// make a new generation.
func allowed(prev, next message.Record) bool {
	again := next.Generation == prev.Generation+1
	switch prev.Status {
	case message.StatusCreated:
		return !again && slices.Contains([]message.Status{message.StatusCreated, message.StatusProcessing, message.StatusFailed}, next.Status)
	case message.StatusProcessing:
		return !again && next.Status != message.StatusCreated
	case message.StatusDeferred:
		return !again && slices.Contains([]message.Status{message.StatusDeferred, message.StatusProcessing, message.StatusFailed}, next.Status)
	case message.StatusCompleted:
		return again && slices.Contains([]message.Status{message.StatusCreated, message.StatusProcessing}, next.Status)
	case message.StatusFailed:
		redriven := prev.Reason == message.ReasonPipelineFault && !again && next.Status == message.StatusProcessing
		return redriven || again && slices.Contains([]message.Status{message.StatusCreated, message.StatusProcessing}, next.Status)
	}
	return false
}

// checkNothingTaken: an execution that says there is nothing for it to do holds nothing.
func (w *world) checkNothingTaken(arn, id string) {
	if rec, err := w.records.Load(context.Background(), id); err == nil && rec.ExecutionARN == arn && rec.LeaseLive(w.now) {
		w.violatedf("%s has taken the message, and goes away: %+v", arn, rec)
	}
}

// checkSend: only who holds the message sends it.
func (w *world) checkSend(a *actor, n ntfy.Notification) {
	rec, err := w.records.Load(context.Background(), n.SequenceID[:strings.LastIndex(n.SequenceID, "-")])
	if err != nil {
		return // its time to live has just taken it
	}
	if rec.ExecutionARN != a.arn || !rec.LeaseLive(w.now) || rec.SequenceID() != n.SequenceID {
		w.violatedf("%s sends %s, which is not its own: %+v", a.arn, n.SequenceID, rec)
	}
}

// endsWithNobodysHelp: even if every queue item is lost and everybody has died, the sweeper alone brings each accepted
// message to an end.
func (w *world) endsWithNobodysHelp() {
	w.healed, w.answer, w.queue = true, delivers, nil
	for range 24 * 15 {
		if w.violation != "" || w.allFinal() {
			return
		}
		w.now = w.now.Add(5 * time.Minute)
		w.sweep()
		w.finishAll()
		for len(w.waiting()) > 0 {
			w.receive()
			w.finishAll()
		}
	}
	w.violatedf("no way leads from here to an end")
}

func (w *world) allFinal() bool {
	for _, id := range w.ids {
		if rec, err := w.records.Load(context.Background(), id); err == nil && !rec.Status.Final() {
			return false
		}
	}
	return true
}

// checkBooks: what ntfy showed, and what was counted, is what the records say.
func (w *world) checkBooks() {
	for id, rec := range w.last {
		for generation := 1; generation <= rec.Generation; generation++ {
			n := w.shown[fmt.Sprintf("%s-%d", id, generation)]
			w.tally.shown += n
			w.tally.twice += max(0, n-1)
			if n > 1 && !w.spoiltMessages[id] {
				w.violatedf("%s was shown %d times, although nothing went wrong", id, n)
			}
		}
	}
	for w.counted < len(w.stream) {
		w.count()
	}
	hours, err := w.counter.Hours(context.Background(), w.series(), noon(), w.now)
	if err != nil {
		w.violatedf("%v", err)
	}
	var got metrics.Counters
	for _, counters := range hours {
		got = got.Plus(counters)
	}
	want := w.recount()
	latencies := 0
	for _, n := range got.Latency {
		latencies += n
	}
	if got.Latency, want.Latency = (metrics.Histogram{}), (metrics.Histogram{}); got != want || latencies != want.Completed {
		w.violatedf("counted\n%+v, want\n%+v", got, want)
	}
}

// recount counts in its own way: what the records say themselves, and for what they forget every write that was made.
func (w *world) recount() metrics.Counters {
	var c metrics.Counters
	lived := func(rec *message.Record) {
		c.Replayed += rec.Generation - 1
		c.Attempts += len(rec.Attempts)
	}
	// A create that is only repeated is the same one, also where somebody deleted its record in between.
	made, lives := map[string]bool{}, map[string]*message.Record{}
	for _, change := range w.stream {
		old, next := change.Old, change.New
		if before, known := lives[next.ID]; known && old == nil {
			lived(before) // it was deleted, and its sender, who had no answer, made it again
		}
		lives[next.ID] = next
		if old == nil {
			made[fmt.Sprint(next.ID, next.CreatedAt)] = true
			continue
		}
		if next.Deferrals > old.Deferrals {
			c.Deferrals++
		}
		if next.Status == old.Status {
			continue
		}
		switch {
		case next.Status == message.StatusCompleted:
			c.Completed++
		case next.Reason == message.ReasonRefused:
			c.Refused++
		case next.Reason == message.ReasonExpired:
			c.Expired++
		case next.Reason == message.ReasonPipelineFault:
			c.Faulted++
		}
	}
	c.Accepted = len(made)
	for _, rec := range lives {
		lived(rec)
	}
	return c
}
