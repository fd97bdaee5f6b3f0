// Package standin is a small ntfy for laptops and tests. It speaks ntfy's protocol for publishing and polling, with the
// error bodies and codes of a real server, refuses what ntfy refuses, replaces a shown notification by its sequence id
// as ntfy 2.16 and later do, shows what it got as a phone would, and breaks on demand.
//
// It was written after ntfy's documented behaviour and shares no code with the client that is tested against it.
package standin

import (
	"html/template"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Config says how a Server behaves; its zero value is an open server at the root.
type Config struct {
	// Token is the only one that may publish and read; empty means that everyone may.
	Token string
	// Prefix is a path under which the server stands, as behind a proxy: "/push". Empty is the root.
	Prefix string
	// Keep is how many requests, and how many messages, are remembered; 0 takes 2000. Counts stay exact beyond it.
	Keep int
	// Clock gives the time; nil takes time.Now. Waits (latency) always take real time.
	Clock func() time.Time
}

// Server is the stand-in, an http.Handler that is safe for concurrent use.
type Server struct {
	prefix string
	clock  func() time.Time
	routes *http.ServeMux
	inbox  *template.Template
	closed chan struct{}
	close  func()

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at every change, so that anyone can wait for the next
	token    string
	failures bucket // of authentication, as ntfy limits them
	fault    *activeFault
	store    store
}

// ntfy's own limits.
const (
	defaultKeep       = 2000
	authFailureBurst  = 30
	authFailureRefill = time.Minute
)

// New makes a server that has got nothing yet.
func New(config Config) *Server {
	if config.Clock == nil {
		config.Clock = time.Now
	}
	if config.Keep <= 0 {
		config.Keep = defaultKeep
	}
	closed := make(chan struct{})
	s := &Server{
		prefix:  strings.TrimRight(config.Prefix, "/"),
		clock:   config.Clock,
		inbox:   inboxPage(),
		closed:  closed,
		close:   sync.OnceFunc(func() { close(closed) }),
		changed: make(chan struct{}),
		token:   config.Token,
		store:   newStore(config.Keep),
	}
	s.failures = newBucket(authFailureBurst, authFailureRefill, s.clock())
	s.routes = s.newRoutes()
	return s
}

// Close ends the requests that would otherwise wait: streams, and answers that a latency fault holds back.
func (s *Server) Close() {
	s.close()
}

// SetToken changes the token, as an operator of ntfy would; empty opens the server to everyone.
func (s *Server) SetToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = token
	s.failures = newBucket(authFailureBurst, authFailureRefill, s.clock())
	s.announce()
}

// Reset forgets every request and message, and heals. The token stays.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store = newStore(s.store.keep)
	s.failures = newBucket(authFailureBurst, authFailureRefill, s.clock())
	s.fault = nil
	s.announce()
}

// announce wakes whoever waits for a change. The caller holds the lock.
func (s *Server) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// change gives a channel that is closed at the next change.
func (s *Server) change() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}
