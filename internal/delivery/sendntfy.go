package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/ntfy"
)

// Publisher makes one request to ntfy.
type Publisher interface {
	Publish(ctx context.Context, n ntfy.Notification, token string) ntfy.Result
}

// Tokens give ntfy's bearer token; empty means none.
type Tokens interface {
	// Token is the token as last read, at most a few minutes old.
	Token(ctx context.Context) (string, error)
	// Refresh reads the token again, because ntfy refused the one we had.
	Refresh(ctx context.Context) (string, error)
}

// SendNtfy makes one request to ntfy, writes down an attempt that failed, and tells the breaker.
type SendNtfy struct {
	Records   Records
	Publisher Publisher
	Tokens    Tokens
	Breaker   *circuit.Breaker
	Limiter   *circuit.Limiter
	// HTTPTimeout bounds the request; a probe whose lease ends sooner is not made.
	HTTPTimeout time.Duration
	// RetryWindow: no retry starts later than this after the execution.
	RetryWindow time.Duration
	Now         func() time.Time
}

// SendInput is what SendNtfy gets: the work, and how often this execution has sent before.
type SendInput struct {
	Work       Work `json:"work"`
	RetryCount int  `json:"retry_count"`
}

// Subject names the message and the execution, for the log.
func (in SendInput) Subject() (messageID, executionARN string) { return in.Work.Subject() }

// attemptID tells one send of an execution from its next.
func (in SendInput) attemptID() string {
	return fmt.Sprintf("%s#%d", in.Work.Execution.ARN, in.RetryCount)
}

// Run sends. Outcomes: delivered, gone, duplicate; errors by the names that the workflow matches (errors.go).
func (s *SendNtfy) Run(ctx context.Context, in SendInput) (Work, error) {
	if err := s.mayStillSend(ctx, in); err != nil {
		return Work{}, err
	}
	rec, err := s.Records.Load(ctx, in.Work.MessageID)
	if errors.Is(err, message.ErrNotFound) {
		return s.notSent(ctx, in.Work, contract.OutcomeGone), nil
	}
	if err != nil {
		return Work{}, fmt.Errorf("read message %s: %w", in.Work.MessageID, err)
	}
	if rec.Status != message.StatusProcessing || rec.ExecutionARN != in.Work.Execution.ARN {
		return s.notSent(ctx, in.Work, contract.OutcomeDuplicate), nil
	}
	at := s.Now()
	result := s.publish(ctx, rec)
	logAttempt(ctx, in, result)
	if result.Class == ntfy.Delivered {
		s.tellDelivered(ctx, in.Work)
		in.Work.Attempt = &Delivery{
			At: at, Status: result.Status, LatencyMS: result.Latency.Milliseconds(), NtfyID: result.NtfyID,
		}
		return in.Work.ended(contract.OutcomeDelivered), nil
	}
	return Work{}, s.failed(ctx, in, rec, at, result)
}

// notSent hands a probe back that was not made.
func (s *SendNtfy) notSent(ctx context.Context, work Work, outcome contract.Outcome) Work {
	s.handBack(ctx, work)
	return work.ended(outcome)
}

// publish renders the record and sends it. A token that ntfy refuses is read again, and where that gives another one
// the request is made once more: a rotated token costs nobody a wait.
func (s *SendNtfy) publish(ctx context.Context, rec message.Record) ntfy.Result {
	notification, err := render(rec)
	if err != nil {
		return ntfy.Result{Class: ntfy.Rejected, Detail: err.Error()}
	}
	token, err := s.Tokens.Token(ctx)
	if err != nil {
		return tokenUnreadable()
	}
	result := s.Publisher.Publish(ctx, notification, token)
	if result.Class != ntfy.Unauthorized {
		return result
	}
	fresh, err := s.Tokens.Refresh(ctx)
	if err != nil || fresh == token || !s.timeFor(ctx) {
		return result
	}
	return s.Publisher.Publish(ctx, notification, fresh)
}

// timeFor reports whether the Lambda lives long enough for one more request: killed in the middle of it, it could not
// say how the message fared.
func (s *SendNtfy) timeFor(ctx context.Context) bool {
	deadline, bounded := ctx.Deadline()
	return !bounded || time.Until(deadline) > s.HTTPTimeout
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
	notification, err := kind.Render([]byte(rec.Payload))
	notification.SequenceID = rec.SequenceID()
	return notification, err
}
