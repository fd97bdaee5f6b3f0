package deadletter

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// Redrive sends the message's ticket, as its record has it, to the main queue, and deletes the message's dead letters
// that it can find. Who did it is noted on the record first: it changes nothing of which tickets are valid. A letter that
// stays is harmless, its ticket has had its turn then. Errors: message.ErrNotFound, ErrNotRedrivable.
func (o *Office) Redrive(ctx context.Context, messageID, by string) error {
	rec, ticket, err := o.note(ctx, messageID, by)
	if errors.Is(err, message.ErrNotAllowed) {
		return fmt.Errorf("%w: %w", ErrNotRedrivable, err)
	}
	if err != nil {
		return err
	}
	if err := o.Main.SendTicket(ctx, ticket, ticket.Wait(o.Now())); err != nil {
		return fmt.Errorf("redrive message %s: %w", messageID, err)
	}
	telemetry.Log(ctx).Info("message redriven",
		zap.String("message_id", rec.ID), zap.String("by", by), zap.String("reason", string(rec.Reason)))
	o.discard(ctx, messageID)
	return nil
}

// noteTries bounds the read-decide-write loop: few write one message at the same time.
const noteTries = 8

// note writes on the record that it is redriven, and gives the ticket to send.
func (o *Office) note(ctx context.Context, id, by string) (message.Record, message.Ticket, error) {
	for range noteTries {
		rec, err := o.Records.Load(ctx, id)
		if err != nil {
			return rec, message.Ticket{}, fmt.Errorf("read message %s: %w", id, err)
		}
		next, ticket, err := rec.Redrive(by, o.Now(), o.Times)
		if err != nil {
			return rec, message.Ticket{}, err
		}
		err = o.Records.Save(ctx, rec, next)
		if err == nil {
			return next, ticket, nil
		}
		if !errors.Is(err, message.ErrConflict) {
			return rec, message.Ticket{}, fmt.Errorf("write message %s: %w", id, err)
		}
	}
	return message.Record{}, message.Ticket{},
		fmt.Errorf("write message %s, %d times in vain: %w", id, noteTries, message.ErrConflict)
}

// discard deletes the message's letters out of the sample that SQS shows. A fault is only logged: the message is on its
// way.
func (o *Office) discard(ctx context.Context, messageID string) {
	about, err := o.Letters.Visible(ctx)
	var items []Item
	if err == nil {
		items, err = o.Letters.Receive(ctx, mostItems, about)
	}
	var its, others []Item
	for _, item := range items {
		if t, fault := message.ParseTicket(item.Body); fault == nil && t.MessageID == messageID {
			its = append(its, item)
		} else {
			others = append(others, item)
		}
	}
	o.release(ctx, others)
	if err == nil && len(its) > 0 {
		err = o.Letters.Delete(ctx, its)
	}
	if err != nil {
		telemetry.Log(ctx).Warn("the redriven message's dead letter stays in the queue",
			zap.String("message_id", messageID), zap.Error(err))
	}
}

// RedriveAll starts the move of the whole queue into the main queue; what there has nothing to deliver any more is
// dropped by the tickets' own rules. It gives about how many items that are, and SQS's handle of the move. The main queue
// is always named: items that were sent here, not moved, have no source to go back to. Errors: ErrMoving.
func (o *Office) RedriveAll(ctx context.Context, by string) (items int, task string, err error) {
	if items, err = o.Letters.Visible(ctx); err != nil {
		return 0, "", fmt.Errorf("redrive all: %w", err)
	}
	main, err := o.Main.ARN(ctx)
	if err != nil {
		return 0, "", fmt.Errorf("redrive all: %w", err)
	}
	if task, err = o.Letters.MoveTo(ctx, main); err != nil {
		return 0, "", fmt.Errorf("redrive all: %w", err)
	}
	telemetry.Log(ctx).Info("dead-letter queue redriven", zap.String("by", by), zap.Int("items", items))
	return items, task, nil
}
