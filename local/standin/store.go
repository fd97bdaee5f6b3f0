package standin

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Request is one attempt to publish, whatever became of it.
type Request struct {
	At     time.Time `json:"at"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	// Topic and SequenceID are what the request named, also where it was refused.
	Topic      string `json:"topic,omitempty"`
	SequenceID string `json:"sequence_id,omitempty"`
	// MessageID is the header X-Message-ID, where a publisher sends one.
	MessageID string `json:"message_id,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
	// Bytes is the size of the body, up to where it was read.
	Bytes int `json:"bytes"`
	// Status is the HTTP status that was answered; 0 where the connection was broken instead.
	Status int `json:"status"`
	// Code is ntfy's error code; 0 where there is none.
	Code int `json:"code,omitempty"`
	// Fault is the kind of fault that took the request; empty where none did.
	Fault Kind `json:"fault,omitempty"`
	// Shown says that the message was delivered, and NtfyID as what. It may be so although Status tells otherwise.
	Shown  bool   `json:"shown"`
	NtfyID string `json:"ntfy_id,omitempty"`
}

// Counts are exact, also of what is no longer remembered.
type Counts struct {
	// Requests is how many came to publish.
	Requests int `json:"requests"`
	// Delivered is how many messages were taken, those that replaced another included.
	Delivered int `json:"delivered"`
	// Replaced is how many of them replaced one that was shown.
	Replaced int `json:"replaced"`
	// ByStatus counts the requests by the status answered; 0 is a broken connection.
	ByStatus map[int]int `json:"by_status"`
}

// store is what the server remembers. Its user holds the server's lock.
type store struct {
	keep     int
	requests recent[Request]
	messages recent[Message]
	shown    []Message // in the order of the last change, oldest first
	counts   Counts
}

func newStore(keep int) store {
	return store{
		keep:     keep,
		requests: recent[Request]{keep: keep},
		messages: recent[Message]{keep: keep},
		counts:   Counts{ByStatus: map[int]int{}},
	}
}

func (s *store) deliver(m Message) {
	s.messages.add(m)
	s.counts.Delivered++
	if m.SequenceID != "" {
		before := len(s.shown)
		s.shown = slices.DeleteFunc(s.shown, m.replaces)
		s.counts.Replaced += min(1, before-len(s.shown))
	}
	s.shown = append(s.shown, m)
	if extra := len(s.shown) - s.keep; extra > 0 {
		s.shown = s.shown[extra:] // append copies the rest now and then, and so frees what is cut off here
	}
}

func (s *store) log(request Request) {
	s.requests.add(request)
	s.counts.Requests++
	s.counts.ByStatus[request.Status]++
}

// recent remembers the last keep items, and now and then drops the older ones in one go.
type recent[T any] struct {
	keep  int
	items []T
}

func (r *recent[T]) add(item T) {
	r.items = append(r.items, item)
	if len(r.items) > 2*r.keep {
		r.items = slices.Clone(r.items[len(r.items)-r.keep:])
	}
}

func (r *recent[T]) list() []T {
	return slices.Clone(r.items[max(0, len(r.items)-r.keep):])
}

// Requests gives the last publish requests, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.requests.list()
}

// Published gives every delivery to topic that is remembered, oldest first, those that replaced another and those that
// a delay still holds back included. An empty topic means all.
func (s *Server) Published(topic string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return selectMessages(s.store.messages.list(), topic)
}

// Shown gives what a phone that follows topic shows now, the latest change last. An empty topic means all.
func (s *Server) Shown(topic string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shownNow(topic)
}

func (s *Server) shownNow(topic string) []Message {
	now := s.clock()
	return slices.DeleteFunc(selectMessages(s.store.shown, topic), func(m Message) bool { return !m.due(now) })
}

func (s *Server) countShown() int {
	now, count := s.clock().Unix(), 0
	for i := range s.store.shown {
		if s.store.shown[i].Time <= now {
			count++
		}
	}
	return count
}

// Counts gives the exact numbers since the start or the last Reset.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := s.store.counts
	counts.ByStatus = maps.Clone(counts.ByStatus)
	return counts
}

// WaitShown waits until enough accepts what is shown on all topics, and gives that; or the context's error. It looks
// again at every change, so a test needs no sleep. A delay that runs out is no change.
func (s *Server) WaitShown(ctx context.Context, enough func(shown []Message) bool) ([]Message, error) {
	for {
		s.mu.Lock()
		shown, changed := s.shownNow(""), s.changed
		s.mu.Unlock()
		if enough(shown) {
			return shown, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return shown, fmt.Errorf("waiting for notifications, %d shown: %w", len(shown), ctx.Err())
		}
	}
}

func selectMessages(messages []Message, topic string) []Message {
	if topic == "" {
		return slices.Clone(messages)
	}
	return slices.DeleteFunc(slices.Clone(messages), func(m Message) bool { return m.Topic != topic })
}
