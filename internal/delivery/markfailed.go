package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

// DeadLetters takes the tickets of messages that expired, with the reason.
type DeadLetters interface {
	SendDeadLetter(ctx context.Context, t message.Ticket, reason message.Reason) error
}

// MarkFailed writes down that the message will not be delivered: refused for good, or expired. An expired one also goes
// to the DLQ, as a ticket that a redrive turns into a replay.
type MarkFailed struct {
	Records     Records
	DeadLetters DeadLetters
	Now         func() time.Time
}

// Run ends the message. Outcomes: failed, expired, gone, duplicate.
func (s *MarkFailed) Run(ctx context.Context, work Work) (Work, error) {
	outcome, reason := contract.OutcomeFailed, message.ReasonRefused
	if work.Outcome == contract.OutcomeExpired {
		outcome, reason = contract.OutcomeExpired, message.ReasonExpired
	}
	_, err := change(ctx, s.Records, work.MessageID, func(rec message.Record) (message.Record, error) {
		next, err := rec.Fail(work.Execution.ARN, reason, failure(work, rec), s.Now())
		if err == nil && reason == message.ReasonExpired && next.Version != rec.Version { // not written, so not sent
			err = s.deadLetter(ctx, next)
		}
		return next, err
	})
	return ended(work, outcome, err)
}

// deadLetter comes before the record is written: should SQS fail now, the queue brings the message back, and it expires
// again; once the record were final, nobody would. A ticket too many is stale as soon as one of them was redriven.
func (s *MarkFailed) deadLetter(ctx context.Context, rec message.Record) error {
	if err := s.DeadLetters.SendDeadLetter(ctx, rec.ExpiredTicket(s.Now()), rec.Reason); err != nil {
		return fmt.Errorf("send the expired message to the DLQ: %w", err)
	}
	return nil
}

// failure words why, from the attempt that this execution made.
func failure(work Work, rec message.Record) string {
	if work.Outcome == contract.OutcomeExpired {
		return expiry(rec)
	}
	if last, ok := rec.LastAttempt(); ok {
		return last.Detail
	}
	return work.reason()
}

// expiry says what the message was waiting for when its time ran out.
func expiry(rec message.Record) string {
	last, ok := rec.LastAttempt()
	if !ok {
		return "deadline passed while it waited; it was never sent"
	}
	return "deadline passed while it waited; last attempt: " + last.Detail
}

func (w Work) reason() string {
	if w.Error == nil {
		return "the workflow gave no reason"
	}
	return w.Error.Error
}
