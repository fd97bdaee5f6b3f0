package answer

import (
	"encoding/json"
	"html"
	"net/url"
	"strings"
)

const (
	// secretRun is how many bytes in a row must stem from a secret to be hidden. Servers echo texts in part, so whole
	// texts are not enough to look for; shorter runs would hide every common word.
	secretRun = 8
	// secretMin is the shortest text that is hidden as a whole; anything shorter says nothing.
	secretMin = 3
	hidden    = "[hidden]"
)

// Redactor hides what an answer repeats of the request: secrets and what the user wrote. Error pages do that.
type Redactor struct {
	runs  map[string]bool
	whole []string
}

// NewRedactor makes one that hides these texts.
func NewRedactor(secrets ...string) *Redactor {
	r := &Redactor{runs: map[string]bool{}}
	for _, secret := range secrets {
		r.learn(secret)
	}
	return r
}

// learn takes a secret in the spellings in which a page or a JSON document would repeat it.
func (r *Redactor) learn(secret string) {
	spellings := []string{secret, html.EscapeString(secret), url.QueryEscape(secret), url.PathEscape(secret)}
	if quoted, err := json.Marshal(secret); err == nil {
		spellings = append(spellings, strings.Trim(string(quoted), `"`))
	}
	for _, spelling := range spellings {
		r.learnSpelling(OneLine(spelling))
	}
}

func (r *Redactor) learnSpelling(secret string) {
	if len(secret) >= secretMin && len(secret) < secretRun {
		r.whole = append(r.whole, secret)
	}
	for i := 0; i+secretRun <= len(secret); i++ {
		r.runs[secret[i:i+secretRun]] = true
	}
}

// Hide makes one line of text and replaces in it every stretch that stems from a secret.
func (r *Redactor) Hide(text string) string {
	text = OneLine(text)
	secret := make([]bool, len(text))
	for i := 0; i+secretRun <= len(text); i++ {
		if r.runs[text[i:i+secretRun]] {
			mark(secret, i, i+secretRun)
		}
	}
	for _, whole := range r.whole {
		for i := 0; i+len(whole) <= len(text); i++ {
			if text[i:i+len(whole)] == whole {
				mark(secret, i, i+len(whole))
			}
		}
	}
	return replaceMarked(text, secret)
}

func mark(secret []bool, from, to int) {
	for i := from; i < to; i++ {
		secret[i] = true
	}
}

func replaceMarked(text string, secret []bool) string {
	var out strings.Builder
	for i := range len(text) {
		switch {
		case !secret[i]:
			out.WriteByte(text[i])
		case i == 0 || !secret[i-1]:
			out.WriteString(hidden)
		}
	}
	// A stretch may begin or end inside a character.
	return strings.ToValidUTF8(out.String(), "")
}
