package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// terminal is a process of which a test is the person, the network and the clock.
type terminal struct {
	Env

	api      *fakeAPI
	out, err *syncBuffer
	env      map[string]string
}

// newTerminal has a person at both ends, signed in as an operator to a deployment in memory.
func newTerminal(t *testing.T) *terminal {
	t.Helper()
	x := &terminal{api: newFakeAPI(), out: &syncBuffer{}, err: &syncBuffer{}, env: map[string]string{
		envURL: "http://localhost:1", envToken: operatorToken,
	}}
	x.Env = Env{
		In: strings.NewReader(""), Out: x.out, Err: x.err, InTerminal: true, OutTerminal: true, ErrTerminal: true, Width: 100,
		Getenv: func(name string) string { return x.env[name] }, ConfigDir: t.TempDir(),
		HTTP: &http.Client{Transport: inMemory{x.api}}, Now: time.Now, Version: "v0",
		OpenBrowser: func(context.Context, string) error { return errors.New("no desktop") },
	}
	return x
}

func (x *terminal) run(t *testing.T, args ...string) int {
	t.Helper()
	return Run(t.Context(), x.Env, args)
}

// inMemory brings requests to a handler without a network, so that time may stand still.
type inMemory struct{ handler http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (response *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	defer func() {
		if recover() != nil { // as a server does when a handler aborts
			response, err = nil, io.ErrUnexpectedEOF
		}
	}()
	recorder := httptest.NewRecorder()
	m.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// cutsOff lets nothing through until a time.
type cutsOff struct {
	next  http.RoundTripper
	until time.Time
}

func (c cutsOff) RoundTrip(r *http.Request) (*http.Response, error) {
	if time.Now().Before(c.until) {
		return nil, syscall.ECONNREFUSED
	}
	return c.next.RoundTrip(r)
}
