// Package client calls rez_agent's REST API from Go: one method for each route, on the types of package wire. An answer
// that says no is a *Problem, one that is not the API's a *NotAPI.
package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// timeout of one request: a little more than the gateway itself waits for the API.
const timeout = 35 * time.Second

// Client calls the API of one deployment. It may be used from several goroutines; its fields are set before the first call.
type Client struct {
	// BaseURL is the deployment's address without /api, as Base gives it.
	BaseURL string
	// HTTP makes the requests; nil is a client with a timeout of its own that follows no redirects.
	HTTP *http.Client
	// Token gives the access token of each request; nil sends none. Its errors come back as they are.
	Token func(ctx context.Context) (string, error)
	// UserAgent names the program that calls.
	UserAgent string
}

// NewHTTP gives the HTTP client that is used where none is set. The API never redirects: what does is a proxy's sign-in
// page, and following it would take that page for an answer.
func NewHTTP() *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Base reads a deployment's address as people write it: a slash or /api at the end may be there. Tokens travel in the
// requests, so it has to be https, or a name of this machine.
func Base(raw string) (string, error) {
	parsed, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || parsed.Host == "" || (parsed.Scheme != "https" && parsed.Scheme != "http") {
		return "", errors.New("the address of rez_agent has to look like https://rez.example.com")
	}
	if parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "" {
		return "", errors.New("the address of rez_agent may have no user name, query or fragment: as in https://rez.example.com")
	}
	if !Private(parsed) {
		return "", fmt.Errorf("http://%s would show your access token to everybody on the way: the address has to begin with https://", parsed.Host)
	}
	path := strings.TrimSuffix(strings.TrimRight(parsed.Path, "/"), "/api")
	return parsed.Scheme + "://" + parsed.Host + strings.TrimRight(path, "/"), nil
}

// Private tells whether nobody on the way can read what goes to a web address: it is https, or this machine's own.
func Private(address *url.URL) bool {
	host := address.Hostname()
	ip := net.ParseIP(host)
	return address.Scheme == "https" || host == "localhost" || strings.HasSuffix(host, ".localhost") || (ip != nil && ip.IsLoopback())
}

// get reads one thing.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	var into T
	err := c.do(ctx, call{method: http.MethodGet, path: path, query: query, repeatable: true}, &into)
	return into, err
}

// post does one thing that must not be done twice.
func post[T any](ctx context.Context, c *Client, path string, body any) (T, error) {
	var into T
	err := c.do(ctx, call{method: http.MethodPost, path: path, body: body}, &into)
	return into, err
}
