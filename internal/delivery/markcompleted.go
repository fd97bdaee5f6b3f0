package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

// MarkCompleted writes down that the message was delivered, with the attempt that did it.
type MarkCompleted struct {
	Records Records
	Now     func() time.Time
}

// ErrNoAttempt means: MarkCompleted was reached without a delivery.
var ErrNoAttempt = errors.New("nothing was delivered that could be marked as completed")

// Run ends the message. Outcomes: completed, gone, duplicate (another execution has taken the message since).
func (s *MarkCompleted) Run(ctx context.Context, work Work) (Work, error) {
	if work.Attempt == nil {
		return Work{}, ErrNoAttempt
	}
	attempt := message.Attempt{
		At: message.Moment(work.Attempt.At), Outcome: string(Delivered), Status: work.Attempt.Status,
		Latency: time.Duration(work.Attempt.LatencyMS) * time.Millisecond, NtfyID: work.Attempt.NtfyID,
	}
	_, err := change(ctx, s.Records, work.MessageID, func(rec message.Record) (message.Record, error) {
		return rec.Complete(work.Execution.ARN, attempt, s.Now())
	})
	return ended(work, contract.OutcomeCompleted, err)
}

// ended maps what a final write met to the execution's outcome.
func ended(work Work, outcome contract.Outcome, err error) (Work, error) {
	switch {
	case errors.Is(err, message.ErrNotFound):
		return work.ended(contract.OutcomeGone), nil
	case errors.Is(err, message.ErrNotHolder):
		return work.ended(contract.OutcomeDuplicate), nil
	case err != nil:
		return Work{}, err
	}
	return work.ended(outcome), nil
}
