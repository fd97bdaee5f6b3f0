package standin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ntfy counts a limit as exceeded when it is reached: it reads that many bytes and asks no further.
const (
	messageLimit = 4096
	bodyLimit    = 2 * messageLimit
)

// draft is a message as the publisher wrote it, not yet checked.
type draft struct {
	Topic      string   `json:"topic"`
	SequenceID string   `json:"sequence_id"`
	Title      string   `json:"title"`
	Message    string   `json:"message"`
	Priority   int      `json:"priority"`
	Tags       []string `json:"tags"`
	Click      string   `json:"click"`
	Icon       string   `json:"icon"`
	Actions    []Action `json:"actions"`
	Attach     string   `json:"attach"`
	Filename   string   `json:"filename"`
	Markdown   bool     `json:"markdown"`
	Delay      string   `json:"delay"`
	Email      string   `json:"email"`
	Call       string   `json:"call"`

	size int // of the body, in bytes, up to where it was read
}

// reader takes the draft from a request. It gives what it could read also beside a refusal.
type reader func(r *http.Request) (draft, *apiError)

// readJSON takes the whole message from the body, as ntfy does at its root.
func readJSON(r *http.Request) (draft, *apiError) {
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit))
	d := draft{}
	if err != nil {
		return d, errorOf(codeJSONInvalid)
	}
	// The first value counts and the rest is not looked at, so that a body that is too large still says whose it is.
	invalid := json.NewDecoder(bytes.NewReader(body)).Decode(&d)
	d.size = len(body)
	switch {
	case len(body) == bodyLimit:
		return d, errorOf(codeBodyTooLarge)
	case invalid != nil:
		return d, errorOf(codeJSONInvalid)
	}
	return d, nil
}

// readPlain takes the text from the body and the rest from headers or query parameters, as ntfy does at a topic. names
// are the topic and, where the path has one, the sequence id.
func readPlain(names []string) reader {
	return func(r *http.Request) (draft, *apiError) {
		body, err := io.ReadAll(io.LimitReader(r.Body, messageLimit))
		d := plainDraft(r, names)
		d.size = len(body)
		if err != nil {
			return d, errorOf(codeNotUTF8)
		}
		if len(body) > 0 {
			d.Message = string(body)
		}
		return d, d.readTyped(r)
	}
}

func plainDraft(r *http.Request, names []string) draft {
	d := draft{
		Topic:      names[0],
		SequenceID: param(r, "x-sequence-id", "sequence-id", "sequence_id", "sid"),
		Title:      param(r, "x-title", "title", "t"),
		Message:    strings.ReplaceAll(param(r, "x-message", "message", "m"), `\n`, "\n"),
		Click:      param(r, "x-click", "click"),
		Icon:       param(r, "x-icon", "icon"),
		Attach:     param(r, "x-attach", "attach", "a"),
		Filename:   param(r, "x-filename", "filename", "file", "f"),
		Delay:      param(r, "x-delay", "delay", "x-at", "at", "x-in", "in"),
		Email:      param(r, "x-email", "x-e-mail", "email", "e-mail", "mail", "e"),
		Call:       param(r, "x-call", "call"),
	}
	if len(names) > 1 {
		d.SequenceID = names[1]
	}
	if tags := param(r, "x-tags", "tags", "tag", "ta"); tags != "" {
		d.Tags = strings.Split(tags, ",")
	}
	switch strings.ToLower(param(r, "x-markdown", "markdown", "md")) {
	case "1", "yes", "true":
		d.Markdown = true
	default:
		d.Markdown = strings.EqualFold(r.Header.Get("Content-Type"), "text/markdown")
	}
	return d
}

// readTyped reads the parameters that can be malformed.
func (d *draft) readTyped(r *http.Request) *apiError {
	priority, err := parsePriority(param(r, "x-priority", "priority", "prio", "p"))
	if err != nil {
		return errorOf(codePriority)
	}
	d.Priority = priority
	actions := param(r, "x-actions", "actions", "action")
	if actions == "" {
		return nil
	}
	if !strings.HasPrefix(actions, "[") {
		return errorOf(codeActions).with("the stand-in reads actions in headers as a JSON array only")
	}
	if err := json.Unmarshal([]byte(actions), &d.Actions); err != nil {
		return errorOf(codeActions).with(fmt.Sprintf("JSON error: %v", err))
	}
	return nil
}

func parsePriority(raw string) (int, error) {
	names := map[string]int{"": 0, "min": 1, "low": 2, "default": 3, "high": 4, "max": 5, "urgent": 5}
	if priority, ok := names[strings.ToLower(raw)]; ok {
		return priority, nil
	}
	priority, err := strconv.Atoi(raw)
	if err != nil {
		return 0, fmt.Errorf("priority: %w", err)
	}
	if priority < 1 {
		return 0, errors.New("priority below 1")
	}
	return priority, nil
}

// param reads the first of names that is set, as a header (also in MIME's encoding of words) or else in the query.
func param(r *http.Request, names ...string) string {
	decoder := mime.WordDecoder{}
	for _, name := range names {
		value := r.Header.Get(name)
		if decoded, err := decoder.DecodeHeader(value); err == nil {
			value = decoded
		}
		if value = strings.TrimSpace(value); value != "" {
			return value
		}
	}
	for _, name := range names {
		if value := strings.TrimSpace(r.URL.Query().Get(name)); value != "" {
			return value
		}
	}
	return ""
}

// isText says whether ntfy would show the message as text, and not make a file of it.
func (d *draft) isText() bool {
	if d.Attach != "" {
		return utf8.ValidString(d.Message)
	}
	return d.Filename == "" && len(d.Message) < messageLimit && utf8.ValidString(d.Message)
}
