package faults

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/proxy"
	"github.com/rezagent/rez_agent/local/standin"
)

// peopleRows are what people do at the wrong moment.
func peopleRows() []Row {
	const fewer = 60
	return []Row{
		{
			Name: "replay-in-process", Says: "messages are replayed again and again while they are being delivered", Messages: fewer,
			Ends: all(fewer, Completed), run: replayInProcess,
		},
		{
			Name: "two-replays", Says: "every message is replayed by two people at once", Messages: fewer, Ends: all(fewer, Completed),
			Short: true, run: twoReplays,
		},
		{
			Name: "redrive", Says: "all expire in an outage, and an operator moves the whole DLQ back on AWS", Messages: many,
			Ends: all(many, Completed), run: redriveExpired,
		},
		{
			Name: "pipeline-fault", Says: "a table fails on every receive, until the DLQ has all", Messages: fewer,
			Ends: all(fewer, PipelineFault), run: brokenForGood,
		},
		{
			Name: "redrive-faults", Says: "the same, and after the table is well the whole DLQ is moved back on AWS", Messages: fewer,
			Ends: all(fewer, Completed), run: redriveFaults,
		},
		{
			Name: "deploy", Says: "all Lambdas are deployed anew in the middle of a burst, which kills runs in flight", Messages: many,
			Ends: all(many, Completed), Crashes: many, Unrecorded: true, run: deployInBurst,
		},
	}
}

// replay asks for a replay as the API does; a refusal is an answer like any other.
func (w *World) replay(ctx context.Context, id string, seen int, by string) (accepted bool, err error) {
	_, err = w.client().Replay(ctx, id, seen, by)
	if errors.Is(err, message.ErrNotAllowed) || errors.Is(err, message.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}

func replayInProcess(ctx context.Context, w *World, r *Row) error {
	fault := standin.Fault{Kind: standin.Latency, Delay: w.settings().HTTPTimeout / 2}
	if err := w.stack.Standin.SetFault(fault); err != nil {
		return err
	}
	ids, err := w.send(ctx, r.Messages)
	if err != nil {
		return err
	}
	const rounds = 3
	for range rounds {
		for _, id := range ids {
			if _, err := w.replay(ctx, id, 0, "operator"); err != nil {
				return err
			}
		}
	}
	if err := w.untilFinal(ctx); err != nil {
		return err
	}
	w.calm = time.Now()
	return w.noteGenerations(ctx)
}

// noteGenerations books every generation before the present one as rightly shown: a replay of a completed message made it.
func (w *World) noteGenerations(ctx context.Context) error {
	records, err := w.records(ctx)
	if err != nil {
		return err
	}
	for _, rec := range records {
		last := rec.Generation
		for rec.Generation = 1; rec.Generation < last; rec.Generation++ {
			w.row.earlier = append(w.row.earlier, rec.SequenceID())
		}
	}
	return nil
}

func twoReplays(ctx context.Context, w *World, r *Row) error {
	ids, err := w.send(ctx, r.Messages)
	if err == nil {
		err = w.untilFinal(ctx)
	}
	if err != nil {
		return err
	}
	for _, id := range ids {
		var accepted [2]bool
		var errs [2]error
		var both sync.WaitGroup
		for n := range accepted {
			both.Go(func() { accepted[n], errs[n] = w.replay(ctx, id, 1, fmt.Sprintf("operator %d", n)) })
		}
		both.Wait()
		if err := errors.Join(errs[:]...); err != nil {
			return err
		}
		if accepted[0] == accepted[1] {
			return fmt.Errorf("two replays of one generation: accepted %v, one must win", accepted)
		}
	}
	w.calm = time.Now()
	if err := w.each(ctx, w.patience(), "is shown again", func(rec message.Record) bool {
		return rec.Generation == 2 && rec.Status.Final()
	}); err != nil {
		return err
	}
	return w.noteGenerations(ctx)
}

func redriveExpired(ctx context.Context, w *World, r *Row) error {
	if err := expired(ctx, w, r); err != nil {
		return err
	}
	if err := w.untilQuiet(ctx); err != nil {
		return err
	}
	w.heal()
	return w.redrive(ctx, func(rec message.Record) bool { return rec.Generation > 1 && rec.Status.Final() })
}

// redrive moves the whole DLQ into the main queue, as an operator does on AWS, and waits until every message fits.
func (w *World) redrive(ctx context.Context, fits func(message.Record) bool) error {
	source, err := w.queueARN(ctx, w.stack.DLQURL)
	if err != nil {
		return err
	}
	destination, err := w.queueARN(ctx, w.stack.QueueURL)
	if err != nil {
		return err
	}
	_, err = w.sqs().StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{
		SourceArn: aws.String(source), DestinationArn: aws.String(destination),
	})
	if err != nil {
		return fmt.Errorf("redrive the DLQ: %w", err)
	}
	w.calm = time.Now()
	return w.each(ctx, w.patience(), "is delivered after the redrive", fits)
}

func (w *World) queueARN(ctx context.Context, url string) (string, error) {
	name := sqstypes.QueueAttributeNameQueueArn
	out, err := w.sqs().GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(url), AttributeNames: []sqstypes.QueueAttributeName{name},
	})
	if err != nil {
		return "", fmt.Errorf("read the queue's ARN: %w", err)
	}
	return out.Attributes[string(name)], nil
}

// brokenForGood: what MarkProcessing reads fails until every message is given up.
func brokenForGood(ctx context.Context, w *World, r *Row) error {
	w.faults.Break(proxy.Fault{
		Match:  proxy.Match{Service: "dynamodb", Operation: "GetItem", Caller: w.stack.Functions[contract.TaskMarkProcessing]},
		Effect: proxy.Fail,
	})
	if err := undisturbed(ctx, w, r); err != nil {
		return err
	}
	if err := w.untilFinal(ctx); err != nil {
		return err
	}
	if err := w.untilQuiet(ctx); err != nil {
		return err
	}
	w.heal()
	return nil
}

func redriveFaults(ctx context.Context, w *World, r *Row) error {
	if err := brokenForGood(ctx, w, r); err != nil {
		return err
	}
	return w.redrive(ctx, func(rec message.Record) bool { return rec.Status == message.StatusCompleted })
}

// deployInBurst replaces one Lambda after the other, each while a part of the messages is under way.
func deployInBurst(ctx context.Context, w *World, r *Row) error {
	tasks := pipeline()
	for i, task := range tasks {
		part := r.Messages / len(tasks)
		if i == 0 {
			part += r.Messages % len(tasks)
		}
		var deployed sync.WaitGroup
		var failure error
		deployed.Go(func() { failure = w.redeploy(ctx, task) })
		_, err := w.send(ctx, part)
		deployed.Wait()
		if err := errors.Join(err, failure); err != nil {
			return err
		}
	}
	w.calm = time.Now()
	return nil
}
