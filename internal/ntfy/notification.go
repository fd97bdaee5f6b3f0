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
// message of type "notification", there without SequenceID, which belongs to the sender. The tags beside json describe it
// in the REST API's document: what they leave out is refused by Validate, too. A text without a limit of its own is bound
// by MaxBodyBytes.
type Notification struct {
	// Topic is where it is shown; empty means the channel's own.
	Topic string `json:"topic,omitempty" doc:"The topic; the channel's own where absent or empty" pattern:"^[-_A-Za-z0-9]{0,64}$" maxLength:"64" example:"backups"`
	Title string `json:"title,omitempty" doc:"The line above the text" maxLength:"8191" example:"Backup"`
	// Message is the text, at most MaxMessageBytes.
	Message string `json:"message,omitempty" doc:"The text, at most 4,095 bytes of UTF-8; message, title or attach must have something to show" maxLength:"4095" example:"The backup is done"`
	// Priority is 1 (min) to 5 (max); 0 leaves it to ntfy, which takes 3.
	Priority int `json:"priority,omitempty" doc:"1 (min) to 5 (max); 3 where absent or 0" minimum:"0" maximum:"5" example:"4"`
	// Tags become emoji where ntfy knows their name.
	Tags []string `json:"tags,omitempty" doc:"Tags, without commas; those that ntfy knows become emoji" nullable:"false" maxItems:"2047" example:"warning"`
	// Click is the address that a tap on the notification opens.
	Click string `json:"click,omitempty" doc:"The address that a tap opens: http, https, mailto, tel or geo" maxLength:"8191" example:"https://status.example.com/"`
	// Icon is the address of a picture, http or https.
	Icon    string   `json:"icon,omitempty" doc:"The address of a picture, http or https" maxLength:"8191" example:"https://example.com/icon.png"`
	Actions []Action `json:"actions,omitempty" doc:"Buttons" nullable:"false" maxItems:"3"`
	// Attach is the address of a file shown with the notification, and Filename its name there.
	Attach   string `json:"attach,omitempty" doc:"The address of a file to show" maxLength:"8191" example:"https://example.com/report.pdf"`
	Filename string `json:"filename,omitempty" doc:"The attached file's name, only beside attach" maxLength:"8191" example:"report.pdf"`
	// Markdown says that Message is Markdown.
	Markdown bool `json:"markdown,omitempty" doc:"Whether message is Markdown" example:"false"`
	// Delay has ntfy itself show the notification later: a duration, a Unix time, or a time of day.
	Delay string `json:"delay,omitempty" doc:"Has ntfy itself show it later: a duration, a Unix time, or a time of day" maxLength:"8191" example:"30m"`
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
	Action string `json:"action" doc:"The kind of button" enum:"view,http,broadcast,copy" example:"view"`
	// Label is the button's text.
	Label string `json:"label" doc:"The button's text" minLength:"1" maxLength:"8191" example:"Open"`
	// Clear dismisses the notification once the button was used.
	Clear bool `json:"clear,omitempty" doc:"Whether the button dismisses the notification" example:"true"`
	// URL is what view opens and what http calls.
	URL string `json:"url,omitempty" doc:"What view opens and http calls" maxLength:"8191" example:"https://example.com/"`
	// Method, Headers and Body are the request of http; ntfy's default method is POST.
	Method  string            `json:"method,omitempty" doc:"Of http: the method; POST where absent" maxLength:"8191" example:"POST"`
	Headers map[string]string `json:"headers,omitempty" doc:"Of http: the headers"`
	Body    string            `json:"body,omitempty" doc:"Of http: the body" maxLength:"8191" example:"{}"`
	// Intent and Extras are the Android intent of broadcast.
	Intent string            `json:"intent,omitempty" doc:"Of broadcast: the Android intent" maxLength:"8191" example:"io.heckel.ntfy.USER_ACTION"`
	Extras map[string]string `json:"extras,omitempty" doc:"Of broadcast: its extras"`
	// Value is the text that copy puts on the clipboard.
	Value string `json:"value,omitempty" doc:"Of copy: the text for the clipboard" maxLength:"8191" example:"481516"`
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
