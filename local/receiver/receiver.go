// Package receiver is a small receiver of webhooks for laptops and tests. It takes what is signed as Standard Webhooks says,
// by the scheme's own library, tells what it got, and breaks on demand.
package receiver

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Hook is the path that takes events.
const Hook = "/hook"

// Control is the path under which a person or a test asks what came, and breaks the receiver.
const Control = "/_receiver"

const (
	// keep is how many posts are remembered.
	keep = 2000
	// maxEvent is the largest body that is read.
	maxEvent = 64 << 10
)

// Post is one request that came.
type Post struct {
	At time.Time `json:"at"`
	// ID is the webhook-id, Body the event.
	ID   string `json:"id"`
	Body string `json:"body"`
	// Fault says what was wrong with the signature; empty where it was good.
	Fault string `json:"fault,omitempty"`
	// Status is what was answered; 0 where the connection was broken off.
	Status int `json:"status"`
}

// Answer is how a broken receiver answers.
type Answer struct {
	// Status is the answer's; 0 breaks the connection off without one.
	Status int `json:"status"`
	// RetryAfter, in seconds, goes into the header of that name where it is above 0.
	RetryAfter int `json:"retry_after,omitempty"`
	// Count is how many posts it hits; 0 is all until healed.
	Count int `json:"count,omitempty"`
}

// Server is the receiver, an http.Handler that is safe for concurrent use.
type Server struct {
	verifier *standardwebhooks.Webhook
	routes   *http.ServeMux

	mu     sync.Mutex
	posts  []Post
	broken *Answer
	left   int
}

// New makes a receiver that knows one secret.
func New(secret string) (*Server, error) {
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return nil, err
	}
	s := &Server{verifier: verifier, routes: http.NewServeMux()}
	s.routes.HandleFunc("POST "+Hook, s.take)
	s.routes.HandleFunc("GET "+Control, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, s.Posts()) })
	s.routes.HandleFunc("POST "+Control+"/fault", s.handleBreak)
	s.routes.HandleFunc("DELETE "+Control+"/fault", func(w http.ResponseWriter, _ *http.Request) { s.Heal(); w.WriteHeader(http.StatusNoContent) })
	return s, nil
}

// ServeHTTP takes events at Hook and orders under Control.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

// Break has the next posts answered so.
func (s *Server) Break(with Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken, s.left = &with, with.Count
}

// Heal ends Break.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = nil
}

// Reset forgets what came.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts = nil
}

// Posts lists what came, oldest first.
func (s *Server) Posts() []Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Post{}, s.posts...)
}

// Taken lists the posts that were answered with a success.
func (s *Server) Taken() []Post {
	taken := []Post{}
	for _, post := range s.Posts() {
		if post.Status >= http.StatusOK && post.Status < http.StatusMultipleChoices {
			taken = append(taken, post)
		}
	}
	return taken
}

func (s *Server) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEvent))
	if err != nil {
		answer(w, http.StatusRequestEntityTooLarge, problem{err.Error()})
		return
	}
	post := Post{At: time.Now(), ID: r.Header.Get(standardwebhooks.HeaderWebhookID), Body: string(body), Status: http.StatusNoContent}
	if err := s.verifier.Verify(body, r.Header); err != nil {
		post.Fault, post.Status = err.Error(), http.StatusUnauthorized
	}
	broken := s.next()
	if broken != nil {
		post.Status = broken.Status
	}
	s.note(post)
	switch {
	case broken == nil && post.Fault != "":
		answer(w, post.Status, problem{post.Fault})
	case broken == nil:
		w.WriteHeader(post.Status)
	case broken.Status == 0:
		panic(http.ErrAbortHandler)
	default:
		if broken.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(broken.RetryAfter))
		}
		answer(w, broken.Status, problem{"broken on demand"})
	}
}

// next is the fault that hits a post, nil where none does.
func (s *Server) next() *Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.broken
	if now != nil && now.Count > 0 {
		if s.left--; s.left == 0 {
			s.broken = nil
		}
	}
	return now
}

func (s *Server) note(post Post) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts = append(s.posts, post)
	if len(s.posts) > keep {
		s.posts = s.posts[len(s.posts)-keep:]
	}
}

func (s *Server) handleBreak(w http.ResponseWriter, r *http.Request) {
	var with Answer
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxEvent)).Decode(&with)
	if err == nil && with.Status != 0 && (with.Status < http.StatusOK || with.Status > 599) {
		err = errors.New("status must be 200 to 599, or 0 to break the connection off")
	}
	if err != nil {
		answer(w, http.StatusBadRequest, problem{err.Error()})
		return
	}
	s.Break(with)
	w.WriteHeader(http.StatusNoContent)
}

type problem struct {
	Error string `json:"error"`
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) //nolint:errchkjson // the reader is gone: there is nobody left to tell
}
