// Package circuit keeps a sick destination from being hammered. It holds, for each channel, a circuit breaker (closed,
// open, half-open) and the slots in which messages wait while the destination limits the rate.
//
// The breaker is shared by every execution of every Lambda through one item of a table. Its transitions are pure
// functions on that item; each is written on condition that the item's version is still the one that was read, so that
// fifty Lambdas at once agree: one of them wins, the others read again and decide again. Healthy traffic reads the item
// once per message and never writes it.
//
// What it does not do: it does not count successes, and it knows nothing of single messages. A request that was in
// flight when the circuit opened is not called back.
package circuit

import (
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
)

// State is where a breaker stands.
type State string

// The states. A channel without an item is closed.
const (
	Closed   State = "closed"
	Open     State = "open"
	HalfOpen State = "half_open"
)

// Cause says why a circuit is open.
type Cause string

// The causes.
const (
	// CauseUnavailable: the destination does not answer, or answers with a fault of its own.
	CauseUnavailable Cause = "unavailable"
	// CauseUnauthorized: it refuses our token; only an operator can mend that.
	CauseUnauthorized Cause = "unauthorized"
	// CauseMisconfigured: what answers is not ntfy, or not our topic; only an operator can mend that.
	CauseMisconfigured Cause = "misconfigured"
	// CauseForced: an operator opened the circuit; it never half-opens by itself.
	CauseForced Cause = "forced"
)

// Failure is one failed request, as the sliding window remembers it.
type Failure struct {
	At time.Time
	// ID tells a repeated report from a second failure.
	ID string
}

// Circuit is a channel's breaker as the table keeps it. The zero value is a closed circuit.
type Circuit struct {
	State State
	Cause Cause
	// Failures are the newest failures, at most the threshold, while the circuit is closed.
	Failures []Failure
	// OpenedAt is when the circuit last left closed.
	OpenedAt time.Time
	// RetryAt is when the next probe may be made.
	RetryAt time.Time
	// Trips counts the probes that failed since the circuit left closed; the cool-down doubles with each.
	Trips int
	// ProbeOwner is the execution that holds the probe, until ProbeUntil.
	ProbeOwner string
	ProbeUntil time.Time
	// History are the newest changes, at most MaxHistory, oldest first.
	History []Change
	// ChangedBy names who wrote this version: an execution, or an operator.
	ChangedBy string
	// WriteID tells a writer whose answer was lost that this version is its own.
	WriteID string
	// Version goes one up at each write: the condition of the next one.
	Version int
}

// Permission is the breaker's answer to one who wants to send.
type Permission struct {
	// Granted: send now. ProbeUntil is set where it is the probe: the request must have ended by then.
	Granted    bool
	ProbeUntil time.Time
	// Otherwise: the cause, when to come again, and the cool-down that applies, for the jitter of those who wait.
	Cause    Cause
	RetryAt  time.Time
	Cooldown time.Duration
}

// Probe reports whether the permission is the half-open circuit's single probe.
func (p Permission) Probe() bool { return p.Granted && !p.ProbeUntil.IsZero() }

// Ask decides whether owner may send now, and gives the circuit to write where that changes it: only the winner of a
// probe writes.
func (c Circuit) Ask(owner string, now time.Time, th settings.Breaker) (Circuit, Permission) {
	if c.State == HalfOpen && c.ProbeOwner == owner && now.Before(c.ProbeUntil) {
		return c, Permission{Granted: true, ProbeUntil: c.ProbeUntil} // won before, by a call whose answer was lost
	}
	settled := c.settle(now, th)
	switch settled.State {
	case Open:
		if settled.Cause == CauseForced || now.Before(settled.RetryAt) {
			return c, settled.wait(now, th)
		}
		next := settled
		next.State, next.ProbeOwner, next.ProbeUntil = HalfOpen, owner, now.Add(th.ProbeLease)
		return next, Permission{Granted: true, ProbeUntil: next.ProbeUntil}
	case HalfOpen:
		return c, settled.wait(now, th)
	case Closed:
	}
	return c, Permission{Granted: true}
}

// Peek is Ask for one who may not win the probe.
func (c Circuit) Peek(owner string, now time.Time, th settings.Breaker) Permission {
	next, p := c.Ask(owner, now, th)
	if p.Probe() && !next.ProbeUntil.Equal(c.ProbeUntil) { // not the probe that owner holds, but a new one
		return next.wait(now, th)
	}
	return p
}

// settle lets a probe whose lease has ended count as failed.
func (c Circuit) settle(now time.Time, th settings.Breaker) Circuit {
	if c.State != HalfOpen || now.Before(c.ProbeUntil) {
		return c
	}
	return c.trip(c.Cause, c.ProbeUntil, 1, th)
}

func (c Circuit) wait(now time.Time, th settings.Breaker) Permission {
	cooldown := c.cooldown(th)
	p := Permission{Cause: c.Cause, RetryAt: c.RetryAt, Cooldown: cooldown}
	if c.State == HalfOpen || c.Cause == CauseForced {
		p.RetryAt = now.Add(cooldown)
	}
	return p
}

// cooldown is the wait before the next probe: doubling with failed probes, or one fixed wait where an operator must act.
func (c Circuit) cooldown(th settings.Breaker) time.Duration {
	switch c.Cause {
	case CauseUnauthorized, CauseMisconfigured, CauseForced:
		return th.OperatorCooldown
	case CauseUnavailable:
	}
	return message.Doubled(th.Cooldown, th.MaxCooldown, c.Trips)
}

// Failed notes a request that got no answer of ntfy's. id tells a repeated report from a second failure; jitter in
// [0, 1) spreads the probes of many channels by up to a tenth of the cool-down.
func (c Circuit) Failed(owner, id string, cause Cause, now time.Time, jitter float64, th settings.Breaker) Circuit {
	switch c.State {
	case Open: // in flight when it opened: it knows already
		return c
	case HalfOpen:
		if c.ProbeOwner != owner {
			return c
		}
		return c.trip(cause, now, 1, th).spread(jitter, th)
	case Closed:
	}
	if slices.ContainsFunc(c.Failures, func(f Failure) bool { return f.ID == id }) {
		return c
	}
	next := c
	next.Failures = c.remember(Failure{At: now, ID: id}, th)
	if cause == CauseUnavailable && len(next.Failures) < th.Threshold {
		next.State = Closed
		return next
	}
	next.OpenedAt = now
	return next.trip(cause, now, 0, th).spread(jitter, th)
}

// remember keeps the failures that lie within the window that ends with the newest one. Clocks differ by a little
// between Lambdas, so the newest is not always the last reported.
func (c Circuit) remember(f Failure, th settings.Breaker) []Failure {
	kept := append(slices.Clip(c.Failures), f)
	slices.SortStableFunc(kept, func(a, b Failure) int { return a.At.Compare(b.At) })
	newest := kept[len(kept)-1].At
	kept = slices.DeleteFunc(kept, func(old Failure) bool { return newest.Sub(old.At) >= th.Window })
	return kept[max(0, len(kept)-th.Threshold):]
}

func (c Circuit) trip(cause Cause, since time.Time, more int, th settings.Breaker) Circuit {
	c.State, c.Cause = Open, cause
	c.Trips += more
	c.ProbeOwner, c.ProbeUntil = "", time.Time{}
	c.RetryAt = since.Add(c.cooldown(th))
	return c
}

func (c Circuit) spread(jitter float64, th settings.Breaker) Circuit {
	const share = 0.1
	c.RetryAt = c.RetryAt.Add(time.Duration(jitter * share * float64(c.cooldown(th))))
	return c
}

// Answered notes that ntfy answered, whatever it said: the probe's owner closes the circuit, anybody else changes
// nothing. It holds for a late answer too, as long as nobody else has taken the probe.
func (c Circuit) Answered(owner string) Circuit {
	if c.State != HalfOpen || c.ProbeOwner != owner {
		return c
	}
	return Circuit{State: Closed, Version: c.Version}
}

// HandBack returns a probe that was never made: the next one may have it at once.
func (c Circuit) HandBack(owner string, now time.Time) Circuit {
	if c.State != HalfOpen || c.ProbeOwner != owner {
		return c
	}
	c.State, c.RetryAt = Open, now
	c.ProbeOwner, c.ProbeUntil = "", time.Time{}
	return c
}

// ForceOpen opens the circuit until Reset, whatever the destination says.
func (c Circuit) ForceOpen(now time.Time) Circuit {
	if c.State == Open && c.Cause == CauseForced {
		return c
	}
	return Circuit{State: Open, Cause: CauseForced, OpenedAt: now, RetryAt: now, Version: c.Version}
}

// Reset closes the circuit and forgets its failures.
func (c Circuit) Reset() Circuit { return Circuit{State: Closed, Version: c.Version} }
