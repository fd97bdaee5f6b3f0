package messagetype

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/ntfy"
)

// Webhook is an event for a program: what the receiver of the channel webhook is told.
var Webhook = register(Type{ //nolint:gochecknoglobals // how a type's file enters the registry
	Name:    "webhook",
	Channel: contract.ChannelWebhook,
	Event:   readEvent,
})

// Event is the payload of a message of type "webhook", and the part of the posted event that its sender writes.
type Event struct {
	Title   string `json:"title,omitempty"   doc:"A line that says what happened" maxLength:"8192" example:"Backup"`
	Message string `json:"message,omitempty" doc:"The text; message, title or data must have something to tell" maxLength:"8192" example:"The backup is done"`
	// Data is a JSON object of the sender's own, passed on as it is.
	Data json.RawMessage `json:"data,omitempty" doc:"A JSON object of your own, passed on as it is"`
}

// MaxEventBytes is the largest payload of an event, as the API takes it: with all that is put around it, it stays below
// the 20 kB that Standard Webhooks advises.
const MaxEventBytes = 8 << 10

func readEvent(payload []byte) (Event, error) {
	if !utf8.Valid(payload) {
		return Event{}, errors.New("payload: is not UTF-8")
	}
	var e Event
	if err := decode(payload, &e); err != nil {
		return Event{}, err
	}
	var faults []ntfy.Fault
	if size := len(payload); size > MaxEventBytes {
		faults = append(faults, ntfy.Fault{
			Field: "event", Problem: fmt.Sprintf("is %d bytes", size), Allowed: fmt.Sprintf("at most %d bytes", MaxEventBytes),
		})
	}
	if e.Data != nil && !bytes.HasPrefix(e.Data, []byte("{")) {
		faults = append(faults, ntfy.Fault{Field: "data", Problem: "is not a JSON object", Allowed: `an object, as in {"job": "backup"}`})
	}
	if strings.TrimSpace(e.Title+e.Message) == "" && len(e.Data) == 0 {
		faults = append(faults, ntfy.Fault{
			Field: "message", Problem: "is empty, and so are title and data", Allowed: "something to tell in one of the three",
		})
	}
	if faults != nil {
		return e, &ntfy.Invalid{Faults: faults}
	}
	return e, nil
}
