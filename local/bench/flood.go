package bench

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/queue"
	"github.com/rezagent/rez_agent/local/proxy"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/standin"
	"github.com/rezagent/rez_agent/local/steps"
)

// MostMessages is how many a load may have: the emulator reads an index in time that grows with it.
const MostMessages = 10_000

// look is how often a load's progress is looked at.
const look = 500 * time.Millisecond

// flood is many messages sent as fast as the stack takes them, and what became of them.
type flood struct {
	bench

	accepted atomic.Int64
	// sent are the accepted messages with their times, after accepting took; shown when ntfy showed them.
	sent, shown map[string]time.Time
	began       time.Time
	accepting   time.Duration
	// start, middle and end are the memory of our Lambdas before the first message, when half was shown, and after the last.
	start, middle, end memory
	records            map[string]message.Record
	deadLetters        int
	counts             proxy.Counts
	ntfy               standin.Counts
	// repeated are the sequence ids that ntfy showed more than once.
	repeated []string
}

// RunLoad sends o.Burst messages as fast as a stack takes them that runs without IAM and with the stand-in, waits until all
// are final, and says what that took. A message that is not final, dead-lettered or shown twice is in the report's Broken.
func RunLoad(ctx context.Context, s *stack.Stack, o Options) (Report, error) {
	if o.Burst < 1 || o.Burst > MostMessages {
		return Report{}, fmt.Errorf("%d messages: it must be 1 to %d, more than the emulator's indexes are fit for", o.Burst, MostMessages)
	}
	f := &flood{bench: bench{options: o, stack: s}}
	ours := f.subjects()[0]
	err := o.Printer.Do("warm up", func(steps.Report) error {
		if err := collectOften(ctx, s); err != nil {
			return err
		}
		warm, err := sendAll(ctx, ours, warmUp, senders, func() {})
		if err != nil {
			return err
		}
		return f.untilFinal(ctx, warm)
	})
	if err != nil {
		return Report{}, err
	}
	f.before, f.already = s.Proxy.Counts(), s.Standin.Counts()
	f.start = lookAtMemory(s.Emulator.PID())
	err = o.Printer.Do(fmt.Sprintf("%d messages, %d at a time", o.Burst, senders), func(report steps.Report) error {
		return f.run(ctx, ours, report)
	})
	if err != nil {
		return Report{}, err
	}
	return f.floodReport(), nil
}

func (f *flood) run(ctx context.Context, ours subject, report steps.Report) error {
	counted := ours
	counted.send = func(ctx context.Context) (string, error) {
		id, err := ours.send(ctx)
		if err == nil {
			f.accepted.Add(1)
		}
		return id, err
	}
	f.began = time.Now()
	sent := make(chan error, 1)
	go func() {
		var err error
		f.sent, err = sendAll(ctx, counted, f.options.Burst, senders, func() {})
		f.accepting = time.Since(f.began)
		sent <- err
	}()
	if err := f.follow(ctx, sent, report); err != nil {
		return err
	}
	if err := f.untilFinal(ctx, f.sent); err != nil {
		return err
	}
	f.end = lookAtMemory(f.stack.Emulator.PID())
	return f.takeStock(ctx)
}

// follow tells the progress until everything that was sent has been shown, or nothing has been shown for long.
func (f *flood) follow(ctx context.Context, sending <-chan error, report steps.Report) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	allSent, last, moved := false, 0, time.Now()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("load: %w", ctx.Err())
		case err := <-sending:
			if err != nil {
				return err
			}
			allSent, sending = true, nil
		case <-tick.C:
		}
		shown := f.stack.Standin.Counts().Delivered - f.already.Delivered
		report(fmt.Sprintf("%d accepted, %d shown, %.0f/s", f.accepted.Load(), shown, float64(shown)/time.Since(f.began).Seconds()))
		if f.middle == nil && shown >= f.options.Burst/2 {
			f.middle = lookAtMemory(f.stack.Emulator.PID())
		}
		if shown > last {
			last, moved = shown, time.Now()
		}
		if allSent && (shown >= f.options.Burst || time.Since(moved) > patience) {
			return nil
		}
	}
}

// untilFinal waits until every record is final, as long as any of them still moves. Those that are not are counted later.
func (f *flood) untilFinal(ctx context.Context, sent map[string]time.Time) error {
	ids, open, moved := slices.Collect(maps.Keys(sent)), len(sent)+1, time.Now()
	for {
		records, err := f.stack.Messages().LoadMany(ctx, ids)
		if err != nil {
			return err
		}
		f.records = make(map[string]message.Record, len(records))
		final := 0
		for _, rec := range records {
			f.records[rec.ID] = rec
			if rec.Status.Final() {
				final++
			}
		}
		if now := len(ids) - final; now < open {
			open, moved = now, time.Now()
		}
		if open == 0 || time.Since(moved) > patience {
			return nil
		}
		if err := pause(ctx, look); err != nil {
			return err
		}
	}
}

// takeStock reads what the stack says now that nothing moves any more.
func (f *flood) takeStock(ctx context.Context) error {
	var err error
	f.deadLetters, err = (&queue.Queue{Client: sqs.NewFromConfig(f.stack.AWS()), URL: f.stack.DLQURL}).Visible(ctx)
	if err != nil {
		return err
	}
	f.shown = f.shownByNtfy(f.sent)
	f.counts, f.ntfy = f.stack.Proxy.Counts().Since(f.before), f.stack.Standin.Counts()
	f.repeated = repeated(f.stack.Standin.Requests())
	return nil
}

// repeated are the sequence ids that were shown more than once.
func repeated(requests []standin.Request) []string {
	times := map[string]int{}
	for _, request := range requests {
		if request.Shown {
			times[request.SequenceID]++
		}
	}
	maps.DeleteFunc(times, func(_ string, n int) bool { return n < 2 })
	return slices.Sorted(maps.Keys(times))
}

// swept is how many tickets the sweeper published.
func (f *flood) swept() int {
	return f.counts.Calls[proxy.Key{Service: "sns", Operation: "Publish", Caller: f.stack.Functions[contract.TaskSweeper]}].Calls
}
