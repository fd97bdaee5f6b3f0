package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

// Start is what MarkProcessing gets: the execution's input, and the execution itself.
type Start struct {
	// Ticket may be a person's input: only message_id is needed then.
	Ticket    message.Ticket    `json:"ticket"`
	Execution message.Execution `json:"execution"`
}

// Subject names the message and the execution, for the log.
func (s Start) Subject() (messageID, executionARN string) { return s.Ticket.MessageID, s.Execution.ARN }

// MarkProcessing takes the message's lease for the execution, or says why not.
type MarkProcessing struct {
	Records Records
	Times   message.Times
	Now     func() time.Time
}

// ErrNoMessageID means: the execution's input names no message.
var ErrNoMessageID = errors.New(`the input has no "message_id"`)

// Run takes the lease. Outcomes: proceed, expired, duplicate, busy, gone.
func (s *MarkProcessing) Run(ctx context.Context, in Start) (Work, error) {
	if in.Ticket.MessageID == "" {
		return Work{}, ErrNoMessageID
	}
	work := Work{
		MessageID: in.Ticket.MessageID, Generation: in.Ticket.Generation, Deferral: in.Ticket.Deferral,
		Execution: in.Execution,
	}
	rec, err := change(ctx, s.Records, in.Ticket.MessageID, func(rec message.Record) (message.Record, error) {
		now := s.Now()
		work.OnSlot = rec.OnSlot(now)
		next, outcome := rec.Take(in.Ticket, in.Execution, now, s.Times)
		work.Outcome = outcome
		return next, nil
	})
	if errors.Is(err, message.ErrNotFound) {
		return work.ended(contract.OutcomeGone), nil
	}
	if err != nil {
		return Work{}, err
	}
	if work.Outcome == contract.OutcomeProceed || work.Outcome == contract.OutcomeExpired {
		work.Generation, work.Deferral = rec.Generation, rec.Deferrals
		work.Channel, work.Deadline = rec.Channel, rec.Deadline
	}
	return work, nil
}
