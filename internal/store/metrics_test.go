package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/store/storetest"
)

const series = metrics.Series("prod#notification")

// counted are the events of a message that goes well: its acceptance, and its delivery with the attempt.
func counted(id string) []metrics.Event {
	return []metrics.Event{
		{MessageID: id, Version: 1, At: noon(), Deltas: []metrics.Delta{{
			Series: series, Hour: noon(), Counters: metrics.Counters{Accepted: 1},
		}}},
		{MessageID: id, Version: 3, At: noon().Add(time.Second), Deltas: []metrics.Delta{{
			Series: series, Hour: noon(), Counters: metrics.Counters{Attempts: 1, Completed: 1, Latency: metrics.Histogram{4: 1}},
		}}},
	}
}

func countedMany(n int) []metrics.Event {
	var events []metrics.Event
	for range n {
		events = append(events, counted(uuid.NewString())...)
	}
	return events
}

func requireCompleted(t *testing.T, counters *store.Metrics, n int) {
	t.Helper()
	got, err := counters.Hours(t.Context(), series, noon(), noon())
	require.NoError(t, err)
	require.Equal(t, map[time.Time]metrics.Counters{
		noon(): {Accepted: n, Attempts: n, Completed: n, Latency: metrics.Histogram{4: n}},
	}, got)
}

// ledger is a client of the counters' table that adds up what calls cost.
type ledger struct {
	*dynamodb.Client

	written, read float64
}

func (l *ledger) TransactWriteItems(
	ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options),
) (*dynamodb.TransactWriteItemsOutput, error) {
	in.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
	out, err := l.Client.TransactWriteItems(ctx, in, o...)
	if err == nil {
		for _, c := range out.ConsumedCapacity {
			l.written += *c.CapacityUnits
		}
	}
	return out, err
}

func (l *ledger) Query(
	ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options),
) (*dynamodb.QueryOutput, error) {
	in.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
	out, err := l.Client.Query(ctx, in, o...)
	if err == nil {
		l.read += *out.ConsumedCapacity.CapacityUnits
	}
	return out, err
}

func countersAreLost(t *testing.T, endpoint string) {
	client, line := lossyClient(endpoint)
	counters := store.NewMetrics(client, storetest.MetricsTable(t, client))
	line.lose("TransactWriteItems")
	_, err := counters.Add(t.Context(), countedMany(3))
	require.NoError(t, err)
	line.requireRepeated(t)
	requireCompleted(t, counters, 3)
}

func deltaIsLost(t *testing.T, endpoint string) {
	client, line := lossyClient(endpoint)
	counters := store.NewMetrics(client, storetest.MetricsTable(t, client))
	line.lose("TransactWriteItems")
	require.NoError(t, counters.AddDelta(t.Context(), metrics.Delta{
		Series: series, Hour: noon(), Counters: metrics.Counters{Opened: 1},
	}))
	line.requireRepeated(t)
	got, err := counters.Hours(t.Context(), series, noon(), noon())
	require.NoError(t, err)
	require.Equal(t, 1, got[noon()].Opened)
}

func correctionIsLost(t *testing.T, endpoint string) {
	client, line := lossyClient(endpoint)
	counters := store.NewMetrics(client, storetest.MetricsTable(t, client))
	line.lose("UpdateItem")
	require.NoError(t, counters.Correct(t.Context(), series, noon(), metrics.Counters{}, metrics.Counters{Accepted: 1}))
	line.requireRepeated(t)
}

// What rollup adds to a message's six units: eight where each of its two events comes alone, an eighth of a unit where a
// hundred changes come together, as they do on AWS.
func countingCosts(t *testing.T, endpoint string) {
	client := storetest.Client(endpoint)
	cash := &ledger{Client: client}
	counters := store.NewMetrics(cash, storetest.MetricsTable(t, client))
	for _, event := range counted(uuid.NewString()) {
		_, err := counters.Add(t.Context(), []metrics.Event{event})
		require.NoError(t, err)
	}
	require.InDelta(t, 8, cash.written, 0, "two sheets of marks, and the hour's item twice")

	cash.written = 0
	_, err := counters.Add(t.Context(), countedMany(33))
	require.NoError(t, err)
	require.InDelta(t, 4, cash.written, 0, "one sheet, and the hour's item once")

	for range 20 {
		_, err := counters.Add(t.Context(), countedMany(33))
		require.NoError(t, err)
	}
	require.LessOrEqual(t, cash.read, 1.0, "a page that fills is read once, when it was new")
}

func reportsCostTheSame(t *testing.T, endpoint string) {
	client := storetest.Client(endpoint)
	cash := &ledger{Client: client}
	counters := store.NewMetrics(cash, storetest.MetricsTable(t, client))
	reader := &metrics.Reader{Store: counters, Stage: "prod"}
	cost := func() float64 {
		before := cash.read
		_, err := reader.Read(t.Context(), noon().Add(time.Minute), metrics.PeriodWeek, "", "")
		require.NoError(t, err)
		return cash.read - before
	}
	fillWeek(t, counters, 1)
	few := cost()
	_, err := counters.Add(t.Context(), countedMany(1000))
	require.NoError(t, err)
	require.InDelta(t, few, cost(), 0, "a thousand messages more")
	require.LessOrEqual(t, few, 15.0)
}

// fillWeek makes all counters of all hours of a week.
func fillWeek(t *testing.T, counters *store.Metrics, n int) {
	t.Helper()
	var all metrics.Counters
	for _, value := range all.All() {
		*value = n
	}
	for i := range 169 {
		require.NoError(t, counters.AddDelta(t.Context(), metrics.Delta{
			Series: series, Hour: noon().Add(-time.Duration(i) * time.Hour), Counters: all,
		}))
	}
}

func itemsOfCountersExpire(t *testing.T, endpoint string) {
	client := storetest.Client(endpoint)
	table := storetest.MetricsTable(t, client)
	before := time.Now()
	_, err := store.NewMetrics(client, table).Add(t.Context(), counted("a"))
	require.NoError(t, err)
	out, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &table})
	require.NoError(t, err)
	require.Len(t, out.Items, 2)
	for _, item := range out.Items {
		name, _ := item[contract.MetricsKey].(*types.AttributeValueMemberS)
		ttl, _ := item[contract.AttrTTL].(*types.AttributeValueMemberN)
		var seconds int64
		_, err := fmt.Sscan(ttl.Value, &seconds)
		require.NoError(t, err)
		if name.Value == string(series) {
			require.Equal(t, noon().Add(metrics.CounterTTL).Unix(), seconds)
			continue
		}
		require.Equal(t, "seen#"+noon().Format(time.RFC3339), name.Value)
		require.WithinDuration(t, before.Add(metrics.MarkTTL), time.Unix(seconds, 0), time.Minute)
	}
}

func wholeTableIsScanned(t *testing.T, endpoint string) {
	client := storetest.Client(endpoint)
	messages := openMessages(t, client)
	want := make(map[string]bool)
	for range 7 {
		rec := created()
		require.NoError(t, messages.Create(t.Context(), rec))
		want[rec.ID] = true
	}
	odd := created()
	require.NoError(t, messages.Create(t.Context(), odd))
	setText(t, client, messages.name, key(contract.MessageKey, odd.ID), "version", "three")

	got, unreadable := make(map[string]bool), 0
	scanner := store.NewScanner(client, messages.name)
	for cursor := ""; ; {
		page, err := scanner.Scan(t.Context(), cursor, 3)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Records), 3)
		for _, rec := range page.Records {
			got[rec.ID] = true
		}
		unreadable += page.Unreadable
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	require.Equal(t, want, got)
	require.Equal(t, 1, unreadable)
}
