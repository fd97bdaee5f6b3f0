package faults

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/proxy"
)

// operation is an AWS operation that the pipeline uses.
type operation struct{ service, name string }

// operations are all of them, each with how many calls are broken in each way, one after the other: more than the SDK's
// tries, so that some calls fail for good, and no more than are made. The row aws-recorded fails when the pipeline uses
// another one.
func operations() map[operation]int {
	const often, sometimes, rarely = 30, 10, 4
	return map[operation]int{
		{"dynamodb", "GetItem"}:            often,
		{"dynamodb", "UpdateItem"}:         often,
		{"dynamodb", "PutItem"}:            sometimes,
		{"dynamodb", "Query"}:              rarely,
		{"dynamodb", "BatchGetItem"}:       rarely,
		{"dynamodb", "TransactWriteItems"}: rarely,
		{"sns", "Publish"}:                 sometimes,
		{"sqs", "SendMessage"}:             rarely,
		{"sqs", "GetQueueAttributes"}:      rarely,
		{"states", startExecution}:         sometimes,
		{"ssm", "GetParameter"}:            rarely,
	}
}

// sortedOperations are the operations in an order that is always the same.
func sortedOperations() []operation {
	return slices.SortedFunc(maps.Keys(operations()), func(a, b operation) int {
		return cmp.Or(cmp.Compare(a.service, b.service), cmp.Compare(a.name, b.name))
	})
}

const (
	// part is how many messages are sent once more while a broken call has not been made, and mostParts how often that may be.
	part, mostParts = 50, 6
)

// awsRows break AWS, one operation after the other, and what else can be out of order there.
func awsRows() []Row {
	rows := []Row{{
		Name: "aws-recorded", Says: "nothing breaks; the operations that are broken one by one below are all there are",
		run: recorded,
	}}
	for _, op := range sortedOperations() {
		row := Row{
			Name: "aws-" + op.service + "-" + op.name, Says: "is throttled, fails, is slow, and is cut after it took effect",
			run: op.brokenInEachWay,
		}
		if op.service == "dynamodb" { // MarkCompleted may be among those that are throttled or fail
			row.Crashes, row.Unrecorded = 2*operations()[op], true
		}
		rows = append(rows, row)
	}
	return append(rows,
		Row{
			Name: "circuit-unreadable", Says: "the circuit's table fails for as long as there is anything to deliver",
			Messages: many, Ends: all(many, Completed), run: circuitUnreadable,
		},
		Row{
			Name: "ssm-unreadable", Says: "SSM fails for long, and fresh Lambdas have no token", Messages: many,
			Ends: all(many, Completed), run: ssmUnreadable,
		},
		Row{
			Name: "lambda-timeout", Says: "a read of MarkCompleted takes longer than the Lambda may, five times", Messages: part,
			Ends: all(part, Completed), Crashes: timeouts / timeoutsInVain, run: lambdaTimeout,
		},
	)
}

// mixed is traffic that uses every operation: most messages are delivered at once, a few requests fail until the circuit
// opens, and some tickets are never published.
func (w *World) mixed(ctx context.Context, n int) error {
	const tenth = 10
	fault := down()
	fault.Count = w.settings().Breaker.Threshold
	if err := w.stack.Standin.SetFault(fault); err != nil {
		return err
	}
	if _, err := w.createMany(ctx, n/tenth); err != nil {
		return err
	}
	if _, err := w.send(ctx, n-n/tenth); err != nil {
		return err
	}
	return w.untilFinal(ctx)
}

// recorded sends until every operation was seen: how many messages find the circuit open is up to the machine.
func recorded(ctx context.Context, w *World, r *Row) error {
	if err := w.redeploy(ctx, contract.TaskSendNtfy); err != nil { // so that it reads its token
		return err
	}
	for n, parts := many, 0; parts <= mostParts; n, parts = part, parts+1 {
		if err := w.forgetCircuit(ctx); err != nil {
			return err
		}
		if err := w.mixed(ctx, n); err != nil {
			return err
		}
		r.Messages, r.Ends = len(w.row.sent), all(len(w.row.sent), Completed)
		unused, unknown := w.compareOperations()
		if len(unknown) > 0 {
			return fmt.Errorf("operations() lacks %v", unknown)
		}
		if len(unused) == 0 {
			return nil
		}
	}
	unused, _ := w.compareOperations()
	return fmt.Errorf("breaking these would show nothing, for they are not used: %v", unused)
}

// compareOperations holds the calls of this row against the operations that the rows break.
func (w *World) compareOperations() (unused map[operation]int, unknown map[operation]bool) {
	unused, unknown = operations(), map[operation]bool{}
	for _, seen := range w.log.Calls() {
		op := operation{seen.Service, seen.Operation}
		delete(unused, op)
		if _, known := operations()[op]; !known && w.isPipeline(seen.Caller) && seen.Service != ntfyService {
			unknown[op] = true
		}
	}
	return unused, unknown
}

// pipeline are the Lambdas that deliver, as opposed to those around them.
func pipeline() []contract.Task {
	return []contract.Task{
		contract.TaskScheduler, contract.TaskProcessor, contract.TaskSweeper, contract.TaskMarkProcessing, contract.TaskCheckCircuit,
		contract.TaskSendNtfy, contract.TaskMarkCompleted, contract.TaskMarkDeferred, contract.TaskMarkFailed,
	}
}

func (w *World) isPipeline(caller string) bool {
	return slices.ContainsFunc(pipeline(), func(task contract.Task) bool { return w.stack.Functions[task] == caller })
}

// brokenInEachWay breaks the next calls of the operation in one way after the other, and sends until all have been made.
func (o operation) brokenInEachWay(ctx context.Context, w *World, r *Row) error {
	ways := []*proxy.Broken{}
	for _, effect := range []proxy.Effect{proxy.Throttle, proxy.Fail, proxy.Delay, proxy.CutAfter} {
		ways = append(ways, w.faults.Break(proxy.Fault{
			Match: proxy.Match{Service: o.service, Operation: o.name}, Effect: effect, Count: operations()[o],
			// As slow as the Lambda's timeout, in divided time.
			Delay: w.settings().StepLambda / time.Duration(w.stack.TimeDivisor),
		}))
	}
	for n, parts := many, 0; parts <= mostParts; n, parts = part, parts+1 {
		if o.service == "ssm" { // fresh Lambdas read their token
			if err := w.redeploy(ctx, contract.TaskSendNtfy); err != nil {
				return err
			}
		}
		if err := w.forgetCircuit(ctx); err != nil {
			return err
		}
		if err := w.mixed(ctx, n); err != nil {
			return err
		}
		if taken, err := ways[len(ways)-1].Taken(); err != nil || taken > 0 {
			r.Messages, r.Ends = len(w.row.sent), all(len(w.row.sent), Completed)
			return err
		}
	}
	return fmt.Errorf("after %d messages not every way was met", len(w.row.sent))
}

func circuitUnreadable(ctx context.Context, w *World, r *Row) error {
	w.faults.Break(proxy.Fault{Match: proxy.Match{Service: "dynamodb", Resource: w.stack.CircuitTable}, Effect: proxy.Fail})
	if err := undisturbed(ctx, w, r); err != nil {
		return err
	}
	err := w.untilFinal(ctx) // before it heals: delivery goes on without the breaker
	w.faults.Heal()
	return err
}

func ssmUnreadable(ctx context.Context, w *World, r *Row) error {
	w.faults.Break(proxy.Fault{Match: proxy.Match{Service: "ssm"}, Effect: proxy.Fail})
	if err := w.redeploy(ctx, contract.TaskSendNtfy); err != nil {
		return err
	}
	if err := undisturbed(ctx, w, r); err != nil {
		return err
	}
	err := w.each(ctx, w.patience(), "waits", func(rec message.Record) bool { return rec.Deferrals > 0 })
	if err == nil && w.stack.Standin.Counts().Requests > 0 {
		err = fmt.Errorf("%d requests were made without a token", w.stack.Standin.Counts().Requests)
	}
	w.heal()
	return err
}

// timeouts are how many calls of MarkCompleted run out of time; only an execution in which so many do ends without the record.
const timeouts, timeoutsInVain = 5, 2

func lambdaTimeout(ctx context.Context, w *World, r *Row) error {
	w.faults.Break(proxy.Fault{
		Match:  proxy.Match{Service: "dynamodb", Operation: "GetItem", Caller: w.stack.Functions[contract.TaskMarkCompleted]},
		Effect: proxy.Delay, Delay: 2 * w.settings().StepTask, Count: timeouts,
	})
	return undisturbed(ctx, w, r)
}
