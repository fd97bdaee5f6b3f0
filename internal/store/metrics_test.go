package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
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
		{MessageID: id, Version: 1, Deltas: []metrics.Delta{{
			Series: series, Hour: noon(), Counters: metrics.Counters{Accepted: 1},
		}}},
		{MessageID: id, Version: 3, Deltas: []metrics.Delta{{
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

// ledger is a client of the counters' table that adds up what calls cost, and dies when it is told to.
type ledger struct {
	*dynamodb.Client

	written, read float64
	// left is how many more transactions are done before the function is killed; nil lets it live.
	left *int
}

var errKilled = errors.New("killed")

func (l *ledger) TransactWriteItems(
	ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options),
) (*dynamodb.TransactWriteItemsOutput, error) {
	if l.left != nil {
		if *l.left == 0 {
			return nil, errKilled
		}
		*l.left--
	}
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

func rollupIsKilledBetweenTwoWrites(t *testing.T, endpoint string) {
	client := storetest.Client(endpoint)
	table, left := storetest.MetricsTable(t, client), 1
	events := countedMany(250)
	added, err := store.NewMetrics(&ledger{Client: client, left: &left}, table).Add(t.Context(), events)
	require.ErrorIs(t, err, errKilled)
	require.Positive(t, added)
	require.Less(t, added, 500)

	counters := store.NewMetrics(client, table)
	rest, err := counters.Add(t.Context(), events)
	require.NoError(t, err)
	require.Equal(t, 500, added+rest)
	requireCompleted(t, counters, 250)
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

// What rollup adds to a message's six units: eight where each of its two events comes alone, two and a share of the
// hour's item where they come together with those of others.
func countingCosts(t *testing.T, endpoint string) {
	client := storetest.Client(endpoint)
	cash := &ledger{Client: client}
	counters := store.NewMetrics(cash, storetest.MetricsTable(t, client))
	for _, event := range counted(uuid.NewString()) {
		_, err := counters.Add(t.Context(), []metrics.Event{event})
		require.NoError(t, err)
	}
	require.InDelta(t, 8, cash.written, 0, "two marks, and the hour's item twice")

	cash.written = 0
	_, err := counters.Add(t.Context(), countedMany(50))
	require.NoError(t, err)
	require.InDelta(t, 2*50+2, cash.written, 0, "a mark for each message, and the hour's item once")
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
		require.Equal(t, "seen#a", name.Value)
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

// cancelling cancels transactions for a reason, so many times.
type cancelling struct {
	store.MetricsClient

	err   error
	times int
	calls int
}

func (c *cancelling) TransactWriteItems(
	context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options),
) (*dynamodb.TransactWriteItemsOutput, error) {
	if c.calls++; c.calls <= c.times {
		return nil, c.err
	}
	return &dynamodb.TransactWriteItemsOutput{}, nil
}

func cancelled(codes ...string) error {
	err := new(types.TransactionCanceledException)
	for _, code := range codes {
		err.CancellationReasons = append(err.CancellationReasons, types.CancellationReason{Code: aws.String(code)})
	}
	return err
}

func TestWhatPassesIsTriedAgainAndNothingElse(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err   error
		times int
		calls int
		fails bool
	}{
		"two who write one hour at once":       {cancelled("None", "TransactionConflict"), 3, 4, false},
		"a throttled table":                    {cancelled("ThrottlingError", "None"), 2, 3, false},
		"the same transaction, still going on": {&types.TransactionInProgressException{}, 1, 2, false},
		"conflicts without an end":             {cancelled("None", "TransactionConflict"), 1000, 11, true},
		"a counter that is no number":          {cancelled("None", "ValidationError"), 1000, 1, true},
		"a mark that does not say its version": {cancelled("ConditionalCheckFailed", "None"), 1000, 1, true},
		"a table that is not there":            {&types.ResourceNotFoundException{}, 1000, 1, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := &cancelling{err: test.err, times: test.times}
				added, err := store.NewMetrics(client, "metrics").Add(t.Context(), counted("a"))
				require.Equal(t, test.calls, client.calls)
				if test.fails {
					require.ErrorIs(t, err, test.err)
					require.Zero(t, added)
					return
				}
				require.NoError(t, err)
				require.Equal(t, 2, added)
			})
		})
	}
}
