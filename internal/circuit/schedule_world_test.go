package circuit_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
)

// world is one circuit in a store, a destination that comes and goes, and up to fifty executions at once. Each execution
// is a coroutine on the real Breaker that stops before and after every call to the store: there others overtake it,
// there it crashes. Dice decide who goes on.
type world struct {
	roll    dice
	store   circuit.Store
	channel string
	now     time.Time
	// spread is how far a clock may be from now.
	spread time.Duration
	// most is how many executions there are at once.
	most int
	// circuit is what was written last, found what was there before.
	circuit, found circuit.Circuit
	// answer is what the destination does with a request now.
	answer  string
	clients []*client
	names   int

	// out are the probes under way: each from its claim to its report, or to the end of its lease.
	out map[string]time.Time
	// operated: an operator has closed or opened the circuit by hand.
	operated bool
	// window are the failures that the table was told since it last closed.
	window []circuit.Failure
	// history is what was asked of the breaker, and what it answered; ticks orders it.
	history []*operation
	ticks   int64
	tally   tally
	// violation is the first thing that was seen and may never happen. Clients note it, and only the test's own loop
	// fails: rapid tells failures apart by their stack, and a coroutine has none of its own.
	violation string
}

// dice choose one of n, from 0; of names the choice.
type dice func(n int, of string) int

func pick[E any](w *world, of string, from ...E) E { return from[w.roll(len(from), of)] }

// What the destination does.
const (
	healthy      = "delivers"
	refusing     = "refuses the message"
	unavailable  = "does not answer"
	unauthorized = "refuses the token"
	misconfig    = "is not ntfy"
	gone         = "is not asked: the message is gone"
)

func (w *world) violatedf(format string, args ...any) {
	if w.violation == "" {
		w.violation = fmt.Sprintf(format, args...) + fmt.Sprintf("\ncircuit: %+v", w.circuit)
	}
}

// client is one execution, or an operator: a view of the store that stops at every call.
type client struct {
	*world

	name  string
	skew  time.Duration
	pause func()
	// doing is the operation under way; it was decided on the circuit seen, at the time decided, which may be long ago.
	doing   *operation
	seen    circuit.Circuit
	decided time.Time
	// failure is the one it reports, told whether the table has taken it.
	failure circuit.Failure
	told    bool

	resume func() (struct{}, bool)
	crash  func()
}

// crashed unwinds a client that will never go on.
type crashed struct{}

func (w *world) start(body func(*client, *circuit.Breaker)) {
	w.names++
	c := &client{world: w, name: fmt.Sprint("execution ", w.names)}
	c.skew = time.Duration(w.roll(int(2*w.spread/time.Millisecond)+1, "skew"))*time.Millisecond - w.spread
	c.resume, c.crash = iter.Pull(func(yield func(struct{}) bool) {
		defer func() {
			if p := recover(); p != nil && p != (crashed{}) {
				panic(p)
			}
		}()
		c.pause = func() {
			if !yield(struct{}{}) {
				panic(crashed{})
			}
		}
		b := newBreaker(c, c.clock)
		b.Jitter = c.jitter
		body(c, b)
	})
	w.clients = append(w.clients, c)
	w.tally.executions++
	w.tally.most = max(w.tally.most, len(w.clients))
}

// jitter comes from the dice, so that a seed repeats the cool-downs too.
func (w *world) jitter() float64 {
	const steps = 16
	return float64(w.roll(steps, "jitter")) / steps
}

// clock is the client's own.
func (c *client) clock() time.Time {
	c.decided = c.now
	return c.now.Add(c.skew)
}

// ownDecided is what its clock showed when it decided.
func (c *client) ownDecided() time.Time { return c.decided.Add(c.skew) }

func (w *world) goOn(i int) {
	if _, alive := w.clients[i].resume(); !alive {
		w.clients = slices.Delete(w.clients, i, i+1)
	}
}

func (w *world) crash(i int) {
	w.clients[i].crash()
	w.clients = slices.Delete(w.clients, i, i+1)
}

func (w *world) crashAll() {
	for len(w.clients) > 0 {
		w.crash(0)
	}
}

func (c *client) LoadCircuit(ctx context.Context, channel string) (circuit.Item, error) {
	c.pause()
	item, err := c.store.LoadCircuit(ctx, channel)
	if err == nil && (item.Circuit.Version != c.circuit.Version || item.Circuit.WriteID != c.circuit.WriteID) {
		c.violatedf("%s reads what was not written last: %+v", c.name, item.Circuit)
	}
	c.seen = item.Circuit
	c.pause()
	return item, err
}

func (c *client) SaveCircuit(ctx context.Context, channel string, next circuit.Circuit) error {
	c.pause()
	err := c.save(ctx, channel, next)
	if err == nil && c.roll(10, "answer lost") == 0 {
		c.pause()
		err = c.save(ctx, channel, next)
	}
	c.pause()
	return err
}

func (c *client) save(ctx context.Context, channel string, next circuit.Circuit) error {
	fits, done := c.circuit.Version == next.Version-1, c.circuit.WriteID == next.WriteID
	err := c.store.SaveCircuit(ctx, channel, next)
	switch {
	case fits && err == nil:
		c.checkWrite(c.circuit, next)
		c.circuit = next
		c.doing.wrote, c.doing.after, c.doing.at = true, next, c.ownDecided()
	case !fits && done && err == nil:
	case !fits && !done && errors.Is(err, circuit.ErrConflict):
		c.forget()
	default:
		c.violatedf("the store answers %v to version %d of %s on version %d", err, next.Version, c.name, c.circuit.Version)
	}
	return err
}

func (*client) SaveLimit(context.Context, string, circuit.Limit, circuit.Limit) error {
	panic("the breaker writes no limit")
}

func (*client) TakeSlot(context.Context, string, time.Time, time.Duration) (time.Time, error) {
	panic("the breaker takes no slot")
}

const httpTimeout = 5 * time.Second

// execute is CheckCircuit, then SendNtfy with its retries.
func execute(c *client, b *circuit.Breaker) {
	ctx := context.Background()
	permission := c.ask(ctx, b)
	if c.roll(8, "asks again") == 0 { // a retried Lambda
		permission = c.ask(ctx, b)
	}
	for try := 0; permission.Granted && try < 4; try++ {
		if permission.Probe() && permission.ProbeUntil.Before(c.clock().Add(httpTimeout)) {
			c.handBack(ctx, b) // too late to end in time
			return
		}
		c.checkPermission(permission)
		c.tally.requests++
		c.pause()
		if c.send(ctx, b, permission, try) || permission.Probe() {
			return
		}
		c.pause()
		permission = c.peek(ctx, b)
	}
}

// send makes the request and tells the breaker; it says whether the execution is done with it.
func (c *client) send(ctx context.Context, b *circuit.Breaker, p circuit.Permission, try int) bool {
	cause := circuit.CauseUnavailable
	switch c.answer {
	case healthy, refusing:
		if p.Probe() {
			c.answered(ctx, b)
		}
		return true
	case gone:
		if p.Probe() {
			c.handBack(ctx, b)
		}
		return true
	case unauthorized:
		cause = circuit.CauseUnauthorized
	case misconfig:
		cause = circuit.CauseMisconfigured
	}
	c.told = false
	for range c.roll(2, "reports") + 1 { // a retried Lambda reports again
		c.report(ctx, b, fmt.Sprintf("%s#%d", c.name, try), cause)
	}
	delete(c.out, c.name)
	return cause != circuit.CauseUnavailable
}

// operate is an operator who forces the circuit open, or resets it.
func operate(c *client, b *circuit.Breaker) {
	ctx := context.Background()
	if pick(c.world, "word", doForceOpen, doReset, doReset) == doReset {
		c.begin(doReset)
		c.end(b.Reset(ctx, c.channel, c.name))
		return
	}
	c.begin(doForceOpen)
	c.end(b.ForceOpen(ctx, c.channel, c.name))
}

func isClosed(c circuit.Circuit) bool { return c.State == circuit.Closed || c.State == "" }
