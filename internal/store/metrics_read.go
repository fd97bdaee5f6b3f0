package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/metrics"
)

// Hours implements metrics.Store. It is one query: the items of a week are about 50 kB. It may miss what was added in the
// last second.
func (m *Metrics) Hours(
	ctx context.Context, series metrics.Series, first, last time.Time,
) (map[time.Time]metrics.Counters, error) {
	hours := make(map[time.Time]metrics.Counters)
	for start := attributes(nil); ; {
		out, err := m.client.Query(ctx, &dynamodb.QueryInput{
			TableName: &m.table,
			KeyConditionExpression: aws.String(
				contract.MetricsKey + " = :series AND #hour BETWEEN :first AND :last"),
			ExpressionAttributeNames: map[string]string{"#hour": contract.MetricsSortKey},
			ExpressionAttributeValues: attributes{
				":series": text(string(series)), ":first": text(hourText(first)), ":last": text(hourText(last)),
			},
			ExclusiveStartKey: start,
		})
		if err != nil {
			return nil, fmt.Errorf("read the counters of %s: %w", series, err)
		}
		for _, stored := range out.Items {
			if err := decodeCounters(stored, hours); err != nil {
				return nil, fmt.Errorf("read the counters of %s: %w", series, err)
			}
		}
		if start = out.LastEvaluatedKey; len(start) == 0 {
			return hours, nil
		}
	}
}

// decodeCounters reads an hour's item into hours.
func decodeCounters(stored attributes, hours map[time.Time]metrics.Counters) error {
	key, ok := stored[contract.MetricsSortKey].(*types.AttributeValueMemberS)
	if !ok {
		return fmt.Errorf("attribute %s is no text", contract.MetricsSortKey)
	}
	hour, err := time.Parse(time.RFC3339, key.Value)
	if err != nil {
		return fmt.Errorf("attribute %s: %w", contract.MetricsSortKey, err)
	}
	var counters metrics.Counters
	for name, value := range counters.All() {
		if err := decodeCounter(stored[name], value); err != nil {
			return fmt.Errorf("attribute %s of %s: %w", name, key.Value, err)
		}
	}
	hours[metrics.HourOf(hour)] = counters
	return nil
}

func decodeCounter(stored types.AttributeValue, value *int) error {
	if stored == nil {
		return nil
	}
	number, ok := stored.(*types.AttributeValueMemberN)
	if !ok {
		return fmt.Errorf("it is a %T, not a number", stored)
	}
	var err error
	*value, err = strconv.Atoi(number.Value)
	return err
}

// Correct implements metrics.Store.
func (m *Metrics) Correct(ctx context.Context, series metrics.Series, hour time.Time, seen, want metrics.Counters) error {
	if err := m.correct(ctx, series, hour, seen, want); err != nil {
		return fmt.Errorf("correct the counters of %s at %s: %w", series, hourText(hour), err)
	}
	return nil
}

func (m *Metrics) correct(ctx context.Context, series metrics.Series, hour time.Time, seen, want metrics.Counters) error {
	ttl := expression.Name(contract.AttrTTL)
	set := expression.Set(ttl, expression.IfNotExists(ttl, expression.Value(hour.Add(metrics.CounterTTL).Unix())))
	for name, value := range want.All() {
		set = set.Set(expression.Name(name), expression.Value(*value))
	}
	in, err := update(m.table, counterKey(series, hour), set, asSeen(seen))
	if err != nil {
		return err
	}
	_, err = m.client.UpdateItem(ctx, in)
	if stored, failed := refused(err); failed {
		return corrected(stored, want)
	}
	return err
}

// asSeen is the condition that the stored counters are these. A counter that is absent is 0.
func asSeen(seen metrics.Counters) expression.ConditionBuilder {
	var all []expression.ConditionBuilder
	for name, value := range seen.All() {
		counter := expression.Name(name)
		same := counter.Equal(expression.Value(*value))
		if *value == 0 {
			same = same.Or(expression.AttributeNotExists(counter))
		}
		all = append(all, same)
	}
	return expression.And(all[0], all[1], all[2:]...)
}

// corrected tells a write that was done before, whose answer was lost, from a conflict.
func corrected(stored attributes, want metrics.Counters) error {
	hours := make(map[time.Time]metrics.Counters)
	if err := decodeCounters(stored, hours); err == nil {
		for _, there := range hours {
			if there == want {
				return nil
			}
		}
	}
	return metrics.ErrConflict
}
