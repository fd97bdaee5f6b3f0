// Package backstage does to a local stack what no page of the dashboard can: it makes messages that are days old, puts
// dead letters into their queue, and invites people. The browser's tests and pictures ask for it over HTTP.
package backstage

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/rezagent/rez_agent/local/ports"
	"github.com/rezagent/rez_agent/local/stack"
)

// Backstage listens on a loopback port, for the stack's own user and nobody else.
type Backstage struct {
	// URL is its origin.
	URL string

	server *http.Server
}

// Open listens on a free port.
func Open(ctx context.Context, s *stack.Stack) (*Backstage, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", ports.Loopback+":0")
	if err != nil {
		return nil, fmt.Errorf("listen backstage: %w", err)
	}
	b := &Backstage{
		URL:    "http://" + listener.Addr().String(),
		server: &http.Server{Handler: routes(&s.Addresses), ReadHeaderTimeout: time.Minute},
	}
	go func() { _ = b.server.Serve(listener) }()
	return b, nil
}

// Close stops listening.
func (b *Backstage) Close() error {
	if err := b.server.Close(); err != nil {
		return fmt.Errorf("close backstage: %w", err)
	}
	return nil
}

func routes(a *stack.Addresses) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /past", act(a, makePast))
	mux.HandleFunc("POST /dead-letters", act(a, bury))
	mux.HandleFunc("POST /users", act(a, invite))
	mux.HandleFunc("POST /groups", act(a, regroup))
	return mux
}

// act reads what is asked for, does it, and answers with what came of it, or with the error's words.
func act[Asked, Made any](a *stack.Addresses, do func(context.Context, *stack.Addresses, Asked) (Made, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var asked Asked
		decoder := json.NewDecoder(r.Body)
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&asked); err != nil {
			http.Error(w, "read what is asked for: "+err.Error(), http.StatusBadRequest)
			return
		}
		made, err := do(r.Context(), a, asked)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(made) // nobody to tell when the asker is gone
	}
}
