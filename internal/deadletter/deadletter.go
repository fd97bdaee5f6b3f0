// Package deadletter shows what lies in the dead-letter queue, beside what the records say of it, and brings it back
// into the main queue. SQS shows no more than a sample of a queue; the records know what failed, whole.
package deadletter

import (
	"context"
	"errors"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
)

// Item is one item of the dead-letter queue, hidden from others until it is released or its time is over.
type Item struct {
	// ID is SQS's own, Handle what releases or deletes the item as it was received.
	ID, Handle string
	Body       []byte
	// Reason is what the sender wrote on the item; empty for one that SQS moved here.
	Reason string
	SentAt time.Time
	// Receives counts how often it was received, this time included.
	Receives int
}

// Letters are the dead-letter queue.
type Letters interface {
	// Visible is about how many items it holds.
	Visible(ctx context.Context) (int, error)
	// Receive takes up to most distinct items; as long as fewer than about came, it does not believe an empty answer.
	Receive(ctx context.Context, most, about int) ([]Item, error)
	// Release shows items to everybody again, Delete deletes them.
	Release(ctx context.Context, items []Item) error
	Delete(ctx context.Context, items []Item) error
	// MoveTo starts the move of the whole queue into another one, by its ARN, and gives SQS's handle of the move.
	// Errors: ErrMoving.
	MoveTo(ctx context.Context, queueARN string) (task string, err error)
}

// MainQueue is where the processor takes its tickets from.
type MainQueue interface {
	// SendTicket sends a ticket that is seen after delay.
	SendTicket(ctx context.Context, t message.Ticket, delay time.Duration) error
	ARN(ctx context.Context) (string, error)
}

// Records are the message records.
type Records interface {
	// Load reads a record consistently. Errors: message.ErrNotFound.
	Load(ctx context.Context, id string) (message.Record, error)
	// LoadMany reads records as they are now; what is gone or broken is left out.
	LoadMany(ctx context.Context, ids []string) ([]message.Record, error)
	// NewestPending lists one page of the status index, newest first.
	NewestPending(
		ctx context.Context, key string, within message.Span, position string, limit int,
	) (message.IndexPage, error)
	// Save writes what differs. Errors: message.ErrConflict, message.ErrNotFound.
	Save(ctx context.Context, prev, next message.Record) error
}

// Office is the dead-letter queue and what belongs to it.
type Office struct {
	Letters Letters
	Main    MainQueue
	Records Records
	Times   message.Times
	Now     func() time.Time
}

// Offices are the offices of all channels: their dead letters are shown together, and each goes back to its own channel.
type Offices struct {
	// Main is ntfy's office, and that of every channel without one of its own.
	Main *Office
	// Others are those of the other channels, by channel.
	Others map[string]*Office
}

// ErrNotRedrivable means: a ticket of the message would deliver nothing, as it stands.
var ErrNotRedrivable = errors.New("a redrive would not deliver the message")

// ErrMoving means: a move of the whole queue is under way already.
var ErrMoving = errors.New("the dead-letter queue is being moved already")

// mostItems is how many items a look takes.
const mostItems = 100
