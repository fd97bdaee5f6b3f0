package store

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rezagent/rez_agent/internal/contract"
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

// Metrics keeps hourly counters in a DynamoDB table, one item for each series and hour, and the marks of the events that
// were counted in the last two days. Marks and the counters that they stand for are written in one transaction, so an
// event is counted once however often it comes. Safe for concurrent use.
type Metrics struct {
	client MetricsClient
	table  string
	seen   *pages
}

var _ metrics.Store = (*Metrics)(nil)

// NewMetrics gives the counters of a table.
func NewMetrics(client MetricsClient, table string) *Metrics {
	return &Metrics{client: client, table: table, seen: newPages()}
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
