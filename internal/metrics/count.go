package metrics

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
)

// ErrNotARecord means: what changed is no message record that can be counted.
var ErrNotARecord = errors.New("not a message record")

// Meter says what changes of a record count.
type Meter struct {
	// Deadline is settings.Deadline: a replayed record's own deadline less this is when it was replayed.
	Deadline time.Duration
}

// Count gives what a change counts: old is nil for a record that is new, next for one that was removed. Removals count
// nothing, whoever made them, and so does a record with a history that appears from nowhere, which was put back by hand.
func (m Meter) Count(old, next *message.Record) []Delta {
	var t tally
	switch {
	case next == nil:
	case old != nil:
		m.countChange(&t, *old, *next)
	case next.Version <= 1:
		t.at(*next, next.CreatedAt).Accepted++
	}
	return t
}

// countChange counts what next has and old had not. All of it happened when next was written, but for the attempts,
// which carry their own times.
func (m Meter) countChange(t *tally, old, next message.Record) {
	if replays := next.Generation - old.Generation; replays > 0 {
		t.at(next, next.UpdatedAt).Replayed += replays
		old.Deferrals = 0
	}
	if deferrals := next.Deferrals - old.Deferrals; deferrals > 0 {
		t.at(next, next.UpdatedAt).Deferrals += deferrals
	}
	for _, attempt := range newAttempts(old.Attempts, next.Attempts) {
		t.at(next, attempt.At).Attempts++
	}
	if next.Status != old.Status {
		m.countEnd(t, next)
	}
}

// countEnd counts how a record ended, where its status is a final one.
func (m Meter) countEnd(t *tally, rec message.Record) {
	if !rec.Status.Final() {
		return
	}
	c := t.at(rec, rec.UpdatedAt)
	switch {
	case rec.Status == message.StatusCompleted:
		c.Completed++
		c.Latency[observed(rec.UpdatedAt.Sub(m.accepted(rec)))]++
	case rec.Reason == message.ReasonRefused:
		c.Refused++
	case rec.Reason == message.ReasonExpired:
		c.Expired++
	default:
		c.Faulted++
	}
}

// accepted is when the wait for this delivery began: the message's acceptance, or its replay. The record does not keep
// the time of a replay, but a replay gives it a fresh deadline.
func (m Meter) accepted(rec message.Record) time.Time {
	if rec.Generation <= 1 || rec.Deadline.IsZero() {
		return rec.CreatedAt
	}
	if replayed := rec.Deadline.Add(-m.Deadline); replayed.After(rec.CreatedAt) {
		return replayed
	}
	return rec.CreatedAt
}

// newAttempts are those behind the newest one that was known. A record keeps a bounded number of attempts, so their
// count says nothing; two can have the same time, so those of the newest one's time are counted off.
func newAttempts(known, now []message.Attempt) []message.Attempt {
	if len(known) == 0 {
		return now
	}
	newest, left := known[len(known)-1].At, 0
	for _, attempt := range known {
		if attempt.At.Equal(newest) {
			left++
		}
	}
	behind := len(now) // somebody edited the list by hand: nothing says what was done
	for i, attempt := range now {
		if left > 0 && attempt.At.Equal(newest) {
			left--
			behind = i + 1
		}
	}
	return now[behind:]
}

// mostDeltas is more than any change of ours counts: an attempt and an end at both sides of an hour are three. A record
// that was edited by hand can make up more, and must not make a write that the table can never take.
const mostDeltas = 10

// Event is a change as the store counts it, with old and next as in Count; ok is false where it counts nothing.
// Errors: ErrNotARecord where the change cannot be counted, and never will be.
func (m Meter) Event(old, next *message.Record) (e Event, ok bool, err error) {
	if next == nil {
		return Event{}, false, nil
	}
	for _, rec := range []*message.Record{old, next} {
		if err := check(rec); err != nil {
			return Event{}, false, err
		}
	}
	deltas := m.Count(old, next)
	if len(deltas) == 0 {
		return Event{}, false, nil
	}
	if len(deltas) > mostDeltas {
		return Event{}, false, fmt.Errorf("%w: message %s version %d counts in %d hours at once",
			ErrNotARecord, next.ID, next.Version, len(deltas))
	}
	return Event{MessageID: next.ID, Version: next.Version, At: next.UpdatedAt, Deltas: deltas}, true, nil
}

// check reports what a record lacks without which it belongs to no series and no hour.
func check(rec *message.Record) error {
	if rec == nil {
		return nil
	}
	var lacks string
	switch {
	case rec.ID == "":
		return fmt.Errorf("%w: it has no message_id", ErrNotARecord)
	case rec.Stage == "":
		lacks = "stage"
	case rec.Type == "":
		lacks = "message_type"
	case rec.CreatedAt.IsZero():
		lacks = "created_date"
	case rec.UpdatedAt.IsZero():
		lacks = "updated_date"
	case !slices.Contains(message.Statuses(), rec.Status):
		lacks = "status of the closed set"
	default:
		return nil
	}
	return fmt.Errorf("%w: message %s has no %s", ErrNotARecord, rec.ID, lacks)
}
