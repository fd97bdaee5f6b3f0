package proxy

import (
	"bytes"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Seen is one call that went on to AWS, and what came back.
type Seen struct {
	Call

	Began, Ended time.Time // Ended is zero while it is under way
	Status       int
	Answer       []byte
}

// Log notes calls in the order in which they went on. The zero value is empty and ready.
type Log struct {
	mu    sync.Mutex
	calls []*Seen
}

// Intercept is an Interceptor.
func (l *Log) Intercept(call Call, w http.ResponseWriter, r *http.Request, next http.Handler) {
	seen := &Seen{Call: call, Began: time.Now()}
	l.mu.Lock()
	l.calls = append(l.calls, seen)
	l.mu.Unlock()
	answer := &copied{ResponseWriter: w, status: http.StatusOK}
	defer func() { // also where the caller has gone, or the answer breaks off
		l.mu.Lock()
		defer l.mu.Unlock()
		seen.Ended, seen.Status, seen.Answer = time.Now(), answer.status, answer.body.Bytes()
	}()
	next.ServeHTTP(answer, r)
}

// Calls are all calls since the start or the last Reset.
func (l *Log) Calls() []Seen {
	l.mu.Lock()
	defer l.mu.Unlock()
	calls := make([]Seen, len(l.calls))
	for i, seen := range l.calls {
		calls[i] = *seen
	}
	return calls
}

// Reset forgets all calls.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = nil
}

// copied is an answer on its way, and what was in it.
type copied struct {
	http.ResponseWriter

	status int
	body   bytes.Buffer
}

// WriteHeader notes the status.
func (c *copied) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

// Write notes a part of the body.
func (c *copied) Write(part []byte) (int, error) {
	c.body.Write(part)
	return c.ResponseWriter.Write(part)
}

// Unwrap lets a connection be taken over beneath the copy.
func (c *copied) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// Point is a call at which a Lambda can be killed or its world be broken: the N-th, from 1, of its sort in a run.
type Point struct {
	Service, Operation, Caller, Resource string

	N int
	// After is the call that the same Lambda made before this one, with the status of its answer; empty for its first.
	// What a call is for follows from it: the same read means one thing after a delivery and another after a failure.
	After string
}

// Points are the points of a run. A run is recorded once and then repeated with a fault at each of its points.
func Points(run []Seen) []Point {
	counts, before := map[Point]int{}, map[string]string{}
	points := make([]Point, 0, len(run))
	for _, seen := range run {
		sort := Point{Service: seen.Service, Operation: seen.Operation, Caller: seen.Caller, Resource: seen.Resource}
		counts[sort]++
		point := sort
		point.N, point.After = counts[sort], before[seen.Caller]
		before[seen.Caller] = seen.label()
		points = append(points, point)
	}
	return points
}

func (s *Seen) label() string {
	return s.Service + " " + s.Operation + " " + s.Resource + " " + http.StatusText(s.Status)
}

// Matches is the Match of the point's sort.
func (p Point) Matches() Match {
	return Match{Service: p.Service, Operation: p.Operation, Caller: p.Caller, Resource: p.Resource}
}

// Distinct leaves out the points at which a Lambda does the same as at an earlier one: the same call after the same call.
func Distinct(points []Point) []Point {
	seen := map[Point]bool{}
	return slices.DeleteFunc(slices.Clone(points), func(p Point) bool {
		p.N = 0
		again := seen[p]
		seen[p] = true
		return again
	})
}
