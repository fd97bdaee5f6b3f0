package ntfy

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
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
		Location:   location(resp, hide),
		RetryAfter: retryAfter(resp.Header.Get("Retry-After"), now),
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
		text = pageText(text)
	}
	return clip(oneLine(text), maxExcerpt)
}

// location is where a response redirects to, without the parts that hold secrets.
func location(resp *http.Response, hide func(string) string) string {
	if resp.Header.Get("Location") == "" {
		return ""
	}
	target, err := resp.Location()
	if err != nil {
		return "an address that cannot be read"
	}
	return oneLine(target.Scheme + "://" + target.Host + hide(target.EscapedPath()))
}

// fault says in words why no whole answer came from host. The error's own text passes through hide: it can repeat what
// the other side sent.
func fault(err error, host string, timeout time.Duration, hide func(string) string) string {
	var (
		lookup   *net.DNSError
		timedOut net.Error
	)
	switch {
	case errors.Is(err, context.Canceled):
		return "stopped before " + host + " had answered"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timedOut) && timedOut.Timeout():
		return fmt.Sprintf("no whole answer from %s within %s (timeout)", host, timeout)
	case errors.Is(err, syscall.ECONNREFUSED):
		return host + " refused the connection; nothing listens there"
	case errors.As(err, &lookup):
		return "the host name " + lookup.Name + " cannot be looked up"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF):
		return host + " broke the connection off before a whole answer"
	case isTLS(err):
		return "no secure connection to " + host + ": " + hide(err.Error())
	}
	return "no answer from " + host + ": " + hide(err.Error())
}

func isTLS(err error) bool {
	var (
		record tls.RecordHeaderError
		alert  tls.AlertError
		chain  *tls.CertificateVerificationError
	)
	return errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &chain)
}
