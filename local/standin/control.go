package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// keepalive is how often a stream without news says that it is alive.
const keepalive = 45 * time.Second

func (s *Server) newRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+controlPath+"fault", s.handleBreak)
	mux.HandleFunc("DELETE "+controlPath+"fault", s.handleHeal)
	mux.HandleFunc("GET "+controlPath+"state", s.handleState)
	mux.HandleFunc("GET "+controlPath+"requests", s.handleRequests)
	mux.HandleFunc("POST "+controlPath+"reset", s.handleReset)
	mux.HandleFunc("GET "+controlPath+"events", s.handleEvents)
	return mux
}

// State is what GET /_standin/state answers.
type State struct {
	// Fault is the present one; nil where ntfy works.
	Fault *Fault `json:"fault"`
	// Hits is how many requests the fault has taken.
	Hits int `json:"hits"`
	// TokenNeeded says that only a token may publish.
	TokenNeeded bool   `json:"token_needed"`
	Counts      Counts `json:"counts"`
	// Shown is how many notifications a phone shows now.
	Shown int `json:"shown"`
}

// State gives the present fault and the counts.
func (s *Server) State() State {
	counts := s.Counts()
	s.mu.Lock()
	defer s.mu.Unlock()
	state := State{TokenNeeded: s.token != "", Counts: counts, Shown: s.countShown()}
	if s.fault != nil {
		fault := s.fault.Fault
		state.Fault, state.Hits = &fault, s.fault.hits
	}
	return state
}

func (s *Server) handleBreak(w http.ResponseWriter, r *http.Request) {
	var fault Fault
	if err := readFault(r.Body, &fault); err != nil {
		writeProblem(w, err)
		return
	}
	if err := s.SetFault(fault); err != nil {
		writeProblem(w, err)
		return
	}
	writeJSON(w, http.StatusOK, s.State())
}

func readFault(body io.Reader, fault *Fault) error {
	const limit = 1 << 20
	data, err := io.ReadAll(io.LimitReader(body, limit))
	if err != nil {
		return fmt.Errorf("reading the fault: %w", err)
	}
	err = json.Unmarshal(data, fault)
	if bad := (*BadFault)(nil); errors.As(err, &bad) {
		return bad
	}
	if err != nil {
		return &BadFault{Problems: []string{fmt.Sprintf(`is no JSON object (%v), allowed: as in {"kind":"status","status":503}`, err)}}
	}
	return nil
}

func writeProblem(w http.ResponseWriter, err error) {
	writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
}

func (s *Server) handleHeal(w http.ResponseWriter, _ *http.Request) {
	s.Heal()
	writeJSON(w, http.StatusOK, s.State())
}

func (s *Server) handleState(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.State())
}

func (s *Server) handleRequests(w http.ResponseWriter, _ *http.Request) {
	requests := s.Requests()
	if requests == nil {
		requests = []Request{}
	}
	writeJSON(w, http.StatusOK, requests)
}

func (s *Server) handleReset(w http.ResponseWriter, _ *http.Request) {
	s.Reset()
	writeJSON(w, http.StatusOK, s.State())
}

// handleEvents tells the inbox page, in server-sent events, that there is something new to fetch.
func (s *Server) handleEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	say := func(text string) func() bool {
		return func() bool {
			_, err := io.WriteString(w, text)
			return err == nil
		}
	}
	s.stream(w, r, say("data: changed\n\n"), say(": alive\n\n"))
}

// stream calls send at once and after every change, and alive now and then, until one fails or the client goes.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, send, alive func() bool) {
	next := send
	for {
		changed := s.change()
		if !next() || http.NewResponseController(w).Flush() != nil {
			return
		}
		tick := time.NewTimer(keepalive)
		select {
		case <-changed:
			next = send
		case <-tick.C:
			next = alive
		case <-r.Context().Done():
			return
		case <-s.closed:
			return
		}
		tick.Stop()
	}
}
