package ntfy

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// nameForm is ntfy's form of a topic and of a sequence id.
var nameForm = lazily(`^[-_A-Za-z0-9]{1,64}$`)

const (
	allowedName = "1 to 64 of A-Z a-z 0-9 - _"
	maxPriority = 5
)

// Validate reports everything for which ntfy would refuse the notification, or show something else than it says, as an
// *Invalid with one Fault a field; nil means that ntfy takes it.
func (n Notification) Validate() error {
	faults := &Invalid{}
	n.checkNames(faults)
	n.checkText(faults)
	n.checkTags(faults)
	n.checkAddresses(faults)
	n.checkActions(faults)
	n.checkDelay(faults)
	n.checkEncoding(faults)
	n.checkSize(faults)
	if len(faults.Faults) > 0 {
		return faults
	}
	return nil
}

func (n Notification) checkNames(faults *Invalid) {
	if n.Topic != "" && !nameForm().MatchString(n.Topic) {
		faults.add("topic", "has a length or a character that ntfy refuses", allowedName+", or none for the channel's own")
	}
	if n.SequenceID != "" && !nameForm().MatchString(n.SequenceID) {
		faults.add("sequence_id", "has a length or a character that ntfy refuses", allowedName)
	}
	if n.Priority < 0 || n.Priority > maxPriority {
		faults.add("priority", fmt.Sprintf("is %d", n.Priority), "1 (min) to 5 (max), or 0 for ntfy's default")
	}
}

func (n Notification) checkText(faults *Invalid) {
	if size := len(n.Message); size > MaxMessageBytes {
		faults.add("message", fmt.Sprintf("is %d bytes", size),
			fmt.Sprintf("at most %d bytes of UTF-8; from %d on ntfy makes a file of it", MaxMessageBytes, MaxMessageBytes+1))
	}
	// ntfy trims the text, and shows "triggered" where nothing is left.
	if strings.TrimSpace(n.Message) == "" && strings.TrimSpace(n.Title) == "" && n.Attach == "" {
		faults.add("message", "is empty, and so are title and attach", "something to show in one of the three")
	}
}

func (n Notification) checkTags(faults *Invalid) {
	for i, tag := range n.Tags {
		// ntfy joins and splits tags at commas, so that one would arrive as two.
		if strings.TrimSpace(tag) == "" || strings.Contains(tag, ",") {
			faults.add(fmt.Sprintf("tags[%d]", i), "is empty or has a comma", "a tag's name, without commas")
		}
	}
}

func (n Notification) checkAddresses(faults *Invalid) {
	checkAddress(faults, "click", n.Click, openSchemes())
	checkAddress(faults, "icon", n.Icon, webSchemes())
	checkAddress(faults, "attach", n.Attach, webSchemes())
	// Without an address ntfy takes the text itself for the file's content.
	if n.Filename != "" && n.Attach == "" {
		faults.add("filename", "is given without attach", "a filename only beside the address in attach")
	}
}

func (n Notification) checkActions(faults *Invalid) {
	if len(n.Actions) > MaxActions {
		faults.add("actions", fmt.Sprintf("are %d", len(n.Actions)), fmt.Sprintf("at most %d", MaxActions))
	}
	for i, action := range n.Actions {
		action.check(faults, fmt.Sprintf("actions[%d]", i))
	}
}

func (a Action) check(faults *Invalid, at string) {
	if a.Label == "" {
		faults.add(at+".label", "is empty", "the button's text")
	}
	switch a.Action {
	case ActionView:
		requireAddress(faults, at+".url", a.URL, openSchemes())
	case ActionHTTP:
		requireAddress(faults, at+".url", a.URL, webSchemes())
		a.checkRequest(faults, at)
	case ActionBroadcast:
	case ActionCopy:
		if a.Value == "" {
			faults.add(at+".value", "is empty", "the text to copy")
		}
	default:
		faults.add(at+".action", "is not one that ntfy knows", "view, http, broadcast or copy")
	}
}

func (a Action) checkRequest(faults *Invalid, at string) {
	method := strings.ToUpper(a.Method)
	if a.Body != "" && (method == http.MethodGet || method == http.MethodHead) {
		faults.add(at+".body", "is given with method "+method, "a body only with methods such as POST or PUT")
	}
}

// webSchemes are the schemes of what is fetched, openSchemes those of what a tap may open: ntfy passes the latter to the
// phone as they are, so whatever runs code (javascript, data, intent) is left out.
func webSchemes() []string  { return []string{"http", "https"} }
func openSchemes() []string { return []string{"http", "https", "mailto", "tel", "geo"} }

func requireAddress(faults *Invalid, field, raw string, schemes []string) {
	if raw == "" {
		faults.add(field, "is empty", addressAllowed(schemes))
		return
	}
	checkAddress(faults, field, raw, schemes)
}

func checkAddress(faults *Invalid, field, raw string, schemes []string) {
	if raw != "" && !isAddress(raw, schemes) {
		faults.add(field, "is not such an address", addressAllowed(schemes))
	}
}

func addressAllowed(schemes []string) string {
	return "a whole address that begins with " + strings.Join(schemes, ":, ") + ":"
}

func isAddress(raw string, schemes []string) bool {
	parsed, err := url.Parse(raw)
	if err != nil || strings.ContainsAny(raw, " \t\r\n") || !slices.Contains(schemes, parsed.Scheme) {
		return false
	}
	if slices.Contains(webSchemes(), parsed.Scheme) {
		// ntfy compares the scheme as it is written, and url.Parse has lowered it.
		return strings.HasPrefix(raw, parsed.Scheme+"://") && parsed.Hostname() != ""
	}
	return parsed.Opaque != ""
}

// checkEncoding covers every text at once: encoding/json would replace broken bytes silently.
func (n Notification) checkEncoding(faults *Invalid) {
	for _, field := range n.texts() {
		if !utf8.ValidString(field.text) {
			faults.add(field.path, fmt.Sprintf("is not UTF-8 at byte %d", validPrefix(field.text)), "valid UTF-8")
		}
	}
}

func validPrefix(text string) int {
	for i, r := range text {
		if r != utf8.RuneError {
			continue
		}
		if _, size := utf8.DecodeRuneInString(text[i:]); size <= 1 {
			return i
		}
	}
	return len(text)
}

// checkSize reckons with the longest topic and sequence id that may be added, so that what is valid now stays so.
func (n Notification) checkSize(faults *Invalid) {
	if n.Topic == "" {
		n.Topic = strings.Repeat("t", MaxTopicLength)
	}
	n.SequenceID = strings.Repeat("s", MaxTopicLength)
	body, err := n.Encode()
	if err != nil {
		faults.add("notification", "cannot be written as JSON", "plain text in all fields")
		return
	}
	if len(body) > MaxBodyBytes {
		faults.add("notification", fmt.Sprintf("is %d bytes as the JSON that ntfy reads", len(body)),
			fmt.Sprintf("at most %d bytes; quotes, backslashes and line breaks count double there", MaxBodyBytes))
	}
}
