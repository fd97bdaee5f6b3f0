// Package intake takes messages in: it checks them, makes the durable record, and publishes the ticket that sets the
// pipeline going. A message whose record was written is accepted, whatever becomes of its ticket: the sweeper publishes
// what was left behind.
package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// Records are the message records that the intake writes.
type Records interface {
	// Create writes a new record. Errors: message.ErrExists.
	Create(ctx context.Context, rec message.Record) error
	// Load reads a record consistently. Errors: message.ErrNotFound.
	Load(ctx context.Context, id string) (message.Record, error)
	// Save writes what differs. Errors: message.ErrConflict, message.ErrNotFound.
	Save(ctx context.Context, prev, next message.Record) error
}

// Publisher publishes tickets to everybody who delivers.
type Publisher interface {
	Publish(ctx context.Context, rec message.Record, t message.Ticket) error
}

// Intake accepts and replays messages.
type Intake struct {
	Records   Records
	Publisher Publisher
	Times     message.Times
	Stage     string
	// Channels are those that the stage has; nil is ntfy alone.
	Channels []string
	Now      func() time.Time
}

// Request is a message to accept.
type Request struct {
	// ID is the message's UUID; empty makes a new one. The same id twice is the same message.
	ID string
	// Type names a registered message type; Payload is its JSON object.
	Type    string
	Payload string
	// CreatedBy names the schedule, user or program.
	CreatedBy string
	// BodyHash is the hash of what was asked, where a repeat with the same ID must be told from another request; empty
	// where the same ID always means the same.
	BodyHash string
}

// ErrInvalid is what the errors of a request that can never be accepted wrap.
var ErrInvalid = errors.New("invalid message")

// ErrOtherBody means: the id is taken by a request that asked for something else.
var ErrOtherBody = errors.New("the id belongs to a request with another body")

// Accept makes the record and publishes its ticket. Accepting the same id again gives the record that is there, and
// publishes its first ticket again where nobody has taken it yet. Errors: ErrInvalid, ErrOtherBody.
func (i *Intake) Accept(ctx context.Context, r Request) (message.Record, error) {
	rec, err := i.record(r)
	if err != nil {
		return message.Record{}, err
	}
	err = i.Records.Create(ctx, rec)
	if errors.Is(err, message.ErrExists) {
		return i.acceptAgain(ctx, rec)
	}
	if err != nil {
		return message.Record{}, fmt.Errorf("write message %s: %w", rec.ID, err)
	}
	i.publish(ctx, rec, message.EventCreated)
	return rec, nil
}

func (i *Intake) record(r Request) (message.Record, error) {
	kind, err := messagetype.Lookup(r.Type)
	if err != nil {
		return message.Record{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if !i.has(kind.Channel) {
		return message.Record{}, fmt.Errorf("%w: message_type %q takes the channel %s, which this stage does not have", ErrInvalid, r.Type, kind.Channel)
	}
	if err := kind.Check([]byte(r.Payload)); err != nil {
		return message.Record{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if r.CreatedBy == "" {
		return message.Record{}, fmt.Errorf(`%w: field "created_by" is empty`, ErrInvalid)
	}
	id, err := i.id(r)
	if err != nil {
		return message.Record{}, err
	}
	rec := message.New(id, kind.Name, kind.Channel, i.Stage, r.CreatedBy, r.Payload, i.Now(), i.Times)
	rec.BodyHash = r.BodyHash
	return rec, nil
}

// has reports whether the stage has a channel: a ticket for another would be published to nobody.
func (i *Intake) has(channel string) bool {
	if i.Channels == nil {
		return channel == contract.ChannelNtfy
	}
	return slices.Contains(i.Channels, channel)
}

func (i *Intake) id(r Request) (string, error) {
	if r.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return "", fmt.Errorf("make a message id: %w", err)
		}
		return id.String(), nil
	}
	id, err := uuid.Parse(r.ID)
	if err != nil {
		return "", fmt.Errorf(`%w: field "id" is not a UUID`, ErrInvalid)
	}
	return id.String(), nil
}

func (i *Intake) acceptAgain(ctx context.Context, asked message.Record) (message.Record, error) {
	rec, err := i.Records.Load(ctx, asked.ID)
	if err != nil {
		return message.Record{}, fmt.Errorf("read message %s: %w", asked.ID, err)
	}
	if rec.BodyHash != asked.BodyHash {
		return message.Record{}, fmt.Errorf("accept message %s: %w", asked.ID, ErrOtherBody)
	}
	if rec.Status == message.StatusCreated {
		i.publish(ctx, rec, message.EventCreated)
	}
	return rec, nil
}

// Replay makes a final message new and publishes it; a deferred one becomes due now. seen is the generation that the
// caller saw, 0 for whatever it is; by is who wants it, noted on the record. Errors: message.ErrNotFound,
// message.ErrNotAllowed, message.ErrConflict.
func (i *Intake) Replay(ctx context.Context, id string, seen int, by string) (message.Record, error) {
	rec, err := i.Records.Load(ctx, id)
	if err != nil {
		return message.Record{}, fmt.Errorf("read message %s: %w", id, err)
	}
	if seen == 0 {
		seen = rec.Generation
	}
	next, err := rec.Replay(seen, by, i.Now(), i.Times)
	if err != nil {
		return rec, fmt.Errorf("replay: %w", err)
	}
	if err := i.Records.Save(ctx, rec, next); err != nil {
		return rec, fmt.Errorf("write message %s: %w", id, err)
	}
	i.publish(ctx, next, message.EventReplayed)
	return next, nil
}

// publish does not fail the request: the record is durable, and the sweeper publishes what was not.
func (i *Intake) publish(ctx context.Context, rec message.Record, why message.EventType) {
	if err := i.Publisher.Publish(ctx, rec, rec.Ticket(why, i.Now())); err != nil {
		telemetry.Log(ctx).Warn("ticket not published; the sweeper will", zap.String("message_id", rec.ID), zap.Error(err))
	}
}
