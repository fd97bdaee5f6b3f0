// Package webhook is the way out of the channel webhook: each message is posted as a signed event, by the scheme of
// https://www.standardwebhooks.com, to one receiver. It knows HTTP and nothing of AWS, queues or the breaker: the state
// that has it send (delivery.Send) decides what to do with a Result's Class.
package webhook

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/internal/answer"
	"github.com/rezagent/rez_agent/internal/delivery"
)

// UserAgent is how the client names itself in a receiver's log.
const UserAgent = "rez_agent"

// maxAnswer is how much of an answer is read: enough for words, and for the connection to be used again.
const maxAnswer = 2 << 10

// Client posts to one Destination. It is safe for concurrent use, and keeps connections open between calls.
type Client struct {
	dest          Destination
	timeout       time.Duration
	maxRetryAfter time.Duration
	transport     http.RoundTripper
	now           func() time.Time
}

// NewClient makes a client for dest. timeout bounds one Post, from dialling to the last byte of the answer that is read;
// maxRetryAfter bounds Result.RetryAfter.
func NewClient(dest Destination, timeout, maxRetryAfter time.Duration, now func() time.Time) *Client {
	const (
		idleConns = 4
		// Shorter than what servers keep (60 s and up): a connection that the other side has closed costs an attempt.
		idleTimeout  = 50 * time.Second
		headerBounds = 64 << 10
	)
	return &Client{dest: dest, timeout: timeout, maxRetryAfter: maxRetryAfter, now: now, transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: idleConns, IdleConnTimeout: idleTimeout,
		MaxResponseHeaderBytes: headerBounds,
		// Decompression would undo the bound on what is read.
		DisableCompression: true,
	}}
}

// Event is one signed post.
type Event struct {
	// ID is the same for each post of one generation of a message: the receiver's key against duplicates.
	ID string
	// Body is the JSON that is signed, byte by byte.
	Body []byte
	// Hidden are texts of the user that no answer may carry into a record or a log.
	Hidden []string
}

// Post sends an event once, signed by each of secrets, and says what came of it. Where nothing can sign, nothing is sent:
// an operator must put a secret in its place.
func (c *Client) Post(ctx context.Context, event Event, secrets string) delivery.Result {
	start := time.Now()
	result := c.post(ctx, event, secrets)
	result.RetryAfter = min(result.RetryAfter, c.maxRetryAfter)
	result.Latency = time.Since(start)
	return result
}

func (c *Client) post(ctx context.Context, event Event, secrets string) delivery.Result {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.dest.URL, bytes.NewReader(event.Body))
	if err != nil { // ParseURL took the address
		return delivery.Result{Class: delivery.Misconfigured, Detail: "not sent: WEBHOOK_URL cannot be used"}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", UserAgent)
	if err := sign(request.Header, secrets, event.ID, c.now(), event.Body); err != nil {
		return delivery.Result{Class: delivery.Misconfigured, Detail: answer.Clip("not sent: "+err.Error(), answer.MaxDetailBytes)}
	}
	return Decide(c.exchange(request, c.redactor(request, event, secrets)))
}

// redactor hides what of the request could come back: secrets, the address beyond its host, signatures, and the text.
func (c *Client) redactor(request *http.Request, event Event, secrets string) *answer.Redactor {
	hidden := append(strings.Fields(secrets), event.Hidden...)
	hidden = append(hidden, request.URL.EscapedPath(), request.URL.RawQuery)
	for _, signature := range request.Header["Webhook-Signature"] {
		hidden = append(hidden, strings.Fields(signature)...)
	}
	return answer.NewRedactor(hidden...)
}

// exchange uses the RoundTripper itself: http.Client would follow redirects, and carry the event elsewhere.
func (c *Client) exchange(request *http.Request, secrets *answer.Redactor) Answer {
	response, err := c.transport.RoundTrip(request)
	if err != nil {
		return Answer{Fault: answer.Fault(err, c.dest.Host, c.timeout, secrets.Hide)}
	}
	defer func() { _ = response.Body.Close() }() // nothing more is read from it, so nothing can be lost
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	got := Answer{
		Status: response.StatusCode, Location: answer.Location(response, secrets.Hide),
		RetryAfter: answer.RetryAfter(response.Header.Get("Retry-After"), c.now()), Excerpt: secrets.Hide(words(body)),
	}
	if err != nil {
		got.Fault = answer.Fault(err, c.dest.Host, c.timeout, secrets.Hide)
	}
	return got
}

// words is what of the body a person would read.
func words(body []byte) string {
	text := string(body)
	if strings.HasPrefix(strings.TrimSpace(text), "<") {
		text = answer.PageText(text)
	}
	return answer.OneLine(text)
}
