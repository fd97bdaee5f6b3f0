package circuit_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/circuit"
)

// world is one circuit, a destination that comes and goes, and up to fifty executions at once. Each execution is a
// coroutine on the real Breaker that stops before and after every call to the table: there others overtake it, there it
// crashes. rapid draws who goes on.
type world struct {
	t       *rapid.T
	now     time.Time
	circuit circuit.Circuit
	// answer is what the destination does with a request now.
	answer  string
	clients []*client
	names   int

	// probe is the one that is out: from its claim to its report or the end of its lease.
	probe struct {
		owner string
		until time.Time
	}
	// sending are the executions whose request is a probe under way.
	probing map[string]time.Time
	// window are the failures that the table was told since it last closed.
	window []circuit.Failure
	// violation is the first thing that was seen and may never happen. Clients note it, and only the test's own loop
	// fails: rapid tells failures apart by their stack, and a coroutine has none of its own.
	violation string
}

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

// client is one execution, or an operator: a view of the table that stops at every call.
type client struct {
	*world

	name  string
	skew  time.Duration
	pause func()
	// doing says what the client is about to write; it decided so on the circuit it had seen, at the time decided, which
	// may be long ago.
	doing   string
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
	c.skew = time.Duration(rapid.IntRange(-2000, 2000).Draw(w.t, "skew")) * time.Millisecond
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
		body(c, newBreaker(c, func() time.Time {
			c.decided = w.now
			return w.now.Add(c.skew)
		}))
	})
	w.clients = append(w.clients, c)
}

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

func (c *client) LoadCircuit(context.Context, string) (circuit.Item, error) {
	c.pause()
	c.seen = c.circuit
	item := circuit.Item{Circuit: c.circuit}
	item.Circuit.Failures = slices.Grow(slices.Clone(c.circuit.Failures), 2)
	c.pause()
	return item, nil
}

func (c *client) SaveCircuit(_ context.Context, _ string, next circuit.Circuit) error {
	c.pause()
	err := c.save(next)
	if err == nil && rapid.IntRange(1, 10).Draw(c.t, "answer lost") == 1 {
		c.pause()
		err = c.save(next)
	}
	c.pause()
	return err
}

func (c *client) save(next circuit.Circuit) error {
	if c.circuit.Version != next.Version-1 {
		if c.circuit.WriteID == next.WriteID {
			return nil
		}
		return circuit.ErrConflict
	}
	c.checkWrite(c.circuit, next)
	c.circuit = next
	c.circuit.Failures = slices.Clone(next.Failures)
	return nil
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
	c.doing = "ask"
	item, err := b.Look(ctx, channel)
	if err != nil {
		c.violatedf("look: %v", err)
		return
	}
	permission, err := b.Ask(ctx, channel, c.name, item)
	for try := 0; err == nil && permission.Granted && try < 4; try++ {
		if permission.Probe() && permission.ProbeUntil.Before(c.now.Add(c.skew+httpTimeout)) {
			c.handBack(ctx, b) // too late to end in time
			return
		}
		c.checkPermission(permission)
		c.pause()
		if c.send(ctx, b, permission, try) || permission.Probe() {
			return
		}
		c.pause()
		c.doing = "peek"
		permission, err = b.Peek(ctx, channel, c.name)
	}
	if err != nil {
		c.violatedf("ask: %v", err)
	}
}

// send makes the request and tells the breaker; it says whether the execution is done with it.
func (c *client) send(ctx context.Context, b *circuit.Breaker, p circuit.Permission, try int) bool {
	cause := circuit.CauseUnavailable
	switch c.answer {
	case healthy, refusing:
		if p.Probe() {
			c.doing = "answered"
			c.must(b.Answered(ctx, channel, c.name))
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
	c.report(ctx, b, fmt.Sprintf("%s#%d", c.name, try), cause)
	return cause != circuit.CauseUnavailable
}

func (c *client) handBack(ctx context.Context, b *circuit.Breaker) {
	c.doing = "hand back"
	c.must(b.HandBack(ctx, channel, c.name))
}

// report tells of a failure, and sometimes again, as a retried Lambda does.
func (c *client) report(ctx context.Context, b *circuit.Breaker, id string, cause circuit.Cause) {
	c.told = false
	for range rapid.IntRange(1, 2).Draw(c.t, "reports") {
		c.doing, c.failure = "failed "+string(cause), circuit.Failure{ID: id}
		_, _, err := b.Failed(ctx, channel, c.name, id, cause)
		c.must(err)
		if !c.told && isClosed(c.seen) && !slices.ContainsFunc(c.seen.Failures, func(f circuit.Failure) bool { return f.ID == id }) &&
			!c.outdated() {
			c.violatedf("%s told of a failure, and the closed circuit forgot it", c.name)
		}
	}
	delete(c.probing, c.name)
}

// outdated: the clock of the client is so far behind that its failure lies before the window.
func (c *client) outdated() bool {
	return slices.ContainsFunc(c.seen.Failures, func(f circuit.Failure) bool {
		return f.At.Sub(c.decided.Add(c.skew)) >= thresholds().Window
	})
}

func (c *client) must(err error) {
	if err != nil {
		c.violatedf("%s, %s: %v", c.name, c.doing, err)
	}
}

func isClosed(c circuit.Circuit) bool { return c.State == circuit.Closed || c.State == "" }
