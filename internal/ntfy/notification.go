// Package ntfy publishes notifications to one ntfy server and says what its answers mean. It knows ntfy's protocol and
// limits and nothing of AWS, queues or records: whoever calls it decides what to do with a Result's Class.
package ntfy

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// The limits of an ntfy server that runs with its defaults. ntfy counts a size as exceeded when it is *reached*: a text
// of exactly 4096 bytes becomes an attachment (or 400/40014 where attachments are off) and a JSON body of exactly 8192
// bytes is refused with 413/41303. So the largest that works is one byte less.
const (
	// MaxMessageBytes is the longest text, in bytes of UTF-8, that ntfy shows as text.
	MaxMessageBytes = 4095
	// MaxBodyBytes is the largest JSON body, in bytes, that ntfy reads.
	MaxBodyBytes = 8191
	// MaxTopicLength is the longest topic, and the longest sequence id, in characters.
	MaxTopicLength = 64
	// MaxActions is how many buttons a notification may have.
	MaxActions = 3
)

// Notification is what ntfy shows: the fields of its JSON publish API by the same names. It is also the payload of a
// message of type "notification", there without SequenceID, which belongs to the sender.
type Notification struct {
	// Topic is where it is shown; empty means the channel's own.
	Topic string `json:"topic,omitempty"`
	Title string `json:"title,omitempty"`
	// Message is the text, at most MaxMessageBytes.
	Message string `json:"message,omitempty"`
	// Priority is 1 (min) to 5 (max); 0 leaves it to ntfy, which takes 3.
	Priority int `json:"priority,omitempty"`
	// Tags become emoji where ntfy knows their name.
	Tags []string `json:"tags,omitempty"`
	// Click is the address that a tap on the notification opens.
	Click string `json:"click,omitempty"`
	// Icon is the address of a picture, http or https.
	Icon    string   `json:"icon,omitempty"`
	Actions []Action `json:"actions,omitempty"`
	// Attach is the address of a file shown with the notification, and Filename its name there.
	Attach   string `json:"attach,omitempty"`
	Filename string `json:"filename,omitempty"`
	// Markdown says that Message is Markdown.
	Markdown bool `json:"markdown,omitempty"`
	// Delay has ntfy itself show the notification later: a duration, a Unix time, or a time of day.
	Delay string `json:"delay,omitempty"`
	// SequenceID groups notifications: one with the same id replaces the one that is shown (ntfy 2.16 and later).
	SequenceID string `json:"sequence_id,omitempty"`
}

// The kinds of Action that ntfy knows.
const (
	ActionView      = "view"
	ActionHTTP      = "http"
	ActionBroadcast = "broadcast"
	ActionCopy      = "copy"
)

// Action is a button of a notification. Which fields count depends on its kind, Action.
type Action struct {
	// Action is the kind: view, http, broadcast or copy.
	Action string `json:"action"`
	// Label is the button's text.
	Label string `json:"label"`
	// Clear dismisses the notification once the button was used.
	Clear bool `json:"clear,omitempty"`
	// URL is what view opens and what http calls.
	URL string `json:"url,omitempty"`
	// Method, Headers and Body are the request of http; ntfy's default method is POST.
	Method  string            `json:"method,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
	// Intent and Extras are the Android intent of broadcast.
	Intent string            `json:"intent,omitempty"`
	Extras map[string]string `json:"extras,omitempty"`
	// Value is the text that copy puts on the clipboard.
	Value string `json:"value,omitempty"`
}

// Encode gives the JSON body that Publish sends, with nothing cut. It checks nothing; Validate does.
func (n Notification) Encode() ([]byte, error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	// The default would write '<' as six bytes, and so push texts over the limit that fit it.
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(n); err != nil {
		return nil, fmt.Errorf("encoding the notification: %w", err)
	}
	return bytes.TrimSuffix(body.Bytes(), []byte("\n")), nil
}
