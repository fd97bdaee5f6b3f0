package main

import (
	"context"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/rezagent/rez_agent/internal/dispatch"
)

// margin is what the handler keeps of the Lambda's time, to report and to write before it is killed.
const margin = 2 * time.Second

// handler turns an SQS event into a dispatcher's batch, and its report into a partial batch response.
func handler(d *dispatch.Dispatcher) func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
	return func(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
		if deadline, ok := ctx.Deadline(); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, deadline.Add(-margin))
			defer cancel()
		}
		items := make([]dispatch.Item, 0, len(event.Records))
		for _, record := range event.Records {
			items = append(items, dispatch.Item{
				ID: record.MessageId, Body: []byte(record.Body), Receive: receives(record),
			})
		}
		// An empty list must be written as [], never as null: AWS reads both as success, others do not.
		report := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		for _, id := range d.Dispatch(ctx, items) {
			report.BatchItemFailures = append(report.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
		}
		return report, nil
	}
}

// receives is how often SQS has handed the item out, 1 where it does not say.
func receives(record events.SQSMessage) int {
	n, err := strconv.Atoi(record.Attributes["ApproximateReceiveCount"])
	if err != nil || n < 1 {
		return 1
	}
	return n
}
