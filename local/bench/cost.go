package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/local/proxy"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/standin"
	"github.com/rezagent/rez_agent/local/steps"
)

const (
	// costPace is the least load for which the goal is promised, in messages a second.
	costPace = 10
	// costMessages are sent in each of both runs.
	costMessages = 200
	// CostDivisor divides the waits of the stack, so that an outage of ten minutes is one of seconds.
	CostDivisor = 20
	// outage is how long ntfy is away, in undivided time.
	outage = 10 * time.Minute
	// settles is how long after the last delivery the counters are still written and the logs still arrive.
	settles = settings.StreamWindow + 5*time.Second
)

// usage is what the messages of a run used.
type usage struct {
	messages int
	counts   proxy.Counts
	// invocations and logged (bytes, without debug lines) are by Lambda.
	invocations map[contract.Task]int
	logged      map[contract.Task]int64
	// history is the executions' log in bytes.
	history int64
}

// costBench counts what messages use.
type costBench struct {
	options Options
	stack   *stack.Stack
	in      subject
}

// RunCost counts, on a stack that runs without IAM, with the stand-in and with its waits divided by CostDivisor, what
// messages use while ntfy is well and while it is away, and multiplies that by AWS's prices.
func RunCost(ctx context.Context, s *stack.Stack, o Options) (Report, error) {
	if err := o.Printer.Do("gather changes as AWS does", func(steps.Report) error { return gather(ctx, s) }); err != nil {
		return Report{}, err
	}
	whole := &bench{options: o, stack: s}
	b := &costBench{options: o, stack: s, in: whole.subjects()[0]}
	var runs [2]usage
	for i, one := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"warm up", b.healthy}, {"ntfy is well", b.healthy}, {"ntfy is away", b.away},
	} {
		err := o.Printer.Do(one.name, func(steps.Report) error {
			used, err := b.use(ctx, one.do)
			if i > 0 {
				runs[i-1] = used
			}
			return err
		})
		if err != nil {
			return Report{}, err
		}
	}
	return costReport(runs[0], runs[1]), nil
}

// gather lets changes of records wait for each other as long as on AWS; a local stack counts them at once.
func gather(ctx context.Context, s *stack.Stack) error {
	client := lambda.NewFromConfig(s.AWS())
	rollup := s.Functions[contract.TaskRollup]
	found, err := client.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{FunctionName: &rollup})
	if err != nil {
		return fmt.Errorf("find what starts rollup: %w", err)
	}
	if len(found.EventSourceMappings) != 1 {
		return fmt.Errorf("rollup is started by %d mappings: want the stream's", len(found.EventSourceMappings))
	}
	_, err = client.UpdateEventSourceMapping(ctx, &lambda.UpdateEventSourceMappingInput{
		UUID: found.EventSourceMappings[0].UUID, MaximumBatchingWindowInSeconds: aws.Int32(int32(settings.StreamWindow.Seconds())),
	})
	if err != nil {
		return fmt.Errorf("set the stream's window: %w", err)
	}
	return nil
}

// use counts what one run used.
func (b *costBench) use(ctx context.Context, run func(context.Context) error) (usage, error) {
	began, before := time.Now(), b.stack.Proxy.Counts()
	if err := run(ctx); err != nil {
		return usage{}, err
	}
	if err := pause(ctx, settles); err != nil {
		return usage{}, err
	}
	used := usage{messages: costMessages, invocations: map[contract.Task]int{}, logged: map[contract.Task]int64{}}
	// The sweeper runs whether there are messages or not: it is among the fixed costs.
	sweeper := b.stack.Functions[contract.TaskSweeper]
	used.counts = b.stack.Proxy.Counts().Since(before).Of(func(caller string) bool { return caller != sweeper })
	return used, b.readLogs(ctx, began, &used)
}

func (b *costBench) healthy(ctx context.Context) error {
	sent, err := b.send(ctx)
	if err != nil {
		return err
	}
	return b.delivered(ctx, sent)
}

// away sends while ntfy answers 503, and lets it come back.
func (b *costBench) away(ctx context.Context) error {
	if err := b.stack.Standin.SetFault(standin.Fault{Kind: standin.Status, Status: 503}); err != nil { //nolint:mnd // the commonest
		return fmt.Errorf("break ntfy: %w", err)
	}
	defer b.stack.Standin.Heal()
	sent, err := b.send(ctx)
	if err != nil {
		return err
	}
	if err := pause(ctx, outage/CostDivisor); err != nil {
		return err
	}
	b.stack.Standin.Heal()
	return b.delivered(ctx, sent)
}

func (b *costBench) send(ctx context.Context) (map[string]time.Time, error) {
	ticks := time.NewTicker(time.Second / costPace)
	defer ticks.Stop()
	return sendAll(ctx, b.in, costMessages, costMessages, func() { <-ticks.C })
}

// delivered waits until every record says so.
func (b *costBench) delivered(ctx context.Context, sent map[string]time.Time) error {
	records, waiting := b.stack.Messages(), maps.Clone(sent)
	for deadline := time.Now().Add(patience); len(waiting) > 0; {
		for id := range waiting {
			rec, err := records.Load(ctx, id)
			if err != nil {
				return fmt.Errorf("read message %s: %w", id, err)
			}
			if rec.Status == message.StatusCompleted {
				delete(waiting, id)
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d messages are not delivered after %v", len(waiting), len(sent), patience)
		}
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return errors.Join(errors.New("stopped"), ctx.Err())
	case <-timer.C:
		return nil
	}
}

// readLogs adds what the Lambdas and the workflow have logged since.
func (b *costBench) readLogs(ctx context.Context, since time.Time, used *usage) error {
	for _, task := range contract.Tasks() {
		if task == contract.TaskSweeper {
			continue
		}
		err := b.eachLine(ctx, "/aws/lambda/"+b.stack.Functions[task], since, func(line string) {
			bytes, ends := weigh(line)
			used.logged[task] += bytes
			if ends {
				used.invocations[task]++
			}
		})
		if err != nil {
			return err
		}
	}
	return b.eachLine(ctx, b.stack.WorkflowLogs, since, func(line string) { used.history += int64(len(line)) + eventBytes })
}

func (b *costBench) eachLine(ctx context.Context, group string, since time.Time, do func(line string)) error {
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(cloudwatchlogs.NewFromConfig(b.stack.AWS()), &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: &group, StartTime: aws.Int64(since.UnixMilli()),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("read the log group %s: %w", group, err)
		}
		for _, event := range page.Events {
			do(aws.ToString(event.Message))
		}
	}
	return nil
}
