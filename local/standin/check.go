package standin

import (
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	nameForm = regexp.MustCompile(`^[-_A-Za-z0-9]{1,64}$`)
	webForm  = regexp.MustCompile(`^https?://`)
)

const (
	idLength      = 12
	expiry        = 12 * time.Hour
	maxPriority   = 5
	maxActions    = 3
	noText        = "triggered"
	unknownAction = "parameter 'action' must be 'view', 'broadcast', 'http' or 'copy'"
)

// disallowedTopics are paths of ntfy's own web pages.
func disallowedTopics() []string {
	return []string{"docs", "static", "file", "app", "metrics", "account", "settings", "signup", "login", "v1"}
}

// checkTopic comes before the question who asks.
func (d *draft) checkTopic() *apiError {
	if !nameForm.MatchString(d.Topic) {
		return errorOf(codeTopicInvalid)
	}
	if slices.Contains(disallowedTopics(), d.Topic) {
		return errorOf(codeTopicDisallowed)
	}
	return nil
}

// message checks the draft as ntfy does, in the same order, and makes a message of it.
func (d *draft) message(now time.Time) (Message, *apiError) {
	for _, check := range []func() *apiError{d.checkSequence, d.checkAddresses, d.checkServices, d.checkPriority} {
		if refusal := check(); refusal != nil {
			return Message{}, refusal
		}
	}
	at, refusal := d.showAt(now)
	if refusal != nil {
		return Message{}, refusal
	}
	actions, refusal := d.checkedActions()
	if refusal != nil {
		return Message{}, refusal
	}
	if !d.isText() {
		return Message{}, errorOf(codeAttachmentsOff)
	}
	return d.assemble(at, actions), nil
}

func (d *draft) checkSequence() *apiError {
	if d.SequenceID != "" && !nameForm.MatchString(d.SequenceID) {
		return errorOf(codeSequence)
	}
	return nil
}

func (d *draft) checkAddresses() *apiError {
	if d.Attach != "" && !webForm.MatchString(d.Attach) {
		return errorOf(codeAttachURL)
	}
	if d.Icon != "" && !webForm.MatchString(d.Icon) {
		return errorOf(codeIconURL)
	}
	return nil
}

// checkServices refuses what a server offers only with a mail server or a telephone account.
func (d *draft) checkServices() *apiError {
	if d.Email != "" {
		return errorOf(codeEmailDisabled)
	}
	if d.Call != "" {
		return errorOf(codeCallsDisabled)
	}
	return nil
}

func (d *draft) checkPriority() *apiError {
	if d.Priority < 0 || d.Priority > maxPriority {
		return errorOf(codePriority)
	}
	return nil
}

func (d *draft) checkedActions() ([]Action, *apiError) {
	if len(d.Actions) > maxActions {
		return nil, errorOf(codeActions).with("only 3 actions allowed")
	}
	actions := make([]Action, len(d.Actions))
	for i, action := range d.Actions {
		action.ID = rand.Text()[:10]
		action.Action = strings.ToLower(action.Action)
		action.Method = strings.ToUpper(action.Method)
		if problem := action.problem(); problem != "" {
			return nil, errorOf(codeActions).with(problem)
		}
		actions[i] = action
	}
	return actions, nil
}

// problem says what ntfy would refuse about the action; "" where nothing.
func (a Action) problem() string {
	if !slices.Contains([]string{"view", "broadcast", "http", "copy"}, a.Action) {
		return unknownAction
	}
	needs := map[string]string{"label": a.Label}
	switch a.Action {
	case "view", "http":
		needs["url"] = a.URL
	case "copy":
		needs["value"] = a.Value
	}
	for _, name := range slices.Sorted(maps.Keys(needs)) {
		if needs[name] == "" {
			return "parameter '" + name + "' is required for action '" + a.Action + "'"
		}
	}
	bodyless := a.Method == http.MethodGet || a.Method == http.MethodHead
	if a.Action == "http" && bodyless && a.Body != "" {
		return "parameter 'body' cannot be set if method is " + a.Method
	}
	return ""
}

func (d *draft) assemble(at time.Time, actions []Action) Message {
	m := Message{
		ID:         rand.Text()[:idLength],
		SequenceID: d.SequenceID,
		Time:       at.Unix(),
		Expires:    at.Add(expiry).Unix(),
		Event:      "message",
		Topic:      d.Topic,
		Title:      strings.TrimSpace(d.Title),
		Message:    d.text(),
		Priority:   d.Priority,
		Tags:       d.cleanTags(),
		Click:      d.Click,
		Icon:       d.Icon,
		Actions:    actions,
		Attachment: d.attachment(),
	}
	if d.Markdown {
		m.ContentType = "text/markdown"
	}
	return m
}

// text is what ntfy shows: trimmed, cut where an attachment keeps it from becoming one, never empty.
func (d *draft) text() string {
	text := strings.TrimSpace(d.Message[:min(len(d.Message), messageLimit)])
	if text == "" && d.Attach != "" {
		return "You received a file: " + d.attachment().Name
	}
	if text == "" {
		return noText
	}
	return text
}

// cleanTags: ntfy joins and splits them at commas on the way.
func (d *draft) cleanTags() []string {
	var tags []string
	for tag := range strings.SplitSeq(strings.Join(d.Tags, ","), ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

func (d *draft) attachment() *Attachment {
	if d.Attach == "" {
		return nil
	}
	name := d.Filename
	if parsed, err := url.Parse(d.Attach); err == nil && name == "" {
		name = path.Base(parsed.Path)
	}
	if name == "" || name == "." || name == "/" {
		name = "attachment"
	}
	return &Attachment{Name: name, URL: d.Attach}
}
