package delivery

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// failed tells the breaker or the limiter, writes the attempt down, and gives the error that the workflow matches.
func (s *SendNtfy) failed(ctx context.Context, in SendInput, rec message.Record, at time.Time, result ntfy.Result) error {
	attempt := message.Attempt{
		At: message.Moment(at), Outcome: result.Class.String(), Status: result.Status, Code: result.Code,
		Latency: result.Latency.Truncate(time.Millisecond), NtfyID: result.NtfyID, Detail: result.Detail,
	}
	var verdict error
	switch result.Class {
	case ntfy.RateLimited:
		attempt.RetryAt = s.refused(ctx, in.Work, rec, result)
		verdict = &NtfyRateLimited{Detail: result.Detail}
	case ntfy.Unauthorized:
		telemetry.Count(ctx, telemetry.Unauthorized, 1)
		s.breakerFailed(ctx, in, circuit.CauseUnauthorized)
		verdict = &NtfyUnauthorized{Detail: result.Detail}
	case ntfy.Misconfigured:
		telemetry.Count(ctx, telemetry.Misconfigured, 1)
		s.breakerFailed(ctx, in, circuit.CauseMisconfigured)
		verdict = &NtfyMisconfigured{Detail: result.Detail}
	case ntfy.Rejected:
		s.rejected(ctx, in.Work, result)
		verdict = &NtfyRejected{Detail: result.Detail}
	case ntfy.Unavailable, ntfy.Delivered:
		attempt.RetryAt = s.retryAfter(at, result)
		s.breakerFailed(ctx, in, circuit.CauseUnavailable)
		verdict = unavailable(in.Work, result)
	}
	if err := s.writeAttempt(ctx, in, rec, attempt); err != nil {
		return err
	}
	return verdict
}

// rejected: ntfy answered, so a probe has done its work. One that was not even sent, because ntfy would refuse its
// message for sure, says nothing of ntfy: the next message may have the probe.
func (s *SendNtfy) rejected(ctx context.Context, work Work, result ntfy.Result) {
	if result.Status == 0 {
		s.handBack(ctx, work)
		return
	}
	s.answered(ctx, work)
}

func (s *SendNtfy) handBack(ctx context.Context, work Work) {
	if work.Probe() {
		s.note(ctx, s.Breaker.HandBack(ctx, work.Channel, work.Execution.ARN))
	}
}

// unavailable: a probe is never sent again, so its failure has a name that the workflow does not retry.
func unavailable(work Work, result ntfy.Result) error {
	if work.Probe() {
		return &ProbeFailed{Detail: result.Detail}
	}
	return &NtfyUnavailable{Detail: result.Detail}
}

// writeAttempt puts the attempt on the record. Where the lease was lost or the record is gone, the next state finds
// out; any other fault is the pipeline's.
func (s *SendNtfy) writeAttempt(ctx context.Context, in SendInput, rec message.Record, attempt message.Attempt) error {
	_, err := changeFrom(ctx, s.Records, rec, func(rec message.Record) (message.Record, error) {
		return rec.Attempted(in.Work.Execution.ARN, attempt, s.Now())
	})
	if errors.Is(err, message.ErrNotHolder) || errors.Is(err, message.ErrNotFound) {
		return nil
	}
	return err
}

// refused takes the slot in which the message comes again. ntfy answered, so a probe has done its work. Only who was
// refused in time for its slot says that the slots lie too close: after a stall many slots are due at once, and each of
// those refusals would double the spacing.
func (s *SendNtfy) refused(ctx context.Context, work Work, rec message.Record, result ntfy.Result) time.Time {
	s.answered(ctx, work)
	inTime := s.Now().Sub(rec.SlotAt) < s.Limiter.Settings.Spacing
	slot, err := s.Limiter.Refused(ctx, work.Channel, circuit.Refusal{
		OnSlot: work.OnSlot && inTime, Quota: result.Quota, RetryAfter: result.RetryAfter,
	})
	s.note(ctx, err)
	return message.Moment(slot)
}

// retryAfter is when an ailing server asked us to come again, within bounds; zero where it did not.
func (s *SendNtfy) retryAfter(at time.Time, result ntfy.Result) time.Time {
	if result.RetryAfter <= 0 {
		return time.Time{}
	}
	return message.Moment(at.Add(min(result.RetryAfter, s.Limiter.Settings.MaxRetryAfter)))
}

// tellDelivered: healthy traffic has nothing to tell; a probe closes the circuit, a slot's success narrows the spacing.
func (s *SendNtfy) tellDelivered(ctx context.Context, work Work) {
	s.answered(ctx, work)
	if work.OnSlot {
		s.note(ctx, s.Limiter.Succeeded(ctx, work.Channel))
	}
}

func (s *SendNtfy) answered(ctx context.Context, work Work) {
	if work.Probe() {
		s.note(ctx, s.Breaker.Answered(ctx, work.Channel, work.Execution.ARN))
	}
}

func (s *SendNtfy) breakerFailed(ctx context.Context, in SendInput, cause circuit.Cause) {
	work := in.Work
	after, opened, err := s.Breaker.Failed(ctx, work.Channel, work.Execution.ARN, in.attemptID(), cause)
	s.note(ctx, err)
	if err == nil && opened {
		telemetry.Log(ctx).Warn("circuit opened", zap.String("channel", work.Channel),
			zap.String("cause", string(after.Cause)), zap.Time("retry_at", after.RetryAt))
	}
}

func (s *SendNtfy) note(ctx context.Context, err error) {
	if err != nil {
		unreadable(ctx, err)
	}
}

// logAttempt is the one wide line of each attempt, and with it of each message that goes well: the other Lambdas' lines
// are below info. The context's logger adds message_id, execution_arn and request_id.
func logAttempt(ctx context.Context, in SendInput, result ntfy.Result) {
	telemetry.Log(ctx).Info("attempt",
		zap.String("class", result.Class.String()), zap.Int("status", result.Status), zap.Int("code", result.Code),
		zap.Int64("latency_ms", result.Latency.Milliseconds()), zap.Int("retry", in.RetryCount),
		zap.Bool("probe", in.Work.Probe()), zap.Bool("on_slot", in.Work.OnSlot), zap.Int("deferral", in.Work.Deferral),
		zap.String("ntfy_id", result.NtfyID), zap.String("detail", result.Detail),
	)
}
