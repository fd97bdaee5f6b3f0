// Package model_test runs the real parts of the pipeline, from the processor to the tables, in one small world in which
// everything that can happen does happen, at any moment and in any order: throttles, lost answers, Lambdas that are
// killed, executions that vanish, queue items that come twice, late or never, sweepers, operators, clocks that jump. What
// the pipeline promises is checked at every write and every request, and at the end.
package model_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/dispatch"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
	"github.com/rezagent/rez_agent/internal/sweep"
)

type world struct {
	random   *rand.Rand
	now      time.Time
	settings settings.Settings
	records  *memory.Messages
	circuits *memory.Circuits
	queue    []*item
	dlq      []message.Ticket
	// answer is what ntfy does with a request now.
	answer string
	// calm is a story without faults, healed one in which nothing fails any more.
	calm, healed bool
	actors       []*actor
	names        int
	ids          []string

	// last is each record as it was written last, also of one that is gone.
	last map[string]message.Record
	// shown counts what ntfy showed, by sequence id.
	shown map[string]int
	// deadLettered are the turns of which the DLQ got a ticket.
	deadLettered map[turn]bool
	// spoiltMessages are those that something went wrong with.
	spoiltMessages map[string]bool
	// stream is what the messages table's stream carries; the rollup has counted it up to counted.
	stream  []metrics.Change
	counted int
	rollup  *metrics.Rollup
	counter *memory.Metrics

	tally     tally
	violation string
}

// turn is one generation of a message.
type turn struct {
	message    string
	generation int
}

func noon() time.Time { return time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC) }

func newWorld(seed uint64) *world {
	w := &world{
		random: rand.New(rand.NewPCG(seed, 2)), now: noon(), settings: settings.Default(), answer: delivers,
		records: memory.NewMessages(), circuits: memory.NewCircuits(), counter: memory.NewMetrics(),
		last: map[string]message.Record{}, shown: map[string]int{}, deadLettered: map[turn]bool{},
		spoiltMessages: map[string]bool{},
	}
	w.calm = w.roll(4) == 0
	w.rollup = &metrics.Rollup{Store: w.counter, Meter: metrics.Meter{Deadline: w.settings.Deadline}}
	return w
}

func (w *world) roll(n int) int { return w.random.IntN(n) }

// unlucky is true once in so many times.
func (w *world) unlucky(in int) bool { return !w.calm && !w.healed && w.roll(in) == 0 }

// clock shows the time; each look takes a moment, so that no two requests are made in the same one.
func (w *world) clock() time.Time {
	w.now = w.now.Add(time.Millisecond)
	return w.now
}

func (w *world) jitter() float64 {
	if w.healed {
		return 0.5
	}
	return w.random.Float64()
}

func (w *world) times() message.Times { return message.TimesOf(w.settings) }

func pick[E any](w *world, from ...E) E { return from[w.roll(len(from))] }

// step is one thing that happens.
func (w *world) step() {
	if len(w.actors) > 0 && w.roll(10) < 7 {
		i := w.roll(len(w.actors))
		if w.unlucky(60) {
			w.crash(i)
			return
		}
		w.goOn(i)
		return
	}
	switch w.roll(14) {
	case 0:
		w.accept()
	case 1, 2, 3, 4, 5:
		w.receive()
	case 6:
		w.pass()
	case 7:
		w.answer = pick(w, delivers, delivers, delivers, breaksOff, isDown, isDown, limits, refuses, token, elsewhere)
	case 8:
		w.sweep()
	case 9:
		w.operate()
	case 10:
		w.startByHand()
	case 11:
		w.redrive()
	case 12:
		w.count()
	case 13:
		if w.roll(20) == 0 && len(w.ids) > 0 {
			_ = w.records.Delete(context.Background(), pick(w, w.ids...)) // its time to live
		}
	}
}

// pass lets time go by, as often as not up to the next queue item.
func (w *world) pass() {
	if due := w.nextItem(); w.roll(2) == 0 && due.After(w.now) {
		w.now = due
		return
	}
	most := pick(w, 100*time.Millisecond, time.Second, 2*time.Second, 5*time.Second, time.Minute, 10*time.Minute, 25*time.Hour)
	w.now = w.now.Add(time.Duration(w.roll(int(most/time.Millisecond))+1) * time.Millisecond)
}

func (w *world) nextItem() time.Time {
	var next time.Time
	for _, it := range w.queue {
		if next.IsZero() || it.visible.Before(next) {
			next = it.visible
		}
	}
	return next
}

// accept is somebody who sends a message, and does so again where the answer was an error.
func (w *world) accept() {
	if len(w.ids) == 3 {
		return
	}
	id := fmt.Sprintf("0190b3a4-0000-7000-8000-%012d", len(w.ids)+1)
	w.ids = append(w.ids, id)
	w.start(func(a *actor) {
		a.about = id
		for {
			_, err := a.intake().Accept(context.Background(), intake.Request{
				ID: id, Type: messageType, Payload: `{"message":"hello"}`, CreatedBy: "ann",
			})
			if err == nil {
				return
			}
		}
	})
}

func (a *actor) intake() *intake.Intake {
	return &intake.Intake{Records: table{a}, Publisher: a, Times: a.times(), Stage: stage, Now: a.clock}
}

// receive is the processor with one queue item.
func (w *world) receive() {
	waiting := w.waiting()
	if len(waiting) == 0 {
		return
	}
	it := pick(w, waiting...)
	if it.receive == w.settings.MaxReceives {
		w.queue = slices.DeleteFunc(w.queue, func(other *item) bool { return other == it })
		w.dlq = append(w.dlq, it.ticket)
		return
	}
	it.receive++
	it.visible = w.now.Add(w.settings.Visibility)
	if w.unlucky(20) {
		w.queue = append(w.queue, &item{ticket: it.ticket, visible: w.now}) // SQS may deliver twice
	}
	receive := it.receive
	w.start(func(a *actor) {
		body, err := json.Marshal(it.ticket)
		if err != nil {
			a.violatedf("%v", err)
		}
		a.about, a.ticket = it.ticket.MessageID, &it.ticket
		dies := a.now.Add(a.settings.Processor)
		processor := &dispatch.Dispatcher{
			Workflow: a, Tickets: a, Records: table{a}, MaxReceives: a.settings.MaxReceives, Now: a.clock,
		}
		failed := processor.Dispatch(context.Background(), []dispatch.Item{{ID: "1", Body: body, Receive: receive}})
		if len(failed) == 0 && !a.dead && a.now.Before(dies) && !a.unlucky(30) {
			a.queue = slices.DeleteFunc(a.queue, func(other *item) bool { return other == it })
		}
	})
}

// sweep is one run of the sweeper.
func (w *world) sweep() {
	w.start(func(a *actor) {
		s := &sweep.Sweeper{
			Records: table{a}, Backlog: a, Publisher: a, DeadLetters: a, Settings: a.settings.Sweep, Now: a.clock,
		}
		_, _ = s.Run(context.Background()) // the next run does what this one could not
	})
}

// operate is an operator who replays what he saw, however long ago.
func (w *world) operate() {
	if len(w.ids) == 0 {
		return
	}
	id := pick(w, w.ids...)
	seen := w.last[id].Generation
	w.start(func(a *actor) {
		a.about = id
		_, _ = a.intake().Replay(context.Background(), id, seen, "ann")
	})
}

// startByHand is a person who starts an execution in the console, with some earlier input or only the id.
func (w *world) startByHand() {
	if len(w.ids) == 0 {
		return
	}
	ticket := message.Ticket{MessageID: pick(w, w.ids...), Replay: w.roll(2) == 0}
	if w.roll(2) == 0 {
		ticket.Generation = max(1, w.last[ticket.MessageID].Generation-w.roll(2))
	}
	w.start(func(a *actor) {
		input, err := json.Marshal(ticket)
		if err != nil {
			a.violatedf("%v", err)
		}
		_, _ = a.Run(context.Background(), "by-hand", input)
	})
}

// redrive moves the DLQ to the main queue.
func (w *world) redrive() {
	for _, t := range w.dlq {
		w.queue = append(w.queue, &item{ticket: t, visible: w.now})
	}
	w.dlq = nil
}

// count is the rollup with a batch of the stream; a batch comes again as often as it likes.
func (w *world) count() {
	from := max(0, w.counted-w.roll(4))
	to := min(len(w.stream), from+w.roll(8))
	if _, err := w.rollup.Run(context.Background(), w.stream[from:to]); err != nil {
		w.violatedf("%v", err)
	}
	w.counted = max(w.counted, to)
}
