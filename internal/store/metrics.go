package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
)

// MetricsClient is what Metrics calls of DynamoDB; a *dynamodb.Client has it.
type MetricsClient interface {
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	TransactWriteItems(
		context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options),
	) (*dynamodb.TransactWriteItemsOutput, error)
}

// Metrics keeps hourly counters in a DynamoDB table, one item for each series and hour, and for each message of the last
// two days a mark: the newest version that was counted. A mark and the counters that it stands for are written in one
// transaction, so a change is counted once however often it comes. Safe for concurrent use.
type Metrics struct {
	client MetricsClient
	table  string
}

var _ metrics.Store = (*Metrics)(nil)

// NewMetrics gives the counters of a table.
func NewMetrics(client MetricsClient, table string) *Metrics {
	return &Metrics{client: client, table: table}
}

const (
	// transactionSize is the most items that one transaction takes.
	transactionSize = 100
	// Transactions that meet at an hour's item cancel each other: 10 tries wait 2.3 to 4.6 s in all.
	transactionTries = 10
)

// story is a message's events in one transaction, by version: one mark stands for all of them.
type story []metrics.Event

func (s story) first() int { return s[0].Version }
func (s story) last() int  { return s[len(s)-1].Version }

// Add implements metrics.Store. What it writes costs two write units for each message and each series and hour.
func (m *Metrics) Add(ctx context.Context, events []metrics.Event) (int, error) {
	added := 0
	for _, part := range transactions(stories(events)) {
		n, err := m.addPart(ctx, part, time.Now())
		added += n
		if err != nil {
			return added, fmt.Errorf("write the counters of %d messages: %w", len(part), err)
		}
	}
	return added, nil
}

// stories puts each message's events together, and drops repeats.
func stories(events []metrics.Event) []story {
	place := make(map[string]int)
	var all []story
	for _, e := range events {
		i, known := place[e.MessageID]
		if !known {
			i, place[e.MessageID] = len(all), len(all)
			all = append(all, nil)
		}
		all[i] = append(all[i], e)
	}
	for i := range all {
		slices.SortStableFunc(all[i], func(a, b metrics.Event) int { return a.Version - b.Version })
		all[i] = slices.CompactFunc(all[i], func(a, b metrics.Event) bool { return a.Version == b.Version })
	}
	return all
}

// transactions cuts stories into parts whose marks and counters fit into one transaction each.
func transactions(all []story) [][]story {
	var parts [][]story
	var part []story
	for _, s := range all {
		longer := append(slices.Clip(part), s)
		if len(part) > 0 && len(longer)+len(deltasOf(longer)) > transactionSize {
			parts = append(parts, part)
			longer = []story{s}
		}
		part = longer
	}
	if len(part) > 0 {
		parts = append(parts, part)
	}
	return parts
}

func deltasOf(part []story) []metrics.Delta {
	var deltas []metrics.Delta
	for _, s := range part {
		for _, e := range s {
			deltas = append(deltas, e.Deltas...)
		}
	}
	return metrics.Merge(deltas)
}

// addPart writes one transaction. Events that were counted before are left out, as the table names them; a table that
// is throttled, or written by somebody else at the same moment, is asked again.
func (m *Metrics) addPart(ctx context.Context, part []story, now time.Time) (int, error) {
	for try := 0; len(part) > 0; {
		in, err := m.transaction(part, now)
		if err != nil {
			return 0, err
		}
		_, err = m.client.TransactWriteItems(ctx, in)
		if err == nil {
			return countEvents(part), nil
		}
		if rest := uncounted(part, err); countEvents(rest) < countEvents(part) {
			part = rest
			continue
		}
		if try++; try > transactionTries || !passing(err) {
			return 0, err
		}
		if err := pause(ctx, message.Doubled(firstBatchWait, mostBatchWait, try-1)); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

func countEvents(part []story) int {
	n := 0
	for _, s := range part {
		n += len(s)
	}
	return n
}

// transaction is the marks of a part, in its order, and then its counters.
func (m *Metrics) transaction(part []story, now time.Time) (*dynamodb.TransactWriteItemsInput, error) {
	in := new(dynamodb.TransactWriteItemsInput)
	for _, s := range part {
		mark, err := m.mark(s, now)
		if err != nil {
			return nil, err
		}
		in.TransactItems = append(in.TransactItems, types.TransactWriteItem{Update: mark})
	}
	for _, d := range deltasOf(part) {
		add, err := m.add(d)
		if err != nil {
			return nil, err
		}
		in.TransactItems = append(in.TransactItems, types.TransactWriteItem{Update: add})
	}
	return in, nil
}

const (
	markPrefix  = "seen#"
	countedName = "counted"
)

// mark notes the newest version that the story counts, on condition that none of the story's was counted before.
func (m *Metrics) mark(s story, now time.Time) (*types.Update, error) {
	counted := expression.Name(countedName)
	expr, err := expression.NewBuilder().
		WithUpdate(expression.Set(counted, expression.Value(s.last())).
			Set(expression.Name(contract.AttrTTL), expression.Value(now.Add(metrics.MarkTTL).Unix()))).
		WithCondition(expression.AttributeNotExists(counted).Or(counted.LessThan(expression.Value(s.first())))).
		Build()
	if err != nil {
		return nil, err
	}
	own := text(markPrefix + s[0].MessageID)
	return &types.Update{
		TableName:                           &m.table,
		Key:                                 attributes{contract.MetricsKey: own, contract.MetricsSortKey: own},
		UpdateExpression:                    expr.Update(),
		ConditionExpression:                 expr.Condition(),
		ExpressionAttributeNames:            expr.Names(),
		ExpressionAttributeValues:           expr.Values(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}, nil
}

// add adds a delta to the counters of its hour.
func (m *Metrics) add(d metrics.Delta) (*types.Update, error) {
	ttl := expression.Name(contract.AttrTTL)
	update := expression.Set(ttl, expression.IfNotExists(ttl, expression.Value(d.Hour.Add(metrics.CounterTTL).Unix())))
	for name, value := range d.Counters.All() {
		if *value != 0 {
			update = update.Add(expression.Name(name), expression.Value(*value))
		}
	}
	expr, err := expression.NewBuilder().WithUpdate(update).Build()
	if err != nil {
		return nil, err
	}
	return &types.Update{
		TableName:                 &m.table,
		Key:                       counterKey(d.Series, d.Hour),
		UpdateExpression:          expr.Update(),
		ExpressionAttributeNames:  expr.Names(),
		ExpressionAttributeValues: expr.Values(),
	}, nil
}

func counterKey(series metrics.Series, hour time.Time) attributes {
	return attributes{contract.MetricsKey: text(string(series)), contract.MetricsSortKey: text(hourText(hour))}
}

func hourText(hour time.Time) string { return metrics.HourOf(hour).Format(time.RFC3339) }

// uncounted is the part without the events that were counted before, as far as err, which ended its transaction, tells.
func uncounted(part []story, err error) []story {
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) || len(cancelled.CancellationReasons) < len(part) {
		return part
	}
	var rest []story
	for i, s := range part {
		if s = s.after(countedVersion(cancelled.CancellationReasons[i].Item)); len(s) > 0 {
			rest = append(rest, s)
		}
	}
	return rest
}

// after is the story's events above a version.
func (s story) after(version int) story {
	return slices.DeleteFunc(slices.Clone(s), func(e metrics.Event) bool { return e.Version <= version })
}

// countedVersion is the version that a mark names; below every version where there is no mark.
func countedVersion(mark attributes) int {
	counted, ok := mark[countedName].(*types.AttributeValueMemberN)
	if !ok {
		return math.MinInt
	}
	version, err := strconv.Atoi(counted.Value)
	if err != nil {
		return math.MinInt
	}
	return version
}

// passing reports whether a transaction failed for a reason that goes away by itself. The SDK does not repeat those.
func passing(err error) bool {
	var inProgress *types.TransactionInProgressException
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		return errors.As(err, &inProgress)
	}
	return slices.ContainsFunc(cancelled.CancellationReasons, func(reason types.CancellationReason) bool {
		switch aws.ToString(reason.Code) {
		case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
			return true
		}
		return false
	})
}

// AddDelta implements metrics.Store. It is a transaction of one: the SDK gives it a token, so that a write whose answer
// was lost and that it repeats counts once.
func (m *Metrics) AddDelta(ctx context.Context, d metrics.Delta) error {
	add, err := m.add(d)
	if err == nil {
		_, err = m.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
			TransactItems: []types.TransactWriteItem{{Update: add}},
		})
	}
	if err != nil {
		return fmt.Errorf("add to the counters of %s: %w", d.Series, err)
	}
	return nil
}
