package delivery

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// failed tells the breaker or the limiter, writes the attempt down, and gives the error that the workflow matches.
func (s *Send) failed(ctx context.Context, in SendInput, rec message.Record, at time.Time, result Result) error {
	attempt := message.Attempt{
		At: message.Moment(at), Outcome: string(result.Class), Status: result.Status, Code: result.Code,
		Latency: result.Latency.Truncate(time.Millisecond), NtfyID: result.ID, Detail: result.Detail,
	}
	verdict := s.Sender.Fault(result.Class, result.Detail)
	switch result.Class {
	case RateLimited:
		attempt.RetryAt = s.refused(ctx, in.Work, rec, result)
	case Unauthorized:
		s.breakerFailed(ctx, in, circuit.CauseUnauthorized)
	case Misconfigured:
		s.breakerFailed(ctx, in, circuit.CauseMisconfigured)
	case Rejected:
		s.rejected(ctx, in.Work, result)
	case Unavailable, Delivered:
		attempt.RetryAt = s.retryAfter(at, result)
		s.breakerFailed(ctx, in, circuit.CauseUnavailable)
		if in.Work.Probe() { // it is never sent again, so its failure has a name that the workflow does not retry
			verdict = &ProbeFailed{Detail: result.Detail}
		}
	}
	if err := s.writeAttempt(ctx, in, rec, attempt); err != nil {
		return err
	}
	return verdict
}

// rejected: the service answered, so a probe has done its work. One that was not even sent, because its message would be
// refused for sure, says nothing of the service: the next message may have the probe.
func (s *Send) rejected(ctx context.Context, work Work, result Result) {
	if result.Status == 0 {
		s.handBack(ctx, work)
		return
	}
	s.answered(ctx, work)
}

func (s *Send) handBack(ctx context.Context, work Work) {
	if work.Probe() {
		s.note(ctx, s.Breaker.HandBack(ctx, work.Channel, work.Execution.ARN))
	}
}

// writeAttempt puts the attempt on the record. Where the lease was lost or the record is gone, the next state finds
// out; any other fault is the pipeline's.
func (s *Send) writeAttempt(ctx context.Context, in SendInput, rec message.Record, attempt message.Attempt) error {
	_, err := changeFrom(ctx, s.Records, rec, func(rec message.Record) (message.Record, error) {
		return rec.Attempted(in.Work.Execution.ARN, attempt, s.Now())
	})
	if errors.Is(err, message.ErrNotHolder) || errors.Is(err, message.ErrNotFound) {
		return nil
	}
	return err
}

// refused takes the slot in which the message comes again. The service answered, so a probe has done its work. Only who was
// refused in time for its slot says that the slots lie too close: after a stall many slots are due at once, and each of
// those refusals would double the spacing.
func (s *Send) refused(ctx context.Context, work Work, rec message.Record, result Result) time.Time {
	s.answered(ctx, work)
	inTime := s.Now().Sub(rec.SlotAt) < s.Limiter.Settings.Spacing
	slot, err := s.Limiter.Refused(ctx, work.Channel, circuit.Refusal{
		OnSlot: work.OnSlot && inTime, Quota: result.Quota, RetryAfter: result.RetryAfter,
	})
	s.note(ctx, err)
	return message.Moment(slot)
}

// retryAfter is when an ailing server asked us to come again, within bounds; zero where it did not.
func (s *Send) retryAfter(at time.Time, result Result) time.Time {
	if result.RetryAfter <= 0 {
		return time.Time{}
	}
	return message.Moment(at.Add(min(result.RetryAfter, s.Limiter.Settings.MaxRetryAfter)))
}

// tellDelivered: healthy traffic has nothing to tell; a probe closes the circuit, a slot's success narrows the spacing.
func (s *Send) tellDelivered(ctx context.Context, work Work) {
	s.answered(ctx, work)
	if work.OnSlot {
		s.note(ctx, s.Limiter.Succeeded(ctx, work.Channel))
	}
}

func (s *Send) answered(ctx context.Context, work Work) {
	if work.Probe() {
		s.note(ctx, s.Breaker.Answered(ctx, work.Channel, work.Execution.ARN))
	}
}

func (s *Send) breakerFailed(ctx context.Context, in SendInput, cause circuit.Cause) {
	work := in.Work
	after, opened, err := s.Breaker.Failed(ctx, work.Channel, work.Execution.ARN, in.attemptID(), cause)
	s.note(ctx, err)
	if err == nil && opened {
		telemetry.Log(ctx).Warn("circuit opened", zap.String("channel", work.Channel),
			zap.String("cause", string(after.Cause)), zap.Time("retry_at", after.RetryAt))
	}
}

func (s *Send) note(ctx context.Context, err error) {
	if err != nil {
		unreadable(ctx, err)
	}
}

// logAttempt is the one wide line of each attempt, and with it of each message that goes well: the other Lambdas' lines
// are below info. The context's logger adds message_id, execution_arn and request_id.
func logAttempt(ctx context.Context, in SendInput, result Result) {
	telemetry.Log(ctx).Info("attempt",
		zap.String("class", string(result.Class)), zap.Int("status", result.Status), zap.Int("code", result.Code),
		zap.Int64("latency_ms", result.Latency.Milliseconds()), zap.Int("retry", in.RetryCount),
		zap.Bool("probe", in.Work.Probe()), zap.Bool("on_slot", in.Work.OnSlot), zap.Int("deferral", in.Work.Deferral),
		zap.String("ntfy_id", result.ID), zap.String("detail", result.Detail),
	)
}
