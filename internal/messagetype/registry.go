// Package messagetype is the registry of message types: what a payload of each may hold, and what it becomes on its
// channel. A new type is one new file here that registers itself.
package messagetype

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/rezagent/rez_agent/internal/ntfy"
)

// Type is one kind of message.
type Type struct {
	// Name is the value of message_type.
	Name string
	// Channel is the way out that its messages take.
	Channel string
	// Render, of a type whose channel is ntfy, reads a payload strictly and gives the notification that it becomes,
	// checked against ntfy's limits. Its errors name the field, what was wrong and what is allowed.
	Render func(payload []byte) (ntfy.Notification, error)
	// Event does the same for a type whose channel is webhook.
	Event func(payload []byte) (Event, error)
}

// Check says what is wrong with a payload, as Render or Event would.
func (t Type) Check(payload []byte) error {
	if t.Event != nil {
		_, err := t.Event(payload)
		return err
	}
	_, err := t.Render(payload)
	return err
}

// ErrOtherChannel means: messages of this type take another channel.
var ErrOtherChannel = errors.New("not sent: messages of this type take another channel")

// ErrUnknownType means: no type of this name is registered.
var ErrUnknownType = errors.New("unknown message_type")

// all is filled before main starts, by the package variable of each type's file, and only read afterwards.
var all = map[string]Type{}

func register(t Type) Type {
	if _, taken := all[t.Name]; taken {
		panic("message type " + t.Name + " is registered twice")
	}
	all[t.Name] = t
	return t
}

// Lookup finds a type. Errors: ErrUnknownType, with the names that are allowed.
func Lookup(name string) (Type, error) {
	t, ok := all[name]
	if !ok {
		return Type{}, fmt.Errorf("%w %q; allowed are %s", ErrUnknownType, name, strings.Join(Names(), ", "))
	}
	return t, nil
}

// NamesOn lists the registered types whose messages take one of the channels, sorted.
func NamesOn(channels []string) []string {
	return slices.DeleteFunc(Names(), func(name string) bool { return !slices.Contains(channels, all[name].Channel) })
}

// Names lists the registered types, sorted.
func Names() []string {
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// decode reads one JSON object and refuses fields that the type does not have, by name.
func decode(payload []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.DisallowUnknownFields()
	err := dec.Decode(into)
	if !bytes.HasPrefix(bytes.TrimSpace(payload), []byte("{")) { // Decode takes null for an object without fields
		return errNoObject
	}
	if err == nil && dec.Decode(&struct{}{}) != io.EOF {
		err = errors.New("something follows the JSON object")
	}
	if err == nil {
		return nil
	}
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) && wrongType.Field != "" {
		return fmt.Errorf("payload: field %q holds a %s, want %s", wrongType.Field, jsonKind(wrongType.Value), wanted(wrongType.Type))
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("payload: unknown field %.60s", field)
	}
	return errNoObject
}

var errNoObject = errors.New("payload: not one JSON object")

// jsonKind leaves out the value itself, which the JSON package adds to a number.
func jsonKind(value string) string {
	kind, _, _ := strings.Cut(value, " ")
	return kind
}

// wanted names a Go type as JSON does.
func wanted(of reflect.Type) string {
	switch of.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	default:
		return "an object"
	}
}
