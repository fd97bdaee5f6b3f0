// Package bench measures the pipeline on a local stack, beside a chain of Lambdas that do nothing on the same emulator:
// what that chain takes is the emulator's, the rest is ours. Both are measured in one run, turn by turn, so that a noisy
// machine treats them alike.
package bench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/local/proxy"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/standin"
	"github.com/rezagent/rez_agent/local/steps"
)

// Options say how much to measure.
type Options struct {
	// Root is the project's folder.
	Root string
	// Seconds of each paced load, and for each of both chains.
	Seconds int
	// Burst is how many messages are sent at once.
	Burst   int
	Printer *steps.Printer
}

// The paced loads, in messages a second: a quiet day, and near what two cores of an emulator take.
func paces() []int { return []int{5, 40} }

const (
	// turnsPerLoad: each paced load is cut into these, and the chains take turns.
	turnsPerLoad = 4
	// warmUp messages start the Lambdas, before anything is counted.
	warmUp = 40
	// text of the messages, so that the record is a common one, well below 1 KB.
	text = "Backup of database orders finished: 12 tables, 48 MB in 31 s. Next run tomorrow at 02:30 UTC."
)

type bench struct {
	options Options
	stack   *stack.Stack
	chain   *chain
	watch   *watch
	cpu     *cpu

	before  proxy.Counts
	already standin.Counts
}

// Run starts the empty chain beside a stack that runs without IAM and with the stand-in, measures both, and reports.
func Run(ctx context.Context, s *stack.Stack, o Options) (Report, error) {
	b := &bench{
		options: o, stack: s, watch: &watch{ended: map[string]time.Time{}}, cpu: &cpu{group: s.Emulator.PID()},
	}
	err := o.Printer.Do("the empty chain", func(steps.Report) (err error) {
		b.chain, err = makeChain(ctx, o.Root, s)
		return err
	})
	if err != nil {
		return Report{}, err
	}
	s.Proxy.Intercept(b.watch.intercept)
	defer s.Proxy.Intercept(nil)
	pairs := b.subjects()
	if err := b.warm(ctx, pairs); err != nil {
		return Report{}, err
	}
	results, err := b.loads(ctx, pairs)
	if err != nil {
		return Report{}, err
	}
	return b.report(results)
}

// subjects are our chain and the empty one. What both send passes through the proxy, as the Lambdas' calls do.
func (b *bench) subjects() [2]subject {
	through := b.stack.Addresses
	through.Endpoint = through.ProxyURL
	in := through.Intake()
	payload := `{"message":"` + text + `"}`
	cfg := through.AWS()
	cfg.AppID = prefix + "sender"
	client := sns.NewFromConfig(cfg)
	return [2]subject{
		{
			name: "rez_agent", shown: b.shownByNtfy,
			send: func(ctx context.Context) (string, error) {
				rec, err := in.Accept(ctx, intake.Request{
					Type: messagetype.Notification.Name, Payload: payload, CreatedBy: "bench",
				})
				return rec.ID, err
			},
		},
		{
			name: "empty chain", shown: b.watch.take,
			send: func(ctx context.Context) (string, error) { return b.chain.send(ctx, client) },
		},
	}
}

// shownByNtfy says when the stand-in showed messages, by the id that begins their sequence id.
func (b *bench) shownByNtfy(sent map[string]time.Time) map[string]time.Time {
	found := map[string]time.Time{}
	for _, request := range b.stack.Standin.Requests() {
		id := request.SequenceID[:max(0, strings.LastIndexByte(request.SequenceID, '-'))]
		_, wanted := sent[id]
		if _, again := found[id]; wanted && !again && request.Shown {
			found[id] = request.At
		}
	}
	return found
}

func (b *bench) warm(ctx context.Context, pair [2]subject) error {
	return b.options.Printer.Do("warm both up", func(steps.Report) error {
		for _, s := range pair {
			if _, err := b.burst(ctx, s, warmUp); err != nil {
				return err
			}
		}
		b.before, b.already = b.stack.Proxy.Counts(), b.stack.Standin.Counts()
		b.cpu = &cpu{group: b.stack.Emulator.PID()}
		b.cpu.look()
		return nil
	})
}

// result is one load, done to both chains.
type result struct {
	name    string
	paced   bool
	samples [2]sample
}

func (b *bench) loads(ctx context.Context, pair [2]subject) ([]result, error) {
	var results []result
	for _, pace := range paces() {
		one := result{name: fmt.Sprintf("%d/s", pace), paced: true}
		count := pace * b.options.Seconds / turnsPerLoad
		err := b.options.Printer.Do(one.name+" for 2 × "+fmt.Sprint(b.options.Seconds)+" s", func(report steps.Report) error {
			return b.turns(pair, &one, turnsPerLoad, report, func(s subject) (sample, error) { return b.pace(ctx, s, pace, max(1, count)) })
		})
		if err != nil {
			return nil, err
		}
		results = append(results, one)
	}
	one := result{name: fmt.Sprintf("%d at once", b.options.Burst)}
	err := b.options.Printer.Do(one.name+", both", func(report steps.Report) error {
		return b.turns(pair, &one, 1, report, func(s subject) (sample, error) { return b.burst(ctx, s, b.options.Burst) })
	})
	return append(results, one), err
}

// turns lets the chains take turns.
func (b *bench) turns(
	pair [2]subject, into *result, rounds int, report steps.Report, load func(subject) (sample, error),
) error {
	for round := range rounds {
		for i, s := range pair {
			report(fmt.Sprintf("%s, %d of %d", s.name, round+1, rounds))
			got, err := load(s)
			if err != nil {
				return err
			}
			into.samples[i].add(got)
		}
	}
	report(fmt.Sprintf("%d and %d messages shown", len(into.samples[0].shown), len(into.samples[1].shown)))
	return nil
}

// ours says whether a caller takes part in delivering a message: not the empty chain, not the sweeper, which runs each
// minute whether there are messages or not, and not rollup, which counts beside it and in batches (see docs/architecture.md).
func (b *bench) ours(caller string) bool {
	return !strings.HasPrefix(caller, prefix) &&
		caller != b.stack.Functions[contract.TaskSweeper] && caller != b.stack.Functions[contract.TaskRollup]
}
