package standin

import (
	"net/http"
	"strings"
	"time"
)

// Kind is a way to break. It is a closed set, Kinds.
type Kind string

// The kinds of Fault.
const (
	// Status answers with Fault.Status, and nothing is shown.
	Status Kind = "status"
	// Latency shows the message, and holds the answer back for Fault.Delay.
	Latency Kind = "latency"
	// Reset breaks the connection before anything happened.
	Reset Kind = "reset"
	// ResetAfter shows the message, and breaks the connection instead of answering.
	ResetAfter Kind = "reset_after"
	// RateLimit lets Fault.Burst requests through and then one each Fault.Every, as the public server does.
	RateLimit Kind = "ratelimit"
	// Quota says that the day's messages are used up.
	Quota Kind = "quota"
	// Delivered500 shows the message, and answers that it failed, as ntfy does when it cannot store it.
	Delivered500 Kind = "delivered_500"
	// Garbage answers with bytes that are no HTTP.
	Garbage Kind = "garbage"
	// Empty200 answers 200 with an empty body.
	Empty200 Kind = "empty200"
	// HTML200 answers 200 with a page to sign in.
	HTML200 Kind = "html200"
	// JSONWithoutID answers 200 with JSON that is not ntfy's.
	JSONWithoutID Kind = "json_without_id"
	// Redirect answers with Fault.Status (302) to Fault.Location (/login).
	Redirect Kind = "redirect"
	// Unauthorized refuses every token.
	Unauthorized Kind = "unauthorized"
)

// Kinds lists the closed set.
func Kinds() []Kind {
	return []Kind{
		Status, Latency, Reset, ResetAfter, RateLimit, Quota, Delivered500, Garbage, Empty200, HTML200, JSONWithoutID,
		Redirect, Unauthorized,
	}
}

// delivers says whether the message is shown although the answer is broken.
func (k Kind) delivers() bool {
	return k == Latency || k == ResetAfter || k == Delivered500
}

// Fault is how publishing breaks, until it has done so Count times or Heal is called.
//
//nolint:recvcheck // MarshalJSON must work for a Fault as for a *Fault, UnmarshalJSON needs the pointer.
type Fault struct {
	Kind Kind
	// Count is how many requests it takes; 0 until healed. For RateLimit those that were refused.
	Count int
	// Topic and SequencePrefix restrict it to some messages; empty is any.
	Topic, SequencePrefix string

	// Status is the HTTP status of Status (200 to 599, needed) and Redirect (300 to 399, 302 where it is 0).
	Status int
	// Code is ntfy's error code of Status: its body is then ntfy's. Without Code and Body it is ntfy's own for such a
	// status, if it has one, else a web server's page.
	Code int
	// HTML has Status answer with a web server's page also where ntfy has an answer of its own.
	HTML bool
	// Body is the body of Status, as it is.
	Body string
	// BodyBytes has Status answer with a page of that many bytes.
	BodyBytes int
	// Headers are set on any answer, as in Retry-After.
	Headers map[string]string
	// Location is where Redirect leads; /login where it is empty.
	Location string

	// Delay is how long Latency holds the answer back, and SlowBody says that it does so after the headers.
	Delay    time.Duration
	SlowBody bool

	// Burst and Every are the bucket of RateLimit; 60 and 5 s, the public server's, where they are 0.
	Burst int
	Every time.Duration
}

// activeFault is a Fault at work.
type activeFault struct {
	Fault

	hits   int
	bucket bucket
}

// SetFault breaks publishing from the next request on; it replaces the fault before. Its error is a *BadFault that
// names every field that is wrong.
func (s *Server) SetFault(f Fault) error {
	f.setDefaults()
	if err := f.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = &activeFault{Fault: f, bucket: newBucket(f.Burst, f.Every, s.clock())}
	s.announce()
	return nil
}

// Heal ends the present fault.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = nil
	s.announce()
}

func (f *Fault) setDefaults() {
	const (
		publicBurst = 60
		publicEvery = 5 * time.Second
	)
	if f.Kind == RateLimit && f.Burst == 0 {
		f.Burst = publicBurst
	}
	if f.Kind == RateLimit && f.Every == 0 {
		f.Every = publicEvery
	}
	if f.Kind == Redirect && f.Status == 0 {
		f.Status = http.StatusFound
	}
	if f.Kind == Redirect && f.Location == "" {
		f.Location = "/login"
	}
}

// takeFault gives the present fault, if it takes this request, and counts it. delivering says which sort is asked for:
// those that show the message all the same, or the others. The caller holds the lock.
func (s *Server) takeFault(d *draft, now time.Time, delivering bool) *Fault {
	f := s.fault
	if f == nil || f.Kind.delivers() != delivering || !f.matches(d) {
		return nil
	}
	if f.Kind == RateLimit && f.bucket.take(now) {
		return nil
	}
	f.hits++
	if f.Count > 0 && f.hits >= f.Count {
		s.fault = nil
	}
	return &f.Fault
}

func (f *Fault) matches(d *draft) bool {
	return (f.Topic == "" || f.Topic == d.Topic) && strings.HasPrefix(d.SequenceID, f.SequencePrefix)
}
