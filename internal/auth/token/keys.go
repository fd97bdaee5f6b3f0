package token

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	// refetchEvery bounds how often strangers can make us ask for the keys, by naming a key that does not exist.
	refetchEvery = 30 * time.Second
	// retryEvery bounds it while there are no keys at all, when nobody can be let in.
	retryEvery = time.Second
	// fetchTimeout is for one answer, dialling included.
	fetchTimeout = 5 * time.Second
	// maxKeys is more than any pool's keys take, in bytes.
	maxKeys = 1 << 20
)

// errKeys is a pool whose keys could not be had: no verdict on the token.
var errKeys = errors.New("the pool's keys cannot be read")

// JWKSURL is where AWS has an issuer's keys.
func JWKSURL(issuer string) string { return issuer + "/.well-known/jwks.json" }

// NewKeys are the public keys at an address, fetched at first need and kept for the process's life. A signature that
// none of them made has them fetched again, at most once in 30 s; a nil transport is http.DefaultTransport.
func NewKeys(url string, transport http.RoundTripper, now func() time.Time) oidc.KeySet {
	if transport == nil {
		transport = http.DefaultTransport
	}
	client := &http.Client{Transport: &gate{next: transport, now: now}, Timeout: fetchTimeout}
	return oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), client), url)
}

// gate stands before the key endpoint, because the key set behind it asks for each signature that it cannot match. Too
// early, it answers with what the endpoint said last.
type gate struct {
	next http.RoundTripper
	now  func() time.Time

	mu     sync.Mutex
	asked  time.Time
	keys   []byte
	failed error
}

// RoundTrip fetches the keys or remembers them.
func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := g.now(); g.asked.IsZero() || now.Sub(g.asked) >= g.pause() {
		g.asked = now
		g.fetch(r)
	}
	if g.failed != nil {
		return nil, g.failed
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(bytes.NewReader(g.keys)), ContentLength: int64(len(g.keys)),
	}, nil
}

func (g *gate) pause() time.Duration {
	if g.keys == nil {
		return retryEvery
	}
	return refetchEvery
}

func (g *gate) fetch(r *http.Request) {
	keys, err := g.read(r)
	if err != nil {
		g.failed = fmt.Errorf("%w: %w", errKeys, err)
		return
	}
	g.keys, g.failed = keys, nil
}

func (g *gate) read(r *http.Request) ([]byte, error) {
	answer, err := g.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // it was read to the end, or the read failed
	keys, err := io.ReadAll(io.LimitReader(answer.Body, maxKeys))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer: %w", err)
	case answer.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("answered %d", answer.StatusCode)
	case !json.Valid(keys):
		return nil, errors.New("answered what is not JSON")
	}
	return keys, nil
}
