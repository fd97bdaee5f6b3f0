package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/answer"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// Poster posts one event.
type Poster interface {
	Post(ctx context.Context, event Event, secrets string) delivery.Result
}

// Sender sends a message as an event.
type Sender struct {
	Poster  Poster
	Secrets delivery.Tokens
	// HTTPTimeout bounds one request.
	HTTPTimeout time.Duration
}

var _ delivery.Sender = (*Sender)(nil)

// Send posts the record. What only an operator can mend is counted: an alarm hangs on it.
func (s *Sender) Send(ctx context.Context, rec message.Record) delivery.Result {
	result := s.send(ctx, rec)
	switch result.Class {
	case delivery.Unauthorized:
		telemetry.Count(ctx, telemetry.WebhookUnauthorized, 1)
	case delivery.Misconfigured:
		telemetry.Count(ctx, telemetry.WebhookMisconfigured, 1)
	case delivery.Delivered, delivery.Unavailable, delivery.RateLimited, delivery.Rejected:
	}
	return result
}

// send posts. Where the receiver refuses the signature, or there was nothing to sign with, the secret is read again, and
// where that gives another one the event is posted once more: a new secret costs nobody a wait.
func (s *Sender) send(ctx context.Context, rec message.Record) delivery.Result {
	event, err := EventOf(rec)
	if err != nil {
		return delivery.Result{Class: delivery.Rejected, Detail: answer.Clip(err.Error(), answer.MaxDetailBytes)}
	}
	secrets, err := s.Secrets.Token(ctx)
	if err != nil {
		return delivery.Result{Class: delivery.Unavailable, Detail: "nothing sent: the webhook's secret could not be read from SSM"}
	}
	result := s.Poster.Post(ctx, event, secrets)
	unsigned := result.Class == delivery.Misconfigured && result.Status == 0
	if result.Class != delivery.Unauthorized && !unsigned {
		return result
	}
	fresh, err := s.Secrets.Refresh(ctx)
	if err != nil || fresh == secrets || !delivery.TimeFor(ctx, s.HTTPTimeout) {
		return result
	}
	return s.Poster.Post(ctx, event, fresh)
}

// body is the event as Standard Webhooks wants it: what happened, when, and the data.
type body struct {
	Type string `json:"type"`
	// Timestamp is when the message was accepted, the same each time it is posted.
	Timestamp string `json:"timestamp"`
	Data      data   `json:"data"`
}

type data struct {
	ID         string `json:"id"`
	Generation int    `json:"generation"`
	messagetype.Event
}

// EventOf makes the event that a record becomes. Errors: the payload's, and messagetype.ErrOtherChannel.
func EventOf(rec message.Record) (Event, error) {
	kind, err := messagetype.Lookup(rec.Type)
	if err != nil {
		return Event{}, err
	}
	if kind.Event == nil {
		return Event{}, messagetype.ErrOtherChannel
	}
	told, err := kind.Event([]byte(rec.Payload))
	if err != nil {
		return Event{}, err
	}
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false) // a text is told as it was given
	if err := encoder.Encode(body{
		Type: rec.Type, Timestamp: rec.CreatedAt.UTC().Format(message.TimeLayout),
		Data: data{ID: rec.ID, Generation: rec.Generation, Event: told},
	}); err != nil {
		return Event{}, err
	}
	return Event{
		ID: rec.SequenceID(), Body: bytes.TrimSuffix(written.Bytes(), []byte("\n")),
		Hidden: append([]string{told.Title, told.Message}, valuesIn(told.Data)...),
	}, nil
}

// valuesIn lists the texts and numbers in a JSON value; names of fields are no secrets.
func valuesIn(raw json.RawMessage) []string {
	var object map[string]json.RawMessage
	var list []json.RawMessage
	var text string
	switch {
	case len(raw) == 0:
		return nil
	case json.Unmarshal(raw, &object) == nil:
		list = slices.Collect(maps.Values(object))
	case json.Unmarshal(raw, &list) == nil:
	case json.Unmarshal(raw, &text) == nil:
		return []string{text}
	default:
		return []string{string(raw)}
	}
	var all []string
	for _, value := range list {
		all = append(all, valuesIn(value)...)
	}
	return all
}
