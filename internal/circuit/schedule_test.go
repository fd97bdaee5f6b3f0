package circuit_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/store/memory"
	"github.com/rezagent/rez_agent/internal/store/storetest"
)

// Whatever schedule up to fifty executions, crashes, lost answers, clocks that differ and operators make: every write
// and every permission keeps the invariants, and afterwards healthy answers close the circuit. rapid finds the shortest
// schedule that breaks one.
func TestSchedules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(memory.NewCircuits(), channel, func(n int, of string) int {
			return rapid.IntRange(0, n-1).Draw(t, of)
		})
		if violation := w.run(w.between(20, 400, "steps")); violation != "" {
			t.Fatal(violation)
		}
	})
}

// The same, as often as time allows, with fair dice.
func TestManySchedules(t *testing.T) {
	t.Parallel()
	manySchedules{
		count: inMemory, least: 20, most: 400, sideBySide: runtime.GOMAXPROCS(0),
		open: func() circuit.Store { return memory.NewCircuits() },
	}.run(t)
}

// The same against DynamoDB's own conditional writes.
func TestOnDynamoDB(t *testing.T) {
	t.Parallel()
	client := storetest.Client(storetest.Endpoint(t))
	circuits := store.NewCircuits(client, storetest.CircuitTable(t, client))
	t.Run("operations of threads are linearizable", func(t *testing.T) {
		for round := range linearRoundsDynamoDB {
			threads{store: circuits, channel: fmt.Sprintf("threads-%d", round), count: 8, tries: 8}.run(t, round)
		}
	})
	t.Run("many schedules", func(t *testing.T) {
		manySchedules{
			count: onDynamoDB, least: 20, most: 90, sideBySide: 8, open: func() circuit.Store { return circuits },
		}.run(t)
	})
}

// newWorld is a circuit that was found in some state, as the clock shows noon.
func newWorld(store circuit.Store, channel string, roll dice) *world {
	w := &world{roll: roll, store: store, channel: channel, now: at(), out: map[string]time.Time{}}
	w.spread = pick(w, "clocks", close2s, close7s, apart30s, apart2min)
	w.most = w.between(1, 50, "at once")
	w.answer = pick(w, "answer", unavailable, unavailable, healthy)
	if found := pick(w, "found", fresh, closed, closed, due, cooled); found != fresh {
		w.circuit = stands()[found]
		w.circuit.Version, w.circuit.WriteID = 1, "before"
		w.window = slices.Clone(w.circuit.Failures)
		w.must(store.SaveCircuit(context.Background(), channel, w.circuit))
	}
	w.found = w.circuit
	return w
}

func (w *world) between(least, most int, of string) int { return least + w.roll(most-least+1, of) }

// run lets so many things happen, and gives the first that never may.
func (w *world) run(steps int) (violation string) {
	defer w.crashAll()
	for range steps {
		w.step()
		w.tally.steps++
		if w.violation != "" {
			return w.violation
		}
	}
	w.crashAll()
	w.closesWithHealthyAnswers()
	w.tally.schedules++
	return w.violation
}

// step is one thing that happens.
func (w *world) step() {
	births, moves, deaths := 0, 4*min(len(w.clients), 8), min(len(w.clients), 1)
	if len(w.clients) < w.most {
		births = 2
	}
	switch what := w.roll(2+births+moves+deaths, "what"); {
	case what == 0:
		w.pass()
	case what == 1:
		w.change()
	case what < 2+births:
		w.start(execute)
		if w.roll(8, "crowd") == 0 {
			for len(w.clients) < w.most {
				w.start(execute)
			}
		}
	case what < 2+births+moves:
		w.goOn(w.roll(len(w.clients), "client"))
	default:
		w.crash(w.roll(len(w.clients), "client"))
		w.tally.crashes++
	}
}

// pass lets some time go by, or all of it until the next probe may be made, also where the one before has died.
func (w *world) pass() {
	span := pick(w, "at most", 0, 0, 0, time.Millisecond, 100*time.Millisecond, time.Second, 5*time.Second, 40*time.Second, 10*time.Minute)
	if span == 0 {
		w.now = message.Moment(later(w.now, later(w.circuit.RetryAt, w.circuit.ProbeUntil.Add(5*time.Minute))))
		return
	}
	w.now = w.now.Add(time.Duration(w.roll(int(span/time.Millisecond)+1, "time")) * time.Millisecond)
}

// change has the destination, and now and then an operator, do something else.
func (w *world) change() {
	w.answer = pick(w, "answer", unavailable, unavailable, unavailable, healthy, healthy, refusing, unauthorized, misconfig, gone)
	if w.roll(20, "operator") == 0 && len(w.clients) < w.most {
		w.start(operate)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
