package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Ticket is what travels through SNS and SQS: which message, and which of its turns. The record holds everything else.
type Ticket struct {
	MessageID string `json:"message_id"`
	// Generation and Deferral must be the record's, else the ticket is stale. A person who starts an execution by hand
	// may leave both out (0).
	Generation int `json:"generation"`
	Deferral   int `json:"deferral"`
	// Replay asks to deliver again what is final: an expired message out of the DLQ, or by hand a completed one.
	Replay bool `json:"replay,omitempty"`
	// NotBefore is when the ticket is due; until then it goes round with a delay. Nil means now.
	NotBefore *time.Time `json:"not_before,omitempty"`
	// EventType says why the ticket was made.
	EventType EventType `json:"event_type"`
	// Timestamp is when it was made.
	Timestamp time.Time `json:"timestamp"`
}

// EventType says why a ticket was made.
type EventType string

// The reasons for a ticket.
const (
	EventCreated  EventType = "message.created"
	EventDeferred EventType = "message.deferred"
	EventReplayed EventType = "message.replayed"
	EventSwept    EventType = "message.swept"
	EventExpired  EventType = "message.expired"
	EventRedriven EventType = "message.redriven"
)

// Ticket is the record's valid ticket as it stands.
func (r Record) Ticket(why EventType, now time.Time) Ticket {
	t := Ticket{
		MessageID: r.ID, Generation: r.Generation, Deferral: r.Deferrals, EventType: why, Timestamp: Moment(now),
	}
	if r.Status == StatusDeferred && !r.NextAttemptAt.IsZero() {
		due := r.NextAttemptAt
		t.NotBefore = &due
	}
	return t
}

// ExpiredTicket is the ticket that an expired message leaves in the DLQ: redriven, it delivers the message as new.
func (r Record) ExpiredTicket(now time.Time) Ticket {
	t := r.Ticket(EventExpired, now)
	t.Replay = true
	return t
}

// Wait is how long the ticket is not due yet; 0 where it is due.
func (t Ticket) Wait(now time.Time) time.Duration {
	if t.NotBefore == nil {
		return 0
	}
	return max(0, t.NotBefore.Sub(now))
}

// ExecutionName is the name of the execution that the processor starts for the ticket's receive-th receive. Any other
// name means that a person started the execution.
func (t Ticket) ExecutionName(receive int) string {
	return fmt.Sprintf("%s%d", t.executionPrefix(), receive)
}

// FromQueue reports whether an execution of this name was started by the processor for this ticket.
func (t Ticket) FromQueue(name string) bool {
	receive, err := strconv.Atoi(strings.TrimPrefix(name, t.executionPrefix()))
	return err == nil && receive > 0 && name == t.ExecutionName(receive)
}

func (t Ticket) executionPrefix() string {
	return fmt.Sprintf("q-%s-%d-%d-", t.MessageID, t.Generation, t.Deferral)
}

func sequenceID(id string, generation int) string { return id + "-" + strconv.Itoa(generation) }

// ErrTicket is what every error of ParseTicket wraps.
var ErrTicket = errors.New("unreadable ticket")

// ParseTicket reads a queue item's body. It is strict, since only our own code writes tickets: an unknown field, a
// wrong type or a number out of range is an error that names the part and never quotes the body, which may hold
// anything; each wraps ErrTicket.
func ParseTicket(body []byte) (Ticket, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil {
		return Ticket{}, fmt.Errorf("%w: %d bytes that are not one JSON object", ErrTicket, len(body))
	}
	if _, enveloped := object["TopicArn"]; enveloped {
		return Ticket{}, fmt.Errorf("%w: it is an SNS envelope; the subscription must use raw message delivery", ErrTicket)
	}
	var t Ticket
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if err := readField(&t, name, object[name]); err != nil {
			return Ticket{}, fmt.Errorf("%w: %w", ErrTicket, err)
		}
	}
	if err := t.check(); err != nil {
		return Ticket{}, fmt.Errorf("%w: %w", ErrTicket, err)
	}
	return t, nil
}

// readField takes in one field. The JSON package's own errors stay out: they quote what they could not read.
func readField(t *Ticket, name string, value json.RawMessage) error {
	field, known := fieldsOf(t)[name]
	if !known {
		return fmt.Errorf("unknown field %.40q", name)
	}
	if json.Unmarshal(value, field.into) != nil {
		return fmt.Errorf("field %q is not %s", name, field.want)
	}
	return nil
}

// ticketField is where a field of the body goes, and what it has to be.
type ticketField struct {
	into any
	want string
}

func fieldsOf(t *Ticket) map[string]ticketField {
	return map[string]ticketField{
		"message_id": {&t.MessageID, "a text"},
		"generation": {&t.Generation, "a whole number"},
		"deferral":   {&t.Deferral, "a whole number"},
		"replay":     {&t.Replay, "true or false"},
		"not_before": {&t.NotBefore, "a time in RFC 3339"},
		"event_type": {&t.EventType, "a text"},
		"timestamp":  {&t.Timestamp, "a time in RFC 3339"},
	}
}

func (t Ticket) check() error {
	if id, err := uuid.Parse(t.MessageID); err != nil || id.String() != t.MessageID {
		return errors.New(`field "message_id" is not a UUID in lower case`)
	}
	if t.Generation < 1 {
		return fmt.Errorf(`field "generation" is %d, want 1 or more`, t.Generation)
	}
	if t.Deferral < 0 {
		return fmt.Errorf(`field "deferral" is %d, want 0 or more`, t.Deferral)
	}
	return nil
}
