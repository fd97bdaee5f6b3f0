package ntfy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/internal/answer"
)

// UserAgent is how the client names itself, so that an ntfy server's log tells it from browsers and scripts.
const UserAgent = "rez_agent"

// maxHops bounds how many redirects are followed, all within one host.
const maxHops = 3

// Client publishes to one Destination. It is safe for concurrent use, and keeps connections open between calls.
type Client struct {
	dest          Destination
	timeout       time.Duration
	maxRetryAfter time.Duration
	transport     http.RoundTripper
}

// NewClient makes a client for dest. timeout bounds one Publish, from dialling to the last byte of the answer, with all
// redirects; maxRetryAfter bounds Result.RetryAfter.
func NewClient(dest Destination, timeout, maxRetryAfter time.Duration) *Client {
	return &Client{dest: dest, timeout: timeout, maxRetryAfter: maxRetryAfter, transport: newTransport()}
}

// newTransport differs from http.DefaultTransport in what a Lambda needs: few connections, no large headers, and no
// decompression, which would undo the bound on what is read.
func newTransport() http.RoundTripper {
	const (
		idleConns = 4
		// Shorter than what servers and load balancers keep (60 s and up): a connection that the other side has closed
		// in the meantime, as while a Lambda is frozen, costs an attempt.
		idleTimeout  = 50 * time.Second
		headerBounds = 64 << 10
	)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    idleConns,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: headerBounds,
		DisableCompression:     true,
	}
}

// Publish sends n once and says what came of it; it never sends a second time, whatever happens. token may be empty. A
// notification that Validate refuses is Rejected, and a token that no header can hold Unauthorized, without a request.
func (c *Client) Publish(ctx context.Context, n Notification, token string) Result {
	start := time.Now()
	result := c.publish(ctx, n, strings.TrimSpace(token))
	result.Latency = time.Since(start)
	return result
}

func (c *Client) publish(ctx context.Context, n Notification, token string) Result {
	if err := n.Validate(); err != nil {
		return Result{Class: Rejected, Detail: answer.Clip("not sent: "+err.Error(), MaxDetailBytes)}
	}
	if !isHeaderValue(token) {
		return Result{Class: Unauthorized, Detail: "not sent: the token holds characters that no HTTP header can hold"}
	}
	ownTopic := n.Topic == "" || n.Topic == c.dest.Topic
	if n.Topic == "" {
		n.Topic = c.dest.Topic
	}
	body, err := n.Encode()
	if err != nil {
		return Result{Class: Rejected, Detail: "not sent: the notification cannot be written as JSON"}
	}
	result := Decide(c.exchange(ctx, body, token, newRedactor(token, n)), ownTopic)
	result.RetryAfter = min(result.RetryAfter, c.maxRetryAfter)
	return result
}

// isHeaderValue: a token is printable ASCII; net/http refuses less, but a proxy may not.
func isHeaderValue(token string) bool {
	return !strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' })
}

// exchange has the one request, and the redirects that may be followed, answered.
func (c *Client) exchange(ctx context.Context, body []byte, token string, secrets *answer.Redactor) Answer {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	resp, err := c.send(ctx, body, token)
	if err != nil {
		return Answer{Fault: answer.Fault(err, c.host(), c.timeout, secrets.Hide)}
	}
	defer func() { _ = resp.Body.Close() }() // nothing more is read from it, so nothing can be lost
	got, err := readAnswer(resp, secrets.Hide, time.Now())
	if err != nil {
		got.Fault = answer.Fault(err, c.host(), c.timeout, secrets.Hide)
	}
	return got
}

// newRedactor hides the token and everything that the user wrote.
func newRedactor(token string, n Notification) *answer.Redactor {
	secrets := []string{token}
	for _, field := range n.texts() {
		secrets = append(secrets, field.text)
	}
	return answer.NewRedactor(secrets...)
}

func (c *Client) host() string {
	if endpoint, err := url.Parse(c.dest.Endpoint); err == nil {
		return endpoint.Host
	}
	return "the address in NTFY_URL"
}

// send uses the RoundTripper itself: http.Client would turn a POST into a GET at a 301 or 302, and a login page that
// answers it with 200 would pass for a delivery.
func (c *Client) send(ctx context.Context, body []byte, token string) (*http.Response, error) {
	target := c.dest.Endpoint
	for hop := 0; ; hop++ {
		req, err := newRequest(ctx, target, body, token)
		if err != nil {
			return nil, err
		}
		resp, err := c.transport.RoundTrip(req)
		if err != nil {
			return nil, fmt.Errorf("publishing: %w", err)
		}
		next, ok := nextHop(resp, req.URL)
		if !ok || hop == maxHops {
			return resp, nil
		}
		discard(resp)
		target = next
	}
}

func newRequest(ctx context.Context, target string, body []byte, token string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("building the request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", UserAgent)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req, nil
}

// nextHop says where to send the same request again. Only 307 and 308 ask for that, and only the same host may get it,
// because it has the token and the text; from http to https is the one step that may change anything but the path.
func nextHop(resp *http.Response, from *url.URL) (string, bool) {
	if resp.StatusCode != http.StatusTemporaryRedirect && resp.StatusCode != http.StatusPermanentRedirect {
		return "", false
	}
	to, err := from.Parse(resp.Header.Get("Location"))
	if err != nil || resp.Header.Get("Location") == "" {
		return "", false
	}
	sameHost := strings.EqualFold(to.Host, from.Host)
	sameScheme := to.Scheme == from.Scheme || to.Scheme == "https"
	return to.String(), sameHost && sameScheme && to.User == nil
}

// discard reads a short body to its end, so that the connection can be used again.
func discard(resp *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) // only the connection's reuse depends on it
	_ = resp.Body.Close()
}
