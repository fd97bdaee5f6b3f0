package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/local/stack"
)

// senders hand messages over at the same time.
const senders = 4

// creator is who the records say sent them.
const creator = "faults"

// send accepts messages with ids that are known beforehand. Like any client, it asks again with the same id until it is
// told that the message is accepted.
func (w *World) send(ctx context.Context, n int) ([]string, error) {
	return w.sendFrom(ctx, w.client(), n)
}

func (w *World) sendFrom(ctx context.Context, in *intake.Intake, n int) ([]string, error) {
	ids, errs := make([]string, n), make([]error, n)
	var crowded error
	var all sync.WaitGroup
	next := make(chan int)
	for range senders {
		all.Go(func() {
			for i := range next {
				ids[i] = w.nextID()
				errs[i] = w.accept(ctx, in, ids[i])
			}
		})
	}
	for i := range n {
		crowded = errors.Join(crowded, w.untilRoom(ctx))
		next <- i
	}
	close(next)
	all.Wait()
	w.note(ids...)
	return ids, errors.Join(crowded, errors.Join(errs...))
}

// mostUnderWay keeps a small machine from starting hundreds of Lambda processes at once, whose times would say nothing.
const mostUnderWay = 24

func (w *World) untilRoom(ctx context.Context) error {
	return w.until(ctx, w.patience(), "few executions run", func(context.Context) (bool, string, error) {
		running := w.running()
		return running < mostUnderWay, fmt.Sprintf("%d run", running), nil
	})
}

// note books ids as accepted.
func (w *World) note(ids ...string) {
	w.row.sent = append(w.row.sent, ids...)
	w.calm = time.Now()
}

func (w *World) accept(ctx context.Context, in *intake.Intake, id string) error {
	ctx, cancel := context.WithTimeout(ctx, acceptWithin)
	defer cancel()
	for {
		_, err := in.Accept(ctx, intake.Request{
			ID: id, Type: messagetype.Notification.Name, Payload: payload(id), CreatedBy: creator,
		})
		if err == nil || ctx.Err() != nil || errors.Is(err, intake.ErrInvalid) {
			return err
		}
	}
}

// acceptWithin bounds how long a client asks.
const acceptWithin = time.Minute

func payload(id string) string { return `{"message":"message ` + id + `"}` }

// newRecord is a message's record that nobody has written yet; change, where given, makes it another than a new one.
func (w *World) newRecord(change func(*message.Record)) message.Record {
	rec := message.New(w.nextID(), messagetype.Notification.Name, contract.ChannelNtfy, stack.Stage, creator, "",
		time.Now(), message.TimesOf(w.settings()))
	rec.Payload = payload(rec.ID)
	if change != nil {
		change(&rec)
	}
	return rec
}

// create writes a record without publishing its ticket.
func (w *World) create(ctx context.Context, rec message.Record) error {
	if err := w.stack.Messages().Create(ctx, rec); err != nil {
		return err
	}
	w.note(rec.ID)
	return nil
}

func (w *World) createMany(ctx context.Context, n int) ([]message.Record, error) {
	records := make([]message.Record, n)
	for i := range records {
		records[i] = w.newRecord(nil)
		if err := w.create(ctx, records[i]); err != nil {
			return nil, err
		}
	}
	return records, nil
}

// ticket is a record's queue item.
func ticket(rec message.Record) string {
	body, err := json.Marshal(rec.Ticket(message.EventCreated, time.Now()))
	if err != nil {
		panic(err) // a ticket is always JSON
	}
	return string(body)
}

// enqueue puts bodies into the main queue past SNS, in batches.
func (w *World) enqueue(ctx context.Context, bodies ...string) error {
	const batch = 10 // the most that SQS takes, in 256 KiB
	for len(bodies) > 0 {
		entries := []types.SendMessageBatchRequestEntry{}
		size := 0
		for _, body := range bodies[:min(batch, len(bodies))] {
			if size += len(body); size > maxBatch && len(entries) > 0 {
				break
			}
			entries = append(entries, types.SendMessageBatchRequestEntry{
				Id: aws.String(strconv.Itoa(len(entries))), MessageBody: aws.String(body),
			})
		}
		out, err := w.sqs().SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
			QueueUrl: aws.String(w.stack.QueueURL), Entries: entries,
		})
		if err != nil {
			return fmt.Errorf("send queue items: %w", err)
		}
		if len(out.Failed) > 0 {
			return fmt.Errorf("send queue items: %s", aws.ToString(out.Failed[0].Message))
		}
		bodies = bodies[len(entries):]
	}
	w.calm = time.Now()
	return nil
}

// maxBatch is how many bytes SQS takes in one call, and in one item.
const maxBatch = 256 << 10
