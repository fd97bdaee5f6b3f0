package delivery

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// CheckCircuit decides whether the message may be sent now: the channel's rate limit, the message's deadline, then the
// breaker. It may win the half-open circuit's probe. Healthy traffic costs one read here and no write.
type CheckCircuit struct {
	Breaker *circuit.Breaker
	Limiter *circuit.Limiter
	Jitter  Jitter
	Now     func() time.Time
}

// Run asks for permission. Outcomes: proceed, deferred (with Wait), expired. Where the breaker's table cannot be read
// the message proceeds: a breaker that is down must not stop delivery.
func (s *CheckCircuit) Run(ctx context.Context, work Work) (Work, error) {
	item, err := s.Breaker.Look(ctx, work.Channel)
	if err != nil {
		unreadable(ctx, err)
		return s.checkDeadline(work), nil
	}
	if item.Limit.Limited(s.Now()) && !work.OnSlot {
		return s.waitForSlot(ctx, work)
	}
	if work = s.checkDeadline(work); work.Outcome != contract.OutcomeProceed {
		return work, nil
	}
	permission, err := s.Breaker.Ask(ctx, work.Channel, work.Execution.ARN, item)
	if err != nil { // the circuit is open, and the probe could not be won: somebody else has it, or nobody can
		unreadable(ctx, err)
		permission = circuit.Permission{Cause: item.Circuit.Cause, RetryAt: s.Now(), Cooldown: s.Breaker.Settings.Cooldown}
	}
	if permission.Granted {
		work.ProbeUntil = permission.ProbeUntil
		return work, nil
	}
	work.Wait = &Wait{
		Reason: message.ReasonCircuitOpen, Detail: "circuit open: " + string(permission.Cause),
		Until: s.Jitter.probeWait(permission, s.Now()),
	}
	return work.ended(contract.OutcomeDeferred), nil
}

func (s *CheckCircuit) checkDeadline(work Work) Work {
	if !s.Now().Before(work.Deadline) {
		return work.ended(contract.OutcomeExpired)
	}
	return work.ended(contract.OutcomeProceed)
}

// waitForSlot takes the message's turn. A slot that lies past the deadline will never be used: the message expires now.
func (s *CheckCircuit) waitForSlot(ctx context.Context, work Work) (Work, error) {
	slot, err := s.Limiter.Take(ctx, work.Channel)
	if err != nil {
		unreadable(ctx, err)
		return s.checkDeadline(work), nil
	}
	if !slot.Before(work.Deadline) {
		return work.ended(contract.OutcomeExpired), nil
	}
	work.Wait = &Wait{Reason: message.ReasonRateLimited, Detail: work.Channel + " limits the rate", Until: slot, Slot: true}
	return work.ended(contract.OutcomeDeferred), nil
}

// unreadable notes that the breaker's table failed us and that delivery went on without it.
func unreadable(ctx context.Context, err error) {
	telemetry.Count(ctx, telemetry.CircuitUnreadable, 1)
	telemetry.Log(ctx).Error("circuit table failed; going on without it", zap.Error(err))
}
