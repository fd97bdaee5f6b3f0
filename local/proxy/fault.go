package proxy

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Match says which calls are meant. An empty field means any.
type Match struct {
	Service, Operation, Caller string
	// Resource is a part of the name of what the call is about: a table, a queue, a parameter.
	Resource string
	// Text is a part of the call's body, such as a message's id.
	Text string
}

func (m Match) fits(call Call) bool {
	return (m.Service == "" || m.Service == call.Service) &&
		(m.Operation == "" || m.Operation == call.Operation) &&
		(m.Caller == "" || m.Caller == call.Caller) &&
		strings.Contains(call.Resource, m.Resource) &&
		(m.Text == "" || bytes.Contains(call.Body, []byte(m.Text)))
}

// Effect is what a Fault does to a call. It is a closed set, Effects.
type Effect string

// The effects.
const (
	// Throttle answers, in the service's own form, that it is too busy; nothing was done.
	Throttle Effect = "throttle"
	// Fail answers, in the service's own form, that it failed; nothing was done.
	Fail Effect = "fail"
	// Delay sends the call on after Fault.Delay.
	Delay Effect = "delay"
	// CutBefore breaks the connection; nothing was done.
	CutBefore Effect = "cut_before"
	// CutAfter lets the call take effect and breaks the connection instead of answering.
	CutAfter Effect = "cut_after"
	// KillBefore kills the calling process; nothing was done. It needs Linux.
	KillBefore Effect = "kill_before"
	// KillAfter lets the call take effect and kills the calling process, which never hears of it. It needs Linux.
	KillAfter Effect = "kill_after"
)

// Effects lists the closed set.
func Effects() []Effect {
	return []Effect{Throttle, Fail, Delay, CutBefore, CutAfter, KillBefore, KillAfter}
}

// Fault breaks some calls.
type Fault struct {
	Match

	Effect Effect
	// Skip lets that many calls that fit go by first.
	Skip int
	// Count is how many calls it breaks then; 0 is all of them.
	Count int
	// Delay is how long Delay holds a call up.
	Delay time.Duration
}

// Faults break calls. The first of them that fits takes a call. The zero value breaks nothing.
type Faults struct {
	mu     sync.Mutex
	active []*Broken
}

// Broken is a Fault at work.
type Broken struct {
	fault Fault

	mu          sync.Mutex
	seen, taken int
	failure     error
}

// Break breaks calls from now on.
func (f *Faults) Break(fault Fault) *Broken {
	broken := &Broken{fault: fault}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active = append(f.active, broken)
	return broken
}

// Heal ends all faults.
func (f *Faults) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active = nil
}

// Taken is how many calls the fault has broken; err says why it could not, which is a fault of this machine's.
func (b *Broken) Taken() (calls int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.taken, b.failure
}

func (b *Broken) takes(call Call) bool {
	if !b.fault.fits(call) {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen++
	if b.seen <= b.fault.Skip || b.fault.Count > 0 && b.taken >= b.fault.Count {
		return false
	}
	b.taken++
	return true
}

func (f *Faults) find(call Call) *Broken {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, broken := range f.active {
		if broken.takes(call) {
			return broken
		}
	}
	return nil
}

// Intercept is an Interceptor.
func (f *Faults) Intercept(call Call, w http.ResponseWriter, r *http.Request, next http.Handler) {
	broken := f.find(call)
	if broken == nil {
		next.ServeHTTP(w, r)
		return
	}
	broken.apply(call, w, r, next)
}

func (b *Broken) apply(call Call, w http.ResponseWriter, r *http.Request, next http.Handler) {
	switch b.fault.Effect {
	case Throttle:
		throttled(call.Service).write(w)
	case Fail:
		failed(call.Service).write(w)
	case Delay:
		if wait(r.Context(), b.fault.Delay) {
			next.ServeHTTP(w, r)
		}
	case CutBefore:
		cut(w)
	case CutAfter:
		takeEffect(r, next)
		cut(w)
	case KillBefore:
		b.kill(r)
		cut(w)
	case KillAfter:
		takeEffect(r, next)
		b.kill(r)
		cut(w)
	}
}

func (b *Broken) kill(r *http.Request) {
	if err := killCaller(r); err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.failure = err
	}
}

// wait reports whether the caller still waits after that long.
func wait(ctx context.Context, long time.Duration) bool {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// takeEffect sends a call on, reads its whole answer, and keeps it from the caller.
func takeEffect(r *http.Request, next http.Handler) {
	next.ServeHTTP(&unheard{header: http.Header{}}, r.WithContext(context.WithoutCancel(r.Context())))
}

// unheard takes an answer that nobody gets.
type unheard struct{ header http.Header }

func (u *unheard) Header() http.Header            { return u.header }
func (u *unheard) Write(part []byte) (int, error) { return len(part), nil }
func (u *unheard) WriteHeader(int)                {}

// cut breaks the connection off with a reset, as a network does.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's own way to break off what cannot be taken over
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // whether it could be set or not, the connection is closed
	}
	_ = conn.Close() // it is to be broken
}
