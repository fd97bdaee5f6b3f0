package circuit_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

// One after the other, each at one moment between its call and its answer: that is how the operations of executions at
// once look from outside, whatever their schedule. Eight at once: how long the search takes doubles with each more.
func TestOperationsOfSchedulesAreLinearizable(t *testing.T) {
	t.Parallel()
	operations := 0
	for seed := range uint64(linearSchedules) {
		random := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(memory.NewCircuits(), channel, func(n int, _ string) int { return random.IntN(n) })
		w.most = w.between(2, 8, "at once")
		require.Empty(t, w.run(w.between(20, 300, "steps")), "seed %d", seed)
		requireLinearizable(t, w.found, w.history, fmt.Sprintf("seed %d", seed))
		operations += len(w.history)
	}
	t.Logf("%d schedules with %d operations", linearSchedules, operations)
}

// The same of executions that really run at the same time.
func TestOperationsOfThreadsAreLinearizable(t *testing.T) {
	t.Parallel()
	for round := range linearRounds {
		threads{store: memory.NewCircuits(), channel: channel, count: 8, tries: 8}.run(t, round)
	}
}

// threads are some executions on one circuit at the same time, with no order but their own.
type threads struct {
	store   circuit.Store
	channel string
	// count is how many there are, tries how often each of them sends.
	count, tries int
}

func (th threads) run(t *testing.T, round int) {
	t.Helper()
	var (
		all     sync.WaitGroup
		mu      sync.Mutex
		history []*operation
		ticks   atomic.Int64
	)
	for i := range th.count {
		all.Go(func() {
			e := &thread{threads: th, ticks: &ticks, name: fmt.Sprint("execution ", i), random: rand.New(rand.NewPCG(uint64(round), uint64(i)))}
			e.run(t)
			mu.Lock()
			defer mu.Unlock()
			history = append(history, e.history...)
		})
	}
	all.Wait()
	requireLinearizable(t, circuit.Circuit{}, history, fmt.Sprint("round ", round))
}

// thread is one execution. Its clock jumps a little with each look, so that a circuit opens, waits and half-opens
// within a round.
type thread struct {
	threads

	name    string
	ticks   *atomic.Int64
	random  *rand.Rand
	clock   time.Time
	history []*operation
}

func (e *thread) now() time.Time {
	e.clock = at().Add(time.Duration(e.ticks.Load()) * 500 * time.Millisecond)
	return e.clock
}

func (e *thread) run(t *testing.T) {
	ctx, b := context.Background(), newBreaker(e.store, e.now)
	for try := range e.tries {
		var p circuit.Permission
		e.note(t, &operation{do: doAsk}, func(op *operation) error {
			item, err := b.Look(ctx, e.channel)
			if err == nil {
				p, err = b.Ask(ctx, e.channel, e.name, item)
			}
			op.permission = p
			return err
		})
		switch {
		case !p.Granted:
		case e.random.IntN(3) > 0:
			failure := &operation{do: doFailed, id: fmt.Sprint(e.name, "#", try), cause: circuit.CauseUnavailable}
			e.note(t, failure, func(op *operation) (err error) {
				op.after, _, err = b.Failed(ctx, e.channel, e.name, op.id, op.cause)
				return err
			})
		default:
			e.note(t, &operation{do: doAnswered}, func(*operation) error { return b.Answered(ctx, e.channel, e.name) })
		}
	}
}

func (e *thread) note(t *testing.T, op *operation, do func(op *operation) error) {
	op.owner, op.began = e.name, e.ticks.Add(1)
	if err := do(op); err != nil {
		t.Errorf("%s, %s: %v", e.name, op.do, err)
	}
	op.at, op.ended = e.clock, e.ticks.Add(1)
	e.history = append(e.history, op)
}

// requireLinearizable requires that the circuit's pure transitions, applied one after the other, explain all answers.
func requireLinearizable(t *testing.T, found circuit.Circuit, history []*operation, of string) {
	t.Helper()
	var operations []porcupine.Operation
	for _, op := range history {
		if op.ended == 0 && !op.wrote {
			continue // crashed before it did anything
		}
		ended := op.ended
		if ended == 0 {
			ended = math.MaxInt64
		}
		operations = append(operations, porcupine.Operation{Input: op, Call: op.began, Output: op, Return: ended})
	}
	require.Equal(t, porcupine.Ok, porcupine.CheckOperationsTimeout(oneCircuit(found), operations, time.Minute), of)
}

// oneCircuit is a circuit that does one thing after the other.
func oneCircuit(found circuit.Circuit) porcupine.Model {
	return porcupine.Model{
		Init:  func() any { return asKept(found) },
		Step:  func(state, _, answer any) (bool, any) { return answer.(*operation).explained(state.(circuit.Circuit)) },
		Equal: reflect.DeepEqual,
		Hash: func(state any) uint64 {
			c := state.(circuit.Circuit)
			return uint64(c.RetryAt.UnixNano()) ^ uint64(c.ProbeUntil.UnixNano())<<1 ^ uint64(len(c.Failures))
		},
		DescribeOperation: func(_, answer any) string { return fmt.Sprintf("%+v", answer) },
	}
}

// explained reports whether the operation, done on c, gives the answer that it gave, and what then becomes of c.
func (op *operation) explained(c circuit.Circuit) (bool, circuit.Circuit) {
	crashed := op.ended == 0
	next := c
	switch op.do {
	case doAsk, doPeek:
		var p circuit.Permission
		if op.do == doPeek {
			p = c.Peek(op.owner, op.at, thresholds())
		} else {
			next, p = c.Ask(op.owner, op.at, thresholds())
		}
		if !crashed && p != op.permission {
			return false, c
		}
	case doFailed:
		next = c.Failed(op.owner, op.id, op.cause, op.at, 0, thresholds())
		if spread := op.after.RetryAt.Sub(next.RetryAt); spread > 0 && !next.RetryAt.Equal(c.RetryAt) && spread <= 30*time.Second {
			next.RetryAt = message.Moment(op.after.RetryAt) // the jitter
		}
		return reflect.DeepEqual(asKept(next), asKept(op.after)), asKept(next)
	case doAnswered:
		next = c.Answered(op.owner)
	case doHandBack:
		next = c.HandBack(op.owner, op.at)
	case doForceOpen:
		next = c.ForceOpen(op.at)
	case doReset:
		next = c.Reset()
	}
	return true, asKept(next)
}

// asKept is what the table keeps of a circuit, but for who wrote it and how often.
func asKept(c circuit.Circuit) circuit.Circuit {
	kept := circuit.Circuit{
		State: c.State, Cause: c.Cause, OpenedAt: message.Moment(c.OpenedAt), RetryAt: message.Moment(c.RetryAt), Trips: c.Trips,
		ProbeOwner: c.ProbeOwner, ProbeUntil: message.Moment(c.ProbeUntil),
	}
	for _, f := range c.Failures {
		kept.Failures = append(kept.Failures, circuit.Failure{At: message.Moment(f.At), ID: f.ID})
	}
	return kept
}
