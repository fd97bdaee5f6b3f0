package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/ntfy"
)

const (
	// MaxName is the longest name of an entry, in characters.
	MaxName = 128
	// MaxPayload is the largest payload of an entry, in bytes.
	MaxPayload = 4 << 10
)

// Entry is a schedule with everything that is known of it.
type Entry struct {
	// ID is its UUID.
	ID string
	// Name is what people call it.
	Name string
	// Expression and Timezone are what Parse reads.
	Expression, Timezone string
	// Type names the message type and Payload is its JSON object: the message that it makes each time.
	Type, Payload string
	// Paused schedules rest: they do not fire.
	Paused bool
	// CreatedBy made it and ChangedBy, which may be empty, changed it last.
	CreatedBy, ChangedBy string
	// CreatedAt and ChangedAt are when; ChangedAt is zero where nobody changed it.
	CreatedAt, ChangedAt time.Time
}

// Schedule reads the entry's expression. A rate is counted from the minute in which the entry was made or changed last.
func (e Entry) Schedule() (Schedule, error) {
	s, err := Parse(e.Expression, e.Timezone)
	if err != nil {
		return Schedule{}, err
	}
	if set := e.setAt(); !set.IsZero() {
		s = s.Starting(set.Truncate(time.Minute))
	}
	return s, nil
}

// setAt is when the entry got the expression that it has.
func (e Entry) setAt() time.Time {
	if e.ChangedAt.IsZero() {
		return e.CreatedAt
	}
	return e.ChangedAt
}

// Check finds everything that is wrong with an entry that is to be made or changed now: also an expression that does
// not fire after now. Errors: one *FieldError for each fault; Faults lists them.
func (e Entry) Check(now time.Time) error {
	_, err := e.Ahead(now)
	return errors.Join(e.checkName(), err, e.checkPayload())
}

// Ahead reads the entry's expression, which must still fire after now. Errors: one *FieldError for each of "expression"
// and "timezone" that is wrong.
func (e Entry) Ahead(now time.Time) (Schedule, error) {
	s, err := e.Schedule()
	if err == nil {
		err = s.Ahead(now)
	}
	return s, err
}

func (e Entry) checkName() error {
	length := utf8.RuneCountInString(e.Name)
	var problem string
	switch {
	case strings.TrimSpace(e.Name) == "":
		problem = "is empty"
	case length > MaxName:
		problem = fmt.Sprintf("has %d characters", length)
	case !utf8.ValidString(e.Name) || strings.ContainsFunc(e.Name, unicode.IsControl):
		problem = "has characters that cannot be shown"
	default:
		return nil
	}
	return &FieldError{Field: "name", Problem: problem, Allowed: fmt.Sprintf("1 to %d characters in one line", MaxName)}
}

// checkPayload renders the message once: what is wrong with it is known when the schedule is made, not each time it fires.
func (e Entry) checkPayload() error {
	if len(e.Payload) > MaxPayload {
		return &FieldError{
			Field: "payload", Problem: fmt.Sprintf("has %d bytes", len(e.Payload)), Allowed: fmt.Sprintf("at most %d bytes", MaxPayload),
		}
	}
	kind, err := messagetype.Lookup(e.Type)
	if err != nil {
		return &FieldError{
			Field: "message_type", Problem: fmt.Sprintf("is %.60q", e.Type), Allowed: strings.Join(messagetype.Names(), ", "),
		}
	}
	if err = kind.Check([]byte(e.Payload)); err != nil {
		return payloadFaults(kind.Name, err)
	}
	return nil
}

// payloadFaults gives the faults that a message type found in a payload as faults of the entry.
func payloadFaults(kind string, err error) error {
	var invalid *ntfy.Invalid
	if !errors.As(err, &invalid) {
		return &FieldError{
			Field: "payload", Problem: "is refused: " + strings.TrimPrefix(err.Error(), "payload: "),
			Allowed: "the JSON object of the message type " + kind,
		}
	}
	all := make([]error, 0, len(invalid.Faults))
	for _, fault := range invalid.Faults {
		all = append(all, &FieldError{Field: "payload." + fault.Field, Problem: fault.Problem, Allowed: fault.Allowed})
	}
	return errors.Join(all...)
}

// RunNow is the entry's message, made at once because somebody asked for it: a message of its own, that the runs by the
// clock know nothing of.
func (e Entry) RunNow(askedBy string) intake.Request {
	return intake.Request{Type: e.Type, Payload: e.Payload, CreatedBy: askedBy}
}
