package delivery

import (
	"context"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// Publisher makes one request to ntfy.
type Publisher interface {
	Publish(ctx context.Context, n ntfy.Notification, token string) ntfy.Result
}

// Tokens give a channel's secret; empty means none.
type Tokens interface {
	// Token is the secret as last read, at most a few minutes old.
	Token(ctx context.Context) (string, error)
	// Refresh reads the secret again, because the other side refused the one we had.
	Refresh(ctx context.Context) (string, error)
}

// Ntfy sends a message as a notification.
type Ntfy struct {
	Publisher Publisher
	Tokens    Tokens
	// HTTPTimeout bounds one request.
	HTTPTimeout time.Duration
}

var _ Sender = (*Ntfy)(nil)

// Send renders the record and publishes it. What only an operator can mend is counted: an alarm hangs on it.
func (n *Ntfy) Send(ctx context.Context, rec message.Record) Result {
	result := n.publish(ctx, rec)
	switch result.Class {
	case ntfy.Unauthorized:
		telemetry.Count(ctx, telemetry.Unauthorized, 1)
	case ntfy.Misconfigured:
		telemetry.Count(ctx, telemetry.Misconfigured, 1)
	case ntfy.Delivered, ntfy.Unavailable, ntfy.RateLimited, ntfy.Rejected:
	}
	return Result{
		Class: Class(result.Class), Status: result.Status, Code: result.Code, ID: result.NtfyID, Quota: result.Quota,
		RetryAfter: result.RetryAfter, Detail: result.Detail, Latency: result.Latency,
	}
}

// Fault gives ntfy's error for a class.
func (*Ntfy) Fault(class Class, detail string) error {
	switch class {
	case RateLimited:
		return &NtfyRateLimited{Detail: detail}
	case Unauthorized:
		return &NtfyUnauthorized{Detail: detail}
	case Misconfigured:
		return &NtfyMisconfigured{Detail: detail}
	case Rejected:
		return &NtfyRejected{Detail: detail}
	case Unavailable, Delivered:
	}
	return &NtfyUnavailable{Detail: detail}
}

// publish sends. A token that ntfy refuses is read again, and where that gives another one the request is made once
// more: a rotated token costs nobody a wait.
func (n *Ntfy) publish(ctx context.Context, rec message.Record) ntfy.Result {
	notification, err := render(rec)
	if err != nil {
		return ntfy.Result{Class: ntfy.Rejected, Detail: err.Error()}
	}
	token, err := n.Tokens.Token(ctx)
	if err != nil {
		return tokenUnreadable()
	}
	result := n.Publisher.Publish(ctx, notification, token)
	if result.Class != ntfy.Unauthorized {
		return result
	}
	fresh, err := n.Tokens.Refresh(ctx)
	if err != nil || fresh == token || !TimeFor(ctx, n.HTTPTimeout) {
		return result
	}
	return n.Publisher.Publish(ctx, notification, fresh)
}

// tokenUnreadable: without its token a message would be refused, so it waits like one that ntfy did not answer.
func tokenUnreadable() ntfy.Result {
	return ntfy.Result{Class: ntfy.Unavailable, Detail: "nothing sent: the ntfy token could not be read from SSM"}
}

func render(rec message.Record) (ntfy.Notification, error) {
	kind, err := messagetype.Lookup(rec.Type)
	if err != nil {
		return ntfy.Notification{}, err
	}
	if kind.Render == nil {
		return ntfy.Notification{}, messagetype.ErrOtherChannel
	}
	notification, err := kind.Render([]byte(rec.Payload))
	notification.SequenceID = rec.SequenceID()
	return notification, err
}
