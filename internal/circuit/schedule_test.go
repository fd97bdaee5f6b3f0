package circuit_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/circuit"
)

// Whatever schedule up to fifty executions, crashes, lost answers, clocks that differ and operators make: every write
// and every permission keeps the invariants, and afterwards healthy answers close the circuit.
func TestSchedules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t, now: at(), answer: healthy, probing: map[string]time.Time{}}
		defer w.crashAll()
		if rapid.Bool().Draw(t, "found open") {
			w.circuit = stands()[due]
		}
		for range rapid.IntRange(20, 400).Draw(t, "steps") {
			w.step()
			if w.violation != "" {
				t.Fatal(w.violation)
			}
		}
		w.crashAll()
		w.closesWithHealthyAnswers()
	})
}

// step is one thing that happens.
func (w *world) step() {
	happens := []string{"time passes", "destination"}
	if len(w.clients) < 50 {
		happens = append(happens, "message", "message", "message")
	}
	for range min(len(w.clients), 12) {
		happens = append(happens, "goes on", "goes on")
	}
	if len(w.clients) > 0 {
		happens = append(happens, "crash")
	}
	what := rapid.SampledFrom(happens).Draw(w.t, "what")
	switch what {
	case "time passes":
		w.pass()
	case "destination":
		w.answer = rapid.SampledFrom([]string{
			healthy, refusing, unavailable, unavailable, unavailable, unavailable, unauthorized, misconfig, gone,
		}).Draw(w.t, "answer")
		if rapid.IntRange(1, 20).Draw(w.t, "operator") == 1 {
			w.start(operate)
		}
	case "message":
		w.start(execute)
	case "goes on":
		w.goOn(w.someone())
	case "crash":
		w.crash(w.someone())
	}
}

// pass lets some time go by, or all of it until the next probe may be made, also where the one before has died.
func (w *world) pass() {
	span := rapid.SampledFrom([]time.Duration{
		0, 0, 0, 100 * time.Millisecond, 5 * time.Second, 40 * time.Second, 10 * time.Minute,
	}).Draw(w.t, "at most")
	if span == 0 {
		w.now = later(w.now, later(w.circuit.RetryAt, w.circuit.ProbeUntil.Add(5*time.Minute)))
		return
	}
	w.now = w.now.Add(time.Duration(rapid.Int64Range(0, int64(span)).Draw(w.t, "time")))
}

func (w *world) someone() int { return rapid.IntRange(0, len(w.clients)-1).Draw(w.t, "client") }

// operate is an operator who forces the circuit open, or resets it.
func operate(c *client, b *circuit.Breaker) {
	c.doing = rapid.SampledFrom([]string{"force open", "reset", "reset"}).Draw(c.t, "word")
	if c.doing == "reset" {
		c.must(b.Reset(context.Background(), channel, c.name))
		return
	}
	c.must(b.ForceOpen(context.Background(), channel, c.name))
}

// checkPermission: only a closed circuit, or the one probe, lets anything through.
func (c *client) checkPermission(p circuit.Permission) {
	if !p.Probe() {
		if !isClosed(c.seen) {
			c.violatedf("%s may send on a circuit that it found %s", c.name, c.seen.State)
		}
		return
	}
	for name, until := range c.probing {
		if name != c.name && c.now.Before(until) {
			c.violatedf("%s and %s probe at the same time", c.name, name)
		}
	}
	c.probing[c.name] = p.ProbeUntil.Add(-c.skew)
}

// checkWrite holds each write against what may never happen.
func (c *client) checkWrite(prev, next circuit.Circuit) {
	must := func(holds bool, what string) {
		if !holds {
			c.violatedf("%s, %s: %s\nto %+v", c.name, c.doing, what, next)
		}
	}
	must(len(next.Failures) <= thresholds().Threshold, "no more failures are kept than open the circuit")
	if prev.Cause == circuit.CauseForced {
		must(c.doing == "reset", "forced open means until reset")
	}
	switch {
	case c.doing == "reset":
		must(next.State == circuit.Closed && len(next.Failures) == 0, "reset closes")
	case c.doing == "force open":
		must(next.State == circuit.Open && next.Cause == circuit.CauseForced, "force opens")
	case c.doing == "ask":
		must(!isClosed(prev) && next.State == circuit.HalfOpen && next.ProbeOwner == c.name, "asking writes nothing but a won probe")
		must(c.probe.owner == "" || !c.now.Before(c.probe.until), "at most one probe is out, but "+c.probe.owner+"'s is")
	case c.doing == "answered":
		must(prev.State == circuit.HalfOpen && prev.ProbeOwner == c.name && next.State == circuit.Closed, "the probe's answer closes")
	case c.doing == "hand back":
		must(prev.State == circuit.HalfOpen && prev.ProbeOwner == c.name && next.State == circuit.Open, "its owner hands a probe back")
	case isClosed(prev):
		c.checkFailure(must, next)
	default:
		must(prev.State == circuit.HalfOpen && prev.ProbeOwner == c.name && next.State == circuit.Open &&
			next.Trips == prev.Trips+1, "only the probe's failure is of interest to a circuit that is not closed")
	}
	if next.State == circuit.Open && next.Cause != circuit.CauseForced {
		wait := next.RetryAt.Sub(c.decided.Add(c.skew))
		must(wait <= 5*time.Minute+30*time.Second, "the next probe is never far away")
		must(c.doing == "hand back" || wait >= 30*time.Second, "nor at once")
	}
	c.keepBooks(next)
}

// checkFailure counts the failures within the window in its own way: the circuit opens with the fifth, no sooner or later.
func (c *client) checkFailure(must func(bool, string), next circuit.Circuit) {
	c.told = true
	c.failure.At = c.decided.Add(c.skew)
	told := slices.ContainsFunc(c.window, func(f circuit.Failure) bool { return f.ID == c.failure.ID })
	must(!told, "a report counts once while it is remembered")
	c.window = append(c.window, c.failure)
	newest := slices.MaxFunc(c.window, func(a, b circuit.Failure) int { return a.At.Compare(b.At) }).At
	c.window = slices.DeleteFunc(c.window, func(f circuit.Failure) bool { return newest.Sub(f.At) >= thresholds().Window })
	atOnce := !strings.HasSuffix(c.doing, string(circuit.CauseUnavailable))
	must((next.State == circuit.Open) == (atOnce || len(c.window) >= thresholds().Threshold),
		"five failures within the window open, fewer do not")
}

// keepBooks follows the probe that is out and the failures since the circuit closed.
func (c *client) keepBooks(next circuit.Circuit) {
	if next.State == circuit.HalfOpen {
		c.probe.owner, c.probe.until = c.name, c.decided.Add(thresholds().ProbeLease)
		return
	}
	if c.probe.owner != "" && next.Cause != circuit.CauseForced && c.doing != "reset" {
		delete(c.probing, c.probe.owner)
		c.probe.owner = ""
	}
	if isClosed(next) && len(next.Failures) == 0 {
		c.window = nil
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// closesWithHealthyAnswers: with one message after the other, each coming again when it was told to, and a destination
// that answers, the circuit closes within a cool-down and a lease.
func (w *world) closesWithHealthyAnswers() {
	store, clock := &table{item: circuit.Item{Circuit: w.circuit}}, newClock()
	clock.passUntil(w.now)
	b := newBreaker(store, clock.Now)
	ctx := context.Background()
	if w.circuit.Cause == circuit.CauseForced {
		w.staysOpen(b, clock)
		require.NoError(w.t, b.Reset(ctx, channel, "ann"))
	}
	for waits := 0; ; waits++ {
		item, err := b.Look(ctx, channel)
		require.NoError(w.t, err)
		p, err := b.Ask(ctx, channel, me, item)
		require.NoError(w.t, err)
		if p.Probe() {
			require.NoError(w.t, b.Answered(ctx, channel, me))
		}
		if p.Granted {
			break
		}
		require.Less(w.t, waits, 3, "no end of waiting: %+v", store.item.Circuit)
		require.True(w.t, p.RetryAt.After(clock.Now()))
		clock.passUntil(p.RetryAt)
	}
	require.True(w.t, isClosed(store.item.Circuit))
	const lease, cooldown, jitter, skew = 15 * time.Second, 5 * time.Minute, 30 * time.Second, 2 * time.Second
	require.LessOrEqual(w.t, clock.Now().Sub(w.now), lease+cooldown+jitter+skew)
}

func (w *world) staysOpen(b *circuit.Breaker, clock *clock) {
	for range 3 {
		item, err := b.Look(context.Background(), channel)
		require.NoError(w.t, err)
		p, err := b.Ask(context.Background(), channel, me, item)
		require.NoError(w.t, err)
		require.False(w.t, p.Granted, "forced open means until reset")
		clock.passUntil(p.RetryAt)
	}
	w.now = clock.Now()
}
