// Package dispatch is the processor's work: one workflow for each ticket of a batch, side by side, and for each queue
// item the decision whether SQS may delete it or shall bring it back.
package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// Item is one queue item.
type Item struct {
	// ID is the item's own id in the queue, by which it is reported.
	ID   string
	Body []byte
	// Receive counts how often the item was received, from 1.
	Receive int
}

// Workflow runs one execution and waits for its end.
type Workflow interface {
	// Run starts an execution. An error means that it is not known how, or whether, it ended.
	Run(ctx context.Context, name string, input []byte) (Ending, error)
}

// Tickets put a ticket back into the queue, to be seen after a delay.
type Tickets interface {
	SendTicket(ctx context.Context, t message.Ticket, delay time.Duration) error
}

// Records are the message records; only a message that is given up is written here.
type Records interface {
	Load(ctx context.Context, id string) (message.Record, error)
	Save(ctx context.Context, prev, next message.Record) error
}

// Dispatcher turns queue items into executions.
type Dispatcher struct {
	Workflow Workflow
	Tickets  Tickets
	Records  Records
	// MaxReceives is when the queue gives an item to the DLQ.
	MaxReceives int
	Now         func() time.Time
}

// Dispatch handles a batch, its items side by side, and gives the ids of the items that SQS shall bring back. Each ends
// with the context at the latest.
func (d *Dispatcher) Dispatch(ctx context.Context, items []Item) []string {
	failed := make([]bool, len(items))
	var all sync.WaitGroup
	for i, item := range items {
		all.Go(func() { failed[i] = d.dispatchOne(ctx, item) != nil })
	}
	all.Wait()
	report := []string{} // never nil: null would read as “unknown” to whoever parses it
	for i, bad := range failed {
		if bad {
			report = append(report, items[i].ID)
		}
	}
	return report
}

// errPanicked: the code broke; the item must come back rather than vanish with its neighbours.
var errPanicked = errors.New("panic")

// dispatchOne handles one item; nil means that SQS may delete it.
func (d *Dispatcher) dispatchOne(ctx context.Context, item Item) (err error) {
	ctx = telemetry.With(ctx, telemetry.Log(ctx).With(zap.String("queue_item", item.ID), zap.Int("receive", item.Receive)))
	defer func() {
		if broken := recover(); broken != nil {
			err = errPanicked
			telemetry.Log(ctx).Error("panic while handling a queue item", zap.Any("panic", broken))
		}
	}()
	ticket, err := message.ParseTicket(item.Body)
	if err != nil {
		telemetry.Count(ctx, telemetry.Unreadable, 1)
		telemetry.Log(ctx).Error("queue item is no ticket; the DLQ gets it", zap.Error(err))
		return err
	}
	ctx = telemetry.About(ctx, ticket.MessageID, "")
	if ticket.Wait(d.Now()) > 0 {
		return d.goRound(ctx, ticket)
	}
	return d.deliver(ctx, ticket, item.Receive)
}

// goRound sends a ticket that is not due yet round again: no execution, and no receive is used up.
func (d *Dispatcher) goRound(ctx context.Context, ticket message.Ticket) error {
	if err := d.Tickets.SendTicket(ctx, ticket, ticket.Wait(d.Now())); err != nil {
		telemetry.Log(ctx).Error("ticket that is not due could not be sent round", zap.Error(err))
		return fmt.Errorf("send the ticket round: %w", err)
	}
	return nil
}

func (d *Dispatcher) deliver(ctx context.Context, ticket message.Ticket, receive int) error {
	input, err := json.Marshal(ticket)
	if err != nil {
		return fmt.Errorf("write the execution's input: %w", err)
	}
	ending, err := d.Workflow.Run(ctx, ticket.ExecutionName(receive), input)
	ctx = telemetry.About(ctx, ticket.MessageID, ending.ExecutionARN)
	if err == nil {
		err = ending.fault()
	}
	if err == nil {
		if ending.Outcome == contract.OutcomeDuplicate {
			telemetry.Count(ctx, telemetry.Duplicate, 1)
		}
		telemetry.Log(ctx).Log(loud(ending.Outcome), "dispatched", zap.String("outcome", string(ending.Outcome)))
		return nil
	}
	telemetry.Log(ctx).Warn("execution reported; SQS brings the ticket back", zap.Error(err))
	if receive >= d.MaxReceives && !errors.Is(err, ErrBusy) {
		d.giveUp(ctx, ticket, err)
	}
	return err
}

// loud is the level at which an outcome is logged: SendNtfy's attempt has said of a delivered message all that there is.
func loud(outcome contract.Outcome) zapcore.Level {
	if outcome == contract.OutcomeCompleted {
		return zapcore.DebugLevel
	}
	return zapcore.InfoLevel
}

// giveUp writes on the record, before the DLQ takes its ticket, that the pipeline failed it. A record that somebody
// else holds or has finished stays as it is.
func (d *Dispatcher) giveUp(ctx context.Context, ticket message.Ticket, why error) {
	// The batch's time may be what ran out; the Lambda keeps a margin for this write.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveUpTime)
	defer cancel()
	rec, err := d.Records.Load(ctx, ticket.MessageID)
	if err == nil {
		var next message.Record
		next, err = rec.PipelineFault(ticket, why.Error(), d.Now())
		if err == nil {
			err = d.Records.Save(ctx, rec, next)
		}
	}
	switch {
	case err == nil:
		telemetry.Count(ctx, telemetry.PipelineFault, 1)
		telemetry.Log(ctx).Error("message given up: the DLQ gets its ticket", zap.NamedError("reason", why))
	case errors.Is(err, message.ErrNotAllowed), errors.Is(err, message.ErrNotFound):
	default:
		telemetry.Log(ctx).Error("message could not be marked as given up", zap.Error(err))
	}
}

// giveUpTime bounds the write of giveUp.
const giveUpTime = 1500 * time.Millisecond
