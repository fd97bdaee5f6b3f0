package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
)

const (
	// transactionSize is the most items that one transaction takes.
	transactionSize = 100
	// mostMarks in one transaction are 12 kB.
	mostMarks = 1000
	// Of those who write at once one is heard, and the others try again: 20 tries wait 8 to 16 s in all, half of what rollup
	// has.
	transactionTries = 20
)

// Add implements metrics.Store. What it writes costs two write units for each series and hour, and for each page of marks
// (two more for each further 80 events), however many events there are.
func (m *Metrics) Add(ctx context.Context, events []metrics.Event) ([]metrics.Event, error) {
	var added []metrics.Event
	m.seen.forgetOld()
	for _, part := range transactions(distinct(events)) {
		now, err := m.addPart(ctx, part)
		added = append(added, now...)
		if err != nil {
			return added, fmt.Errorf("write the counters of %d events: %w", len(part), err)
		}
	}
	return added, nil
}

// distinct drops repeats.
func distinct(events []metrics.Event) []metrics.Event {
	once := make([]metrics.Event, 0, len(events))
	known := make(map[metrics.Mark]bool, len(events))
	for _, e := range events {
		if mark := e.Mark(); !known[mark] {
			known[mark] = true
			once = append(once, e)
		}
	}
	return once
}

// transactions cuts events into parts whose marks and counters fit into one transaction each.
func transactions(events []metrics.Event) [][]metrics.Event {
	var parts [][]metrics.Event
	var part []metrics.Event
	for _, e := range events {
		longer := append(slices.Clip(part), e)
		if len(part) > 0 && (len(longer) > mostMarks || len(sheets(longer))+len(deltasOf(longer)) > transactionSize) {
			parts = append(parts, part)
			longer = []metrics.Event{e}
		}
		part = longer
	}
	if len(part) > 0 {
		parts = append(parts, part)
	}
	return parts
}

func deltasOf(events []metrics.Event) []metrics.Delta {
	var deltas []metrics.Delta
	for _, e := range events {
		deltas = append(deltas, e.Deltas...)
	}
	return metrics.Merge(deltas)
}

// addPart writes one transaction, and gives the events that it holds: those that are marked already are left out. Each
// page's marks go to the place behind the last ones that we know. So of two who count at once, and do not know of each
// other's marks, one finds its place taken; it reads what the other one has marked, and leaves that out.
func (m *Metrics) addPart(ctx context.Context, part []metrics.Event) ([]metrics.Event, error) {
	for try := 0; ; try++ {
		if err := m.readPages(ctx, part); err != nil {
			return nil, err
		}
		fresh := m.seen.unmarked(part)
		if len(fresh) == 0 {
			return nil, nil
		}
		in, err := m.transaction(fresh, time.Now())
		if err != nil {
			return nil, err
		}
		if _, err = m.client.TransactWriteItems(ctx, in); err == nil {
			m.seen.learn(fresh...)
			return eventsOf(fresh), nil
		}
		m.seen.doubt(part) // it may have been done all the same
		if try == transactionTries || !passing(err) {
			return nil, err
		}
		if err := pause(ctx, message.Doubled(firstBatchWait, mostBatchWait, try)); err != nil {
			return nil, err
		}
	}
}

// transaction is the marks, and then the counters.
func (m *Metrics) transaction(fresh []sheet, now time.Time) (*dynamodb.TransactWriteItemsInput, error) {
	in := new(dynamodb.TransactWriteItemsInput)
	for _, s := range fresh {
		mark, err := m.mark(s, now)
		if err != nil {
			return nil, err
		}
		in.TransactItems = append(in.TransactItems, types.TransactWriteItem{Update: mark})
	}
	for _, d := range deltasOf(eventsOf(fresh)) {
		add, err := m.add(d)
		if err != nil {
			return nil, err
		}
		in.TransactItems = append(in.TransactItems, types.TransactWriteItem{Update: add})
	}
	return in, nil
}

// passing reports whether a transaction failed for a reason that goes away by itself: somebody else wrote the same items,
// or the table is throttled. The SDK does not repeat those.
func passing(err error) bool {
	var inProgress *types.TransactionInProgressException
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		return errors.As(err, &inProgress)
	}
	return slices.ContainsFunc(cancelled.CancellationReasons, func(reason types.CancellationReason) bool {
		switch aws.ToString(reason.Code) {
		case "ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
			return true
		}
		return false
	})
}
