package circuit

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxHistory is how many changes an item keeps, the newest ones. With maxBy it holds them below 2 KB, and the whole item
// below the 4 KB that one read unit covers: healthy traffic reads it with each message.
const MaxHistory = 20

// maxBy bounds who made a change, in bytes: an execution's name begins with q- and the message's id.
const maxBy = 40

// Reason says why a circuit changed: the cause for which it is open, or one of the two for which it closed.
type Reason string

// The reasons for which a circuit closes.
const (
	// ReasonAnswered: the destination answered the probe.
	ReasonAnswered Reason = "answered"
	// ReasonReset: an operator closed it.
	ReasonReset Reason = "reset"
)

// Change is one time that a circuit opened or closed, or stayed open for another cause. Probes that failed are no changes
// of their own, for a long outage would leave nothing else: the next change counts them.
type Change struct {
	At       time.Time
	From, To State
	Reason   Reason
	// FailedProbes is how many probes failed while it was open, up to now.
	FailedProbes int
	// By is the execution's name, or the operator, cut to maxBy bytes.
	By string
}

// changed adds to the history what makes a circuit the next one, if that is a change.
func (c Circuit) changed(next Circuit, act, by string, now time.Time) []Change {
	if c.shut() == next.shut() && (!c.shut() || c.Cause == next.Cause) {
		return c.History
	}
	change := Change{
		At: now, From: cmp.Or(c.State, Closed), To: next.State, Reason: Reason(next.Cause), FailedProbes: max(c.Trips, next.Trips), By: shortBy(by),
	}
	switch {
	case next.shut():
	case act == actReset:
		change.Reason = ReasonReset
	default:
		change.Reason = ReasonAnswered
	}
	kept := append(slices.Clip(c.History), change)
	return kept[max(0, len(kept)-MaxHistory):]
}

// shortBy leaves of an execution's ARN its name, which tells the message.
func shortBy(by string) string {
	const nameAt, parts = 7, 9 // arn:aws:states:region:account:express:machine:name:id
	if fields := strings.SplitN(by, ":", parts); len(fields) > nameAt && fields[0] == "arn" {
		by = fields[nameAt]
	}
	for len(by) > maxBy {
		_, last := utf8.DecodeLastRuneInString(by)
		by = by[:len(by)-last]
	}
	return by
}
