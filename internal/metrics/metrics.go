// Package metrics counts what becomes of messages: hourly counters for each stage and message type, kept from the
// changes of the messages table, so that reading them costs the same however many messages there are.
//
// What a change counts is a pure function of the record before and after it, and every count belongs to the hour in
// which its event happened, so that changes which come late, or in other batches, give the same counters. A change is
// counted once however often it comes: a mark of it is written together with the counters.
//
// The package knows no DynamoDB. Reconciler recomputes counters from the records; Meter.Prove says what those cannot tell
// any more.
package metrics

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"
)

// How long the table keeps its items.
const (
	// MarkTTL is how long it is remembered which changes were counted. A stream keeps a change for 24 h, so
	// none can come again after that.
	MarkTTL = 48 * time.Hour
	// CounterTTL is how long the counters of an hour are kept: as long as records are, and so as long as they can be
	// recomputed.
	CounterTTL = 90 * 24 * time.Hour
)

// Series names the counters that belong together: "<stage>#<message type>", or "<stage>#circuit:<channel>".
type Series string

const (
	separator     = "#"
	circuitPrefix = "circuit:"
)

// MessageSeries is the series of a stage's messages of one type.
func MessageSeries(stage, messageType string) Series { return Series(stage + separator + messageType) }

// CircuitSeries is the series of a channel's circuit.
func CircuitSeries(stage, channel string) Series {
	return Series(stage + separator + circuitPrefix + channel)
}

// HourOf is when the hour of t began, in UTC.
func HourOf(t time.Time) time.Time { return t.UTC().Truncate(time.Hour) }

// Delta is what is to be added to the counters of a series and hour.
type Delta struct {
	Series Series
	// Hour is when the hour began, in UTC.
	Hour     time.Time
	Counters Counters
}

// Event is one change of a message that counts for something. Deltas is never empty.
type Event struct {
	MessageID string
	Version   int
	// At is when the record was changed, as the record itself says: whoever brings the change, and whenever, brings the same.
	At     time.Time
	Deltas []Delta
}

// Mark tells an event that was counted from all others: as much of a hash as it takes for no two ever to be the same.
type Mark [12]byte

// Mark is the event's own.
func (e Event) Mark() Mark {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%d", e.MessageID, e.Version, e.At.UnixMilli()))
	return Mark(sum[:len(Mark{})])
}

// pageSpan is how much time a page of marks covers: about two batches of a stage that delivers ten messages a second.
const pageSpan = 10 * time.Second

// Page is when the span of time began whose marks are kept together with the event's.
func (e Event) Page() time.Time { return e.At.UTC().Truncate(pageSpan) }

// Store keeps the counters.
type Store interface {
	// Add adds the events' deltas, each event once for all time, by its mark. It gives the events that were added now; where
	// it fails, some may have been.
	Add(ctx context.Context, events []Event) (added []Event, err error)
	// AddDelta adds a delta that has no message behind it.
	AddDelta(ctx context.Context, d Delta) error
	// Hours reads a series from an hour on, to and including another one. Hours in which nothing happened are absent.
	Hours(ctx context.Context, series Series, first, last time.Time) (map[time.Time]Counters, error)
	// Correct replaces counters on condition that they are still as they were seen, else ErrConflict.
	Correct(ctx context.Context, series Series, hour time.Time, seen, want Counters) error
}
