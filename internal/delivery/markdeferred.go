package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
)

// Tickets put a ticket into the queue, to be seen after a delay.
type Tickets interface {
	// SendTicket sends it; a delay longer than SQS takes is cut, the ticket's not_before lets it go round.
	SendTicket(ctx context.Context, t message.Ticket, delay time.Duration) error
}

// MarkDeferred puts the message off: it writes until when, then sends the delayed ticket itself. Both can be repeated:
// the record recognises its own deferral, and the same ticket twice is one too many, which the second finds out.
type MarkDeferred struct {
	Records  Records
	Tickets  Tickets
	Breaker  *circuit.Breaker
	Jitter   Jitter
	Settings settings.Settings
	Now      func() time.Time
}

// Run puts the message off. Outcomes: deferred, expired (its slot lies past its deadline), gone, duplicate.
func (s *MarkDeferred) Run(ctx context.Context, work Work) (Work, error) {
	wait, planned := Wait{}, false
	errExpired := errors.New("slot past the deadline")
	rec, err := change(ctx, s.Records, work.MessageID, func(rec message.Record) (message.Record, error) {
		if !planned {
			wait, planned = s.plan(ctx, work, rec), true
		}
		if wait.Slot && !wait.Until.Before(rec.Deadline) {
			return rec, errExpired
		}
		if wait.Until.After(rec.Deadline) {
			wait.Until = rec.Deadline // it expires then, not a cool-down later
		}
		return rec.Defer(work.Execution.ARN, message.Deferral{
			From: work.Deferral, Until: wait.Until, Reason: wait.Reason, Detail: wait.Detail, Slot: wait.Slot,
		}, s.Now())
	})
	if errors.Is(err, errExpired) {
		return work.ended(contract.OutcomeExpired), nil
	}
	if err != nil {
		return ended(work, contract.OutcomeDeferred, err)
	}
	ticket := rec.Ticket(message.EventDeferred, s.Now())
	if err := s.Tickets.SendTicket(ctx, ticket, ticket.Wait(s.Now())); err != nil {
		return Work{}, fmt.Errorf("send the delayed ticket: %w", err)
	}
	return work.ended(contract.OutcomeDeferred), nil
}

// plan decides why and until when the message waits.
func (s *MarkDeferred) plan(ctx context.Context, work Work, rec message.Record) Wait {
	if work.Error == nil {
		if work.Wait != nil {
			return *work.Wait
		}
		return s.backoff(work, rec, message.ReasonUnavailable)
	}
	channel, _ := contract.ChannelNamed(rec.Channel)
	switch work.Error.Error {
	case channel.Faults.RateLimited:
		return s.slot(rec)
	case channel.Faults.Unauthorized:
		return s.probe(ctx, work, rec, message.ReasonUnauthorized)
	case channel.Faults.Misconfigured:
		return s.probe(ctx, work, rec, message.ReasonMisconfigured)
	case contract.ErrorCircuitOpen:
		return s.probe(ctx, work, rec, message.ReasonCircuitOpen)
	case contract.ErrorProbeFailed:
		return s.probe(ctx, work, rec, message.ReasonUnavailable)
	default:
		return s.backoff(work, rec, message.ReasonUnavailable)
	}
}

// backoff doubles with each deferral, and is no shorter than what the server itself asked for.
func (s *MarkDeferred) backoff(work Work, rec message.Record, reason message.Reason) Wait {
	wait := s.Jitter.backoff(message.Doubled(s.Settings.Backoff, s.Settings.MaxBackoff, work.Deferral))
	until := s.Now().Add(wait)
	last, _ := rec.LastAttempt()
	if last.RetryAt.After(until) {
		until = last.RetryAt
	}
	return Wait{Reason: reason, Until: until, Detail: last.Detail}
}

// slot is the one that the send state took when the service refused; without one (the circuit table failed) a spacing must do.
func (s *MarkDeferred) slot(rec message.Record) Wait {
	last, _ := rec.LastAttempt()
	if last.RetryAt.IsZero() {
		return Wait{Reason: message.ReasonRateLimited, Until: s.Now().Add(s.Settings.Limits.Spacing), Detail: last.Detail}
	}
	return Wait{Reason: message.ReasonRateLimited, Until: last.RetryAt, Detail: last.Detail, Slot: true}
}

// probe waits for the circuit's next probe, not for a doubled backoff of the message's own: when the destination is
// back, everything that waited comes within a cool-down.
func (s *MarkDeferred) probe(ctx context.Context, work Work, rec message.Record, reason message.Reason) Wait {
	last, _ := rec.LastAttempt()
	permission, err := s.Breaker.Peek(ctx, work.Channel, work.Execution.ARN)
	if err != nil {
		unreadable(ctx, err)
		permission = circuit.Permission{RetryAt: s.Now().Add(s.Settings.Breaker.Cooldown)}
	}
	if permission.Cooldown == 0 {
		permission.Cooldown = s.Settings.Breaker.Cooldown
	}
	return Wait{Reason: reason, Until: s.Jitter.probeWait(permission, s.Now()), Detail: last.Detail}
}
