package circuit_test

import (
	"context"
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
)

// What can be asked of the breaker.
const (
	doAsk       = "ask"
	doPeek      = "peek"
	doFailed    = "failed"
	doAnswered  = "answered"
	doHandBack  = "hand back"
	doForceOpen = "force open"
	doReset     = "reset"
)

// operation is one call of the breaker, as somebody who stands outside sees it.
type operation struct {
	do    string
	owner string
	// id and cause are a failure's.
	id    string
	cause circuit.Cause
	// began and ended order the operations in time; ended is 0 for one that crashed.
	began, ended int64
	// at is what its own clock showed when it decided.
	at time.Time
	// wrote: it has changed the circuit, to after.
	wrote bool
	after circuit.Circuit
	// permission is what ask and peek answered.
	permission circuit.Permission
}

func (c *client) begin(do string) *operation {
	c.ticks++
	c.doing = &operation{do: do, owner: c.name, began: c.ticks}
	c.history = append(c.history, c.doing)
	return c.doing
}

func (c *client) end(err error) {
	if err != nil {
		c.violatedf("%s, %s: %v", c.name, c.doing.do, err)
	}
	c.ticks++
	c.doing.at, c.doing.ended = c.ownDecided(), c.ticks
}

// forget is for a write whose answer was lost and that somebody has overtaken before it was repeated: its author does
// not know that it was done, and decides again. From outside it is an operation of somebody who crashed.
func (c *client) forget() {
	if c.doing.wrote {
		done := *c.doing
		c.history = append(c.history, &done)
		c.doing.wrote, c.doing.after = false, circuit.Circuit{}
	}
}

// ask is what CheckCircuit does.
func (c *client) ask(ctx context.Context, b *circuit.Breaker) circuit.Permission {
	op := c.begin(doAsk)
	item, err := b.Look(ctx, c.channel)
	if err == nil {
		op.permission, err = b.Ask(ctx, c.channel, c.name, item)
	}
	c.end(err)
	switch {
	case !op.permission.Granted:
		c.checkRefusal()
	case op.permission.Probe() && !c.ownDecided().Before(op.permission.ProbeUntil):
		c.violatedf("%s gets a probe whose lease has ended", c.name)
	}
	return op.permission
}

func (c *client) peek(ctx context.Context, b *circuit.Breaker) circuit.Permission {
	op := c.begin(doPeek)
	permission, err := b.Peek(ctx, c.channel, c.name)
	op.permission = permission
	c.end(err)
	return permission
}

func (c *client) answered(ctx context.Context, b *circuit.Breaker) {
	c.begin(doAnswered)
	c.end(b.Answered(ctx, c.channel, c.name))
	c.checkVerdict()
}

func (c *client) handBack(ctx context.Context, b *circuit.Breaker) {
	c.begin(doHandBack)
	c.end(b.HandBack(ctx, c.channel, c.name))
	c.checkVerdict()
}

func (c *client) report(ctx context.Context, b *circuit.Breaker, id string, cause circuit.Cause) {
	op := c.begin(doFailed)
	op.id, op.cause = id, cause
	c.failure = circuit.Failure{ID: id}
	after, opened, err := b.Failed(ctx, c.channel, c.name, id, cause)
	op.after = after
	c.end(err)
	c.checkVerdict()
	if opened != (op.wrote && isClosed(c.seen) && after.State == circuit.Open) {
		c.violatedf("%s is told that it opened the circuit: %t", c.name, opened)
	}
	remembered := slices.ContainsFunc(c.seen.Failures, func(f circuit.Failure) bool { return f.ID == id })
	if !c.told && isClosed(c.seen) && !remembered && !c.outdated() {
		c.violatedf("%s told of a failure, and the closed circuit forgot it", c.name)
	}
}
