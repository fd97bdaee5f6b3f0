package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/internal/wire"
)

// notificationFlags are ntfy's fields beside the text.
type notificationFlags struct {
	Topic    string   `placeholder:"TOPIC" help:"The topic; the channel's own where it is not given."`
	Title    string   `placeholder:"TEXT" help:"The title."`
	Priority int      `placeholder:"1-5" help:"1 (min) to 5 (max); ntfy takes 3 where it is not given."`
	Tags     []string `placeholder:"TAG" help:"Tags; those that ntfy knows become emoji, as in warning,skull."`
	Click    string   `placeholder:"ADDRESS" help:"What a tap on the notification opens."`
	Icon     string   `placeholder:"ADDRESS" help:"A picture beside it, http or https."`
	Attach   string   `placeholder:"ADDRESS" help:"A file shown with it, http or https."`
	Filename string   `placeholder:"NAME" help:"That file's name."`
	Markdown bool     `help:"The text is Markdown."`
	Actions  string   `placeholder:"JSON" help:"Up to three buttons, as in [{\"action\":\"view\",\"label\":\"Open\",\"url\":\"https://rez.example.com\"}]."`
	Delay    string   `placeholder:"WHEN" help:"Have ntfy show it later: 30m, 2 hours, 20:30, tomorrow 10am, or a Unix time."`
	Type     string   `default:"notification" placeholder:"TYPE" help:"The message type."`
}

// message is the payload that the flags and the text make. Only a notification has a text, so only then standard input is
// read where no argument gives one.
func (f *notificationFlags) message(ctx context.Context, w *world, args []string) (json.RawMessage, error) {
	if len(args) == 0 && f.Type != messagetype.Notification.Name {
		return f.payload("")
	}
	text, err := w.text(ctx, args)
	if err != nil {
		return nil, err
	}
	return f.payload(text)
}

// notification is what the flags and a text make.
func (f *notificationFlags) notification(text string) (ntfy.Notification, error) {
	n := ntfy.Notification{
		Topic: f.Topic, Title: f.Title, Message: text, Priority: f.Priority, Tags: f.Tags, Click: f.Click, Icon: f.Icon,
		Attach: f.Attach, Filename: f.Filename, Markdown: f.Markdown, Delay: f.Delay,
	}
	if f.Actions == "" {
		return n, nil
	}
	dec := json.NewDecoder(strings.NewReader(f.Actions))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&n.Actions); err != nil || dec.More() {
		return n, &usageError{
			problem: "--actions is not the JSON list that ntfy takes",
			do:      `as in --actions '[{"action":"view","label":"Open","url":"https://rez.example.com"}]'`,
		}
	}
	return n, nil
}

// payload is the JSON object of the message type, checked with the API's own rules as far as this program knows the type:
// what is certain to be refused is refused before any call. A type that it does not know is for the API to judge.
func (f *notificationFlags) payload(text string) (json.RawMessage, error) {
	n, err := f.notification(text)
	if err != nil {
		return nil, err
	}
	kind, known := messagetype.Lookup(f.Type)
	if known == nil && f.Type == messagetype.Notification.Name { // its own check first: encoding would mend broken UTF-8 silently
		if err := n.Validate(); err != nil {
			return nil, f.wrong(err)
		}
	}
	payload, err := n.Encode()
	if err != nil {
		return nil, err
	}
	if known == nil {
		if err := kind.Check(payload); err != nil {
			return nil, &usageError{problem: err.Error(), do: "a " + f.Type + " takes other fields"}
		}
	}
	return payload, nil
}

// wrong says field by field what is wrong, by the names that the command line uses.
func (f *notificationFlags) wrong(err error) error {
	var invalid *ntfy.Invalid
	if !errors.As(err, &invalid) {
		return err
	}
	if first := invalid.Faults[0]; first.Field == "message" && strings.HasPrefix(first.Problem, "is empty") {
		return errNoText
	}
	usage := &usageError{problem: "the message cannot be sent as it is"}
	for _, fault := range invalid.Faults {
		usage.fields = append(usage.fields, wire.ProblemField{Field: flagOf(fault.Field), Problem: fault.Problem, Allowed: fault.Allowed})
	}
	return usage
}

var errNoText = &usageError{
	problem: "there is no text",
	do:      `give it as an argument, as in rezagent send "disk is full", or on standard input, as in df -h | rezagent send`,
}

func flagOf(field string) string {
	switch field {
	case "message":
		return "the text"
	case "notification":
		return "the whole"
	default:
		return "--" + field
	}
}

// messageText gives the text of a payload, and the rest of it as JSON, as people want to read them.
func messageText(payload json.RawMessage) (text string, rest string) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(payload, &fields); err != nil {
		return "", string(payload)
	}
	if err := json.Unmarshal(fields["message"], &text); err == nil {
		delete(fields, "message")
	}
	if len(fields) == 0 {
		return text, ""
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(fields); err != nil {
		return text, fmt.Sprintf("(%d fields)", len(fields))
	}
	return text, strings.TrimSpace(out.String())
}
