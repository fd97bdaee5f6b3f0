package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

// Send is the state that makes a channel's one request (SendNtfy, SendWebhook): it has the Sender send, writes down an
// attempt that failed, and tells the breaker.
type Send struct {
	// Channel names the one that Sender serves. A message of another is not sent: its ticket lay in the wrong queue.
	Channel string
	Sender  Sender
	Records Records
	Breaker *circuit.Breaker
	Limiter *circuit.Limiter
	// HTTPTimeout bounds the request; a probe whose lease ends sooner is not made.
	HTTPTimeout time.Duration
	// RetryWindow: no retry starts later than this after the execution.
	RetryWindow time.Duration
	Now         func() time.Time
}

// SendInput is what the state gets: the work, and how often this execution has sent before.
type SendInput struct {
	Work       Work `json:"work"`
	RetryCount int  `json:"retry_count"`
}

// Subject names the message and the execution, for the log.
func (in SendInput) Subject() (messageID, executionARN string) { return in.Work.Subject() }

// ErrOtherChannel means: the message is not this workflow's to send. Somebody put its ticket into another channel's queue;
// the pipeline reports it, and a redrive through the API sends it to its own.
var ErrOtherChannel = errors.New("a ticket in the wrong channel's queue")

// attemptID tells one send of an execution from its next.
func (in SendInput) attemptID() string {
	return fmt.Sprintf("%s#%d", in.Work.Execution.ARN, in.RetryCount)
}

// Run sends. Outcomes: delivered, gone, duplicate; errors by the names that the workflow matches (errors.go).
func (s *Send) Run(ctx context.Context, in SendInput) (Work, error) {
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
	if rec.Channel != s.Channel {
		s.handBack(ctx, in.Work)
		return Work{}, fmt.Errorf("%w: message %s is for %s", ErrOtherChannel, rec.ID, rec.Channel)
	}
	at := s.Now()
	result := s.Sender.Send(ctx, rec)
	logAttempt(ctx, in, result)
	if result.Class == Delivered {
		s.tellDelivered(ctx, in.Work)
		in.Work.Attempt = &Delivery{
			At: at, Status: result.Status, LatencyMS: result.Latency.Milliseconds(), NtfyID: result.ID,
		}
		return in.Work.ended(contract.OutcomeDelivered), nil
	}
	return Work{}, s.failed(ctx, in, rec, at, result)
}

// notSent hands a probe back that was not made.
func (s *Send) notSent(ctx context.Context, work Work, outcome contract.Outcome) Work {
	s.handBack(ctx, work)
	return work.ended(outcome)
}
