package delivery

import (
	"context"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
)

// Class is what the answer to one request means for the message and for the circuit, whichever channel asked. It is a
// closed set, Classes.
type Class string

// The classes.
const (
	// Delivered: the other side said that it has the message.
	Delivered Class = "delivered"
	// Unavailable: nothing there, or nothing that works; try again soon.
	Unavailable Class = "unavailable"
	// RateLimited: the other side is there and asks to be left alone for a while.
	RateLimited Class = "rate_limited"
	// Unauthorized: it refuses our secret; nothing is delivered until an operator mends that.
	Unauthorized Class = "unauthorized"
	// Misconfigured: what answers is not what it should be; nothing is delivered until an operator mends that.
	Misconfigured Class = "misconfigured"
	// Rejected: it refuses this very message, for good.
	Rejected Class = "rejected"
)

// Classes lists the closed set.
func Classes() []Class {
	return []Class{Delivered, Unavailable, RateLimited, Unauthorized, Misconfigured, Rejected}
}

// Result is what came of one request.
type Result struct {
	Class Class
	// Status is the HTTP status, 0 where no answer came, or nothing was sent.
	Status int
	// Code is the service's own error code; 0 where there is none.
	Code int
	// ID is the service's id of a delivered message; empty where it gives none.
	ID string
	// Quota says that a daily quota is used up, not the request rate.
	Quota bool
	// RetryAfter is how long the answer asks to wait; 0 where it does not.
	RetryAfter time.Duration
	// Detail says in one line what happened. It holds neither secrets nor text of the message.
	Detail string
	// Latency is the time from the call to the last byte of the answer that counted.
	Latency time.Duration
}

// Sender is a channel's way out. Package webhook has one, and ntfy.go; docs/extending.md adds another.
type Sender interface {
	// Send makes the one request for a message and says what came of it. It never sends the message a second time, but
	// for a secret that the other side refused and that has since been replaced.
	Send(ctx context.Context, rec message.Record) Result
	// Fault is the channel's error for any class but Delivered, by the name that its workflow matches. It is returned as
	// it is.
	Fault(class Class, detail string) error
}

// TimeFor reports whether the Lambda lives long enough for one more request: killed in the middle of it, it could not
// say how the message fared.
func TimeFor(ctx context.Context, request time.Duration) bool {
	deadline, bounded := ctx.Deadline()
	return !bounded || time.Until(deadline) > request
}
