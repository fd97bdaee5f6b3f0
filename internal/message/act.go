package message

import (
	"fmt"
	"slices"
	"time"
)

// Act is something that a person or program did to a message after it was accepted.
type Act struct {
	// At is when, UTC, whole milliseconds; By is who.
	At   time.Time
	By   string
	What ActKind
	// Generation is the one that followed from it.
	Generation int
}

// ActKind says what was done.
type ActKind string

// The kinds of acts.
const (
	// ActReplayed: a final message became new.
	ActReplayed ActKind = "replayed"
	// ActMadeDue: a deferred message became due at once.
	ActMadeDue ActKind = "made_due"
	// ActRedriven: a ticket that had ended in the DLQ was put into the main queue again.
	ActRedriven ActKind = "redriven"
)

// ActKinds lists the closed set.
func ActKinds() []ActKind { return []ActKind{ActReplayed, ActMadeDue, ActRedriven} }

// MaxActs is how many acts a record keeps: the newest.
const MaxActs = 20

// acted copies the acts before it adds one: the record that was read may share its own with others.
func (r Record) acted(what ActKind, by string, generation int, now time.Time) Record {
	acts := append(slices.Clip(r.Acts), Act{At: Moment(now), By: by, What: what, Generation: generation})
	r.Acts = acts[max(0, len(acts)-MaxActs):]
	return r
}

// Replay makes a final message new, on condition that its generation is still the one that the caller saw; a deferred
// one becomes due now. by is noted as the one who wants it. Errors: ErrNotAllowed for one that is created or processing,
// or of another generation.
func (r Record) Replay(seen int, by string, now time.Time, times Times) (Record, error) {
	if r.Generation != seen {
		return r, fmt.Errorf("message %s has generation %d, not %d: %w", r.ID, r.Generation, seen, ErrNotAllowed)
	}
	switch r.Status {
	case StatusFailed, StatusCompleted:
		r = r.nextGeneration(now, times)
		r.Status = StatusCreated
		return r.acted(ActReplayed, by, r.Generation, now).written(now), nil
	case StatusDeferred:
		r.NextAttemptAt, r.SlotAt, r.NextSweepAt = Moment(now), time.Time{}, time.Time{}
		return r.acted(ActMadeDue, by, r.Generation, now).written(now), nil
	case StatusCreated, StatusProcessing:
	}
	return r, fmt.Errorf("replay message %s, which is %s: %w", r.ID, r.Status, ErrNotAllowed)
}

// Redrivable reports whether a ticket, put into the main queue again, would deliver the message.
func (r Record) Redrivable(t Ticket, now time.Time, times Times) bool {
	if r.LeaseLive(now) {
		return false
	}
	next, admitted := r.admitFromQueue(t, now, times)
	return admitted && !next.Overdue(now)
}

// Redrive notes that the message's ticket goes into the main queue again, and gives that ticket: the record's own as it
// stands, for an expired message one that replays it. Nothing else of the record changes: what becomes of the message is
// decided when the ticket arrives. Errors: ErrNotAllowed where the ticket would deliver nothing.
func (r Record) Redrive(by string, now time.Time, times Times) (Record, Ticket, error) {
	ticket, generation := r.Ticket(EventRedriven, now), r.Generation
	if r.Status == StatusFailed && r.Reason == ReasonExpired {
		ticket.Replay = true
		generation++
	}
	if !r.Redrivable(ticket, now, times) {
		return r, Ticket{}, fmt.Errorf("redrive message %s, which is %s: %w", r.ID, r.Status, ErrNotAllowed)
	}
	return r.acted(ActRedriven, by, generation, now).noted(), ticket, nil
}
