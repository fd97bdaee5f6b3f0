package ntfy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/internal/answer"
)

const (
	// maxAnswer is how much of an answer is read: a whole answer of ntfy, which repeats the message, and escapes it,
	// fits; a page of megabytes does not get in.
	maxAnswer = 64 << 10
	// maxExcerpt is how much of that is looked at for words, before it is cut to MaxDetailBytes.
	maxExcerpt = 2 << 10
)

// readAnswer takes from a response what Decide needs. Beside an error of reading it gives what came before that.
func readAnswer(resp *http.Response, hide func(string) string, now time.Time) (Answer, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		err = fmt.Errorf("reading the answer: %w", err)
	}
	fields := readFields(body)
	return Answer{
		Status:     resp.StatusCode,
		ID:         fields.id,
		Code:       fields.code,
		Location:   answer.Location(resp, hide),
		RetryAfter: answer.RetryAfter(resp.Header.Get("Retry-After"), now),
		Excerpt:    hide(fields.words(body)),
	}, err
}

// fields are what ntfy's JSON says of itself.
type fields struct {
	id, message string
	code        int
}

// readFields reads the object key by key, because the end may be missing: a cut answer still has the code at its
// beginning.
func readFields(body []byte) fields {
	var found fields
	decoder := json.NewDecoder(bytes.NewReader(body))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return found
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return found
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			return found
		}
		found.take(key, value)
	}
	return found
}

func (f *fields) take(key, value any) {
	const fiveDigits = 99999
	switch value := value.(type) {
	case string:
		if key == "id" {
			f.id = value
		}
		if key == "error" {
			f.message = value
		}
	case float64:
		if key == "code" && value >= 0 && value <= fiveDigits {
			f.code = int(value)
		}
	}
}

// words is what of the body a person would read: ntfy's error text, a page's text, or the body as it is.
func (f *fields) words(body []byte) string {
	text := f.message
	if text == "" {
		text = string(body)
	}
	if strings.HasPrefix(strings.TrimSpace(text), "<") {
		text = answer.PageText(text)
	}
	return answer.Clip(answer.OneLine(text), maxExcerpt)
}
