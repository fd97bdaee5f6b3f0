package circuit_test

import (
	"context"
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
)

// How far a clock may be from the true time.
const (
	close2s   = 2 * time.Second
	close7s   = 7 * time.Second
	apart30s  = 30 * time.Second
	apart2min = 2 * time.Minute
)

// oneProbe reports whether the clocks are close enough for the promise that at most one probe is out at any time. The
// claimer's clock says when the next one is due: a cool-down after the circuit opened, which is 15 s more than the
// lease of a probe that an operator's reset made superfluous; or after a probe that died the lease and a doubled
// cool-down, of a minute. Clocks that are farther apart may let the next probe start while the one before is under way.
func (w *world) oneProbe() bool {
	return w.spread <= close7s || w.spread <= apart30s && !w.operated
}

// checkProbe notes a probe that is out from now on.
func (c *client) checkProbe(until time.Time) {
	now := 1
	for name, end := range c.out {
		switch {
		case !c.now.Before(end):
			delete(c.out, name)
		case name != c.name:
			now++
			if c.oneProbe() {
				c.violatedf("%s and %s probe at the same time", c.name, name)
			}
		}
	}
	c.out[c.name] = until
	c.tally.mostProbes = max(c.tally.mostProbes, now)
}

// checkPermission: only a closed circuit, or the one probe, lets anything through.
func (c *client) checkPermission(p circuit.Permission) {
	switch {
	case p.Probe():
		c.checkProbe(p.ProbeUntil.Add(-c.skew))
	case !isClosed(c.seen):
		c.violatedf("%s may send on a circuit that it found %s", c.name, c.seen.State)
	}
}

// checkRefusal: only a circuit that is not due for a probe refuses one who asks, and not him who has the probe.
func (c *client) checkRefusal() {
	mine := c.seen.ProbeOwner == c.name && c.ownDecided().Before(c.seen.ProbeUntil)
	due := c.seen.Cause != circuit.CauseForced && !c.ownDecided().Before(dueAt(c.seen))
	if isClosed(c.seen) || mine || due {
		c.violatedf("%s is refused by a circuit that it found\n%+v", c.name, c.seen)
	}
}

// dueAt is when the next probe may be claimed of a circuit that is not closed.
func dueAt(c circuit.Circuit) time.Time {
	if c.State == circuit.Open {
		return c.RetryAt
	}
	cooldown := 5 * time.Minute
	if c.Cause == circuit.CauseUnavailable && c.Trips < 3 {
		cooldown = time.Minute << c.Trips // a probe that dies has failed
	}
	return c.ProbeUntil.Add(cooldown)
}

// checkVerdict: what the probe's owner says of it is heard.
func (c *client) checkVerdict() {
	if c.seen.State == circuit.HalfOpen && c.seen.ProbeOwner == c.name && !c.doing.wrote {
		c.violatedf("%s, %s: the verdict was not heard", c.name, c.doing.do)
	}
}

// checkWrite holds each write against what may never happen.
func (c *client) checkWrite(prev, next circuit.Circuit) {
	must := func(holds bool, what string) {
		if !holds {
			c.violatedf("%s, %s: %s\nto %+v", c.name, c.doing.do, what, next)
		}
	}
	owned := prev.State == circuit.HalfOpen && prev.ProbeOwner == c.name
	must(len(next.Failures) <= thresholds().Threshold, "no more failures are kept than open the circuit")
	must(prev.Cause != circuit.CauseForced || c.doing.do == doReset, "forced open means until reset")
	switch {
	case c.doing.do == doReset:
		must(next.State == circuit.Closed && len(next.Failures) == 0, "reset closes")
	case c.doing.do == doForceOpen:
		must(next.State == circuit.Open && next.Cause == circuit.CauseForced, "force opens")
	case c.doing.do == doAsk:
		must(!isClosed(prev) && next.State == circuit.HalfOpen && next.ProbeOwner == c.name, "asking writes nothing but a won probe")
		must(!c.ownDecided().Before(dueAt(c.seen)), "no probe before it is due")
		c.checkProbe(c.decided.Add(thresholds().ProbeLease))
	case c.doing.do == doAnswered:
		must(owned && next.State == circuit.Closed, "the probe's answer closes")
	case c.doing.do == doHandBack:
		must(owned && next.State == circuit.Open, "its owner hands a probe back")
	case isClosed(prev):
		c.checkFailure(must, next)
	default:
		must(owned && next.State == circuit.Open && next.Trips == prev.Trips+1,
			"only the probe's failure is of interest to a circuit that is not closed")
	}
	if next.State == circuit.Open && next.Cause != circuit.CauseForced {
		wait := next.RetryAt.Sub(c.ownDecided())
		must(wait <= 5*time.Minute+30*time.Second, "the next probe is never far away")
		must(c.doing.do == doHandBack || wait >= 30*time.Second, "nor at once")
	}
	c.checkHistory(must, prev, next)
	c.keepBooks(prev, next)
}

// checkHistory: it grows by one with each change, by nothing else, and loses nothing but by its bound.
func (c *client) checkHistory(must func(bool, string), prev, next circuit.Circuit) {
	kept := next.History
	if isClosed(prev) != isClosed(next) || !isClosed(next) && prev.Cause != next.Cause {
		must(len(kept) > 0, "a change is written down")
		newest := kept[len(kept)-1]
		kept = kept[:len(kept)-1]
		from := prev.State
		if from == "" {
			from = circuit.Closed
		}
		must(newest.From == from && newest.To == next.State, "as what it was")
		must(newest.By == c.name && newest.At.Equal(c.ownDecided()), "by whom, and when")
		must(isClosed(next) == (newest.Reason == circuit.ReasonAnswered || newest.Reason == circuit.ReasonReset), "why it closed")
		must(isClosed(next) || newest.Reason == circuit.Reason(next.Cause), "why it is open")
		must((newest.Reason == circuit.ReasonReset) == (c.doing.do == doReset), "a reset is one")
	}
	older := prev.History
	if len(older) > len(kept) {
		must(len(next.History) == circuit.MaxHistory, "nothing is forgotten before its time")
		older = older[len(older)-len(kept):]
	}
	must(slices.Equal(kept, older), "what was written down stays")
	must(len(next.History) <= circuit.MaxHistory, "no more than the bound")
}

// checkFailure counts the failures within the window in its own way: the circuit opens with the fifth, no sooner or later.
func (c *client) checkFailure(must func(bool, string), next circuit.Circuit) {
	c.told = true
	c.failure.At = c.ownDecided()
	told := slices.ContainsFunc(c.window, func(f circuit.Failure) bool { return f.ID == c.failure.ID })
	must(!told, "a report counts once while it is remembered")
	c.window = append(c.window, c.failure)
	newest := slices.MaxFunc(c.window, func(a, b circuit.Failure) int { return a.At.Compare(b.At) }).At
	c.window = slices.DeleteFunc(c.window, func(f circuit.Failure) bool { return newest.Sub(f.At) >= thresholds().Window })
	atOnce := c.doing.cause != circuit.CauseUnavailable
	must((next.State == circuit.Open) == (atOnce || len(c.window) >= thresholds().Threshold),
		"five failures within the window open, fewer do not")
}

// outdated: the clock of the client is so far behind that its failure lies before the window.
func (c *client) outdated() bool {
	return slices.ContainsFunc(c.seen.Failures, func(f circuit.Failure) bool {
		return f.At.Sub(c.ownDecided()) >= thresholds().Window
	})
}

// keepBooks follows the probe that is out and the failures since the circuit closed.
func (c *client) keepBooks(prev, next circuit.Circuit) {
	switch c.doing.do {
	case doAnswered, doHandBack, doFailed:
		delete(c.out, c.name)
	case doReset, doForceOpen:
		c.operated = true
	}
	if isClosed(next) && len(next.Failures) == 0 {
		c.window = nil
	}
	switch {
	case next.State == circuit.HalfOpen:
		c.tally.probes++
	case isClosed(prev) && next.State == circuit.Open:
		c.tally.opened++
	case !isClosed(prev) && isClosed(next):
		c.tally.closed++
	}
}

// closesWithHealthyAnswers: with one message after the other, each coming again when it was told to, and a destination
// that answers, the circuit closes within a cool-down and a lease, and twice what a clock may be wrong.
func (w *world) closesWithHealthyAnswers() {
	clock := newClock()
	clock.passUntil(w.now)
	b, ctx := newBreaker(w.store, clock.Now), context.Background()
	if w.circuit.Cause == circuit.CauseForced {
		w.staysOpen(ctx, b, clock)
		w.must(b.Reset(ctx, w.channel, "ann"))
	}
	for waits := 0; w.violation == ""; waits++ {
		p := w.askIn(ctx, b)
		if p.Probe() {
			w.must(b.Answered(ctx, w.channel, me))
		}
		if p.Granted {
			break
		}
		if waits == 20 || !p.RetryAt.After(clock.Now()) {
			w.violatedf("no end of waiting")
		}
		clock.passUntil(p.RetryAt)
	}
	item, err := b.Look(ctx, w.channel)
	w.must(err)
	const lease, cooldown, jitter = 15 * time.Second, 5 * time.Minute, 30 * time.Second
	if took := clock.Now().Sub(w.now); !isClosed(item.Circuit) || took > lease+cooldown+jitter+2*w.spread {
		w.violatedf("stuck: %s after %s\n%+v", item.Circuit.State, took, item.Circuit)
	}
}

func (w *world) staysOpen(ctx context.Context, b *circuit.Breaker, clock *clock) {
	for range 3 {
		p := w.askIn(ctx, b)
		if p.Granted {
			w.violatedf("forced open means until reset")
		}
		clock.passUntil(p.RetryAt)
	}
	w.now = clock.Now()
}

func (w *world) askIn(ctx context.Context, b *circuit.Breaker) circuit.Permission {
	item, err := b.Look(ctx, w.channel)
	w.must(err)
	p, err := b.Ask(ctx, w.channel, me, item)
	w.must(err)
	return p
}

func (w *world) must(err error) {
	if err != nil {
		w.violatedf("%v", err)
	}
}
