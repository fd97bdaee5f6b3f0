package standin

import (
	"slices"
	"time"
)

// Message is a notification as ntfy gives it out, with its JSON names.
type Message struct {
	// ID is ntfy's own, new with every publish.
	ID string `json:"id"`
	// SequenceID is what the publisher gave; empty where it gave none.
	SequenceID string `json:"sequence_id,omitempty"`
	// Time is when it is shown, in Unix seconds; in the future while a delay runs.
	Time int64 `json:"time"`
	// Expires is when ntfy forgets it, in Unix seconds.
	Expires  int64    `json:"expires,omitempty"`
	Event    string   `json:"event"`
	Topic    string   `json:"topic"`
	Title    string   `json:"title,omitempty"`
	Message  string   `json:"message,omitempty"`
	Priority int      `json:"priority,omitempty"`
	Tags     []string `json:"tags,omitempty"`
	Click    string   `json:"click,omitempty"`
	Icon     string   `json:"icon,omitempty"`
	Actions  []Action `json:"actions,omitempty"`
	// Attachment is the file that it names by address.
	Attachment *Attachment `json:"attachment,omitempty"`
	// ContentType is text/markdown, or empty for plain text.
	ContentType string `json:"content_type,omitempty"`
}

// Attachment is a file shown with a message.
type Attachment struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// Action is a button.
type Action struct {
	ID      string            `json:"id"`
	Action  string            `json:"action"`
	Label   string            `json:"label"`
	Clear   bool              `json:"clear"`
	URL     string            `json:"url,omitempty"`
	Method  string            `json:"method,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
	Intent  string            `json:"intent,omitempty"`
	Extras  map[string]string `json:"extras,omitempty"`
	Value   string            `json:"value,omitempty"`
}

// replaces says whether the message takes the place of old on a phone: by the same sequence id, or by one that is the
// very id of old, as ntfy allows. The message has a sequence id.
func (m Message) replaces(old Message) bool {
	return m.Topic == old.Topic && (m.SequenceID == old.SequenceID || m.SequenceID == old.ID)
}

func (m Message) due(now time.Time) bool {
	return m.Time <= now.Unix()
}

// on says whether the message is on one of topics; none means any.
func (m Message) on(topics []string) bool {
	return len(topics) == 0 || slices.Contains(topics, m.Topic)
}
