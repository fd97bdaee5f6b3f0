package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/store/storetest"
)

// deadly is a client whose function is killed around a transaction.
type deadly struct {
	*dynamodb.Client

	// before and after are how many more transactions come before the function is killed, right before or right after one.
	before, after int
}

var errKilled = errors.New("killed")

func (d *deadly) TransactWriteItems(
	ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options),
) (*dynamodb.TransactWriteItemsOutput, error) {
	if d.before == 0 {
		return nil, errKilled
	}
	out, err := d.Client.TransactWriteItems(ctx, in, o...)
	if err == nil && d.after == 0 {
		return nil, errKilled
	}
	d.before, d.after = d.before-1, d.after-1
	return out, err
}

// countedOverPages are events of more pages than one transaction takes.
func countedOverPages(n int) []metrics.Event {
	events := countedMany(n)
	for i := range events {
		events[i].At = events[i].At.Add(time.Duration(i) * 10 * time.Second)
	}
	return events
}

func rollupIsKilledBetweenTwoWrites(t *testing.T, endpoint string) {
	client := storetest.Client(endpoint)
	table := storetest.MetricsTable(t, client)
	events := countedOverPages(250)
	added, err := store.NewMetrics(&deadly{Client: client, before: 1, after: -1}, table).Add(t.Context(), events)
	require.ErrorIs(t, err, errKilled)
	require.NotEmpty(t, added)
	require.Less(t, len(added), 500)

	counters := store.NewMetrics(client, table)
	rest, err := counters.Add(t.Context(), events)
	require.NoError(t, err)
	require.Len(t, rest, 500-len(added))
	requireCompleted(t, counters, 250)
}

// Each environment of a Lambda knows its own pages. Some are killed before or after they wrote; each batch comes until it
// was handled, to whichever environment, and some batches come to two at once.
func rollupIsKilledAnywhere(t *testing.T, endpoint string) {
	client := storetest.Client(endpoint)
	rapid.Check(t, func(rt *rapid.T) {
		table := storetest.MetricsTable(t, client)
		messages := rapid.IntRange(1, 60).Draw(rt, "messages")
		events := countedMany(messages)
		environments := []*store.Metrics{store.NewMetrics(client, table), store.NewMetrics(client, table)}
		for from := 0; from < len(events); {
			to := min(len(events), from+rapid.IntRange(1, 50).Draw(rt, "batch"))
			batch := events[from:to]
			doomed := &deadly{Client: client, before: rapid.IntRange(0, 1).Draw(rt, "before"), after: 0}
			if _, err := store.NewMetrics(doomed, table).Add(t.Context(), batch); err != nil { // nil: nothing was left to count
				require.ErrorIs(rt, err, errKilled)
			}
			if rapid.Bool().Draw(rt, "a zombie handles it too") {
				requireBothDone(rt, environments, batch)
			}
			_, err := environments[rapid.IntRange(0, 1).Draw(rt, "environment")].Add(t.Context(), batch)
			require.NoError(rt, err)
			from = to - rapid.IntRange(0, min(3, to-from-1)).Draw(rt, "again")
			if to == len(events) {
				break
			}
		}
		got, err := environments[0].Hours(t.Context(), series, noon(), noon())
		require.NoError(rt, err)
		require.Equal(rt, metrics.Counters{
			Accepted: messages, Attempts: messages, Completed: messages, Latency: metrics.Histogram{4: messages},
		}, got[noon()])
	})
}

func requireBothDone(t require.TestingT, environments []*store.Metrics, batch []metrics.Event) {
	errs := make([]error, len(environments))
	var all sync.WaitGroup
	for i, one := range environments {
		all.Go(func() { _, errs[i] = one.Add(context.Background(), batch) })
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
}

// An environment that has slept does not know what others have marked since: its place is taken.
func rollupWakesUp(t *testing.T, endpoint string) {
	client := storetest.Client(endpoint)
	table := storetest.MetricsTable(t, client)
	sleeper, other := store.NewMetrics(client, table), store.NewMetrics(client, table)
	for i, batch := range [][]metrics.Event{counted(uuid.NewString()), counted(uuid.NewString()), counted(uuid.NewString())} {
		_, err := sleeper.Add(t.Context(), batch[:1])
		require.NoError(t, err)
		added, err := other.Add(t.Context(), batch)
		require.NoError(t, err)
		require.Len(t, added, 1)
		added, err = sleeper.Add(t.Context(), batch)
		require.NoError(t, err)
		require.Empty(t, added)
		requireCompleted(t, sleeper, i+1)
	}
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

// Query finds nothing: the table is empty.
func (c *cancelling) Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	return &dynamodb.QueryOutput{}, nil
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
		"conflicts without an end":             {cancelled("None", "TransactionConflict"), 1000, 21, true},
		"a counter that is no number":          {cancelled("None", "ValidationError"), 1000, 1, true},
		"a place that somebody else has taken": {cancelled("ConditionalCheckFailed", "None"), 2, 3, false},
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
					require.Empty(t, added)
					return
				}
				require.NoError(t, err)
				require.Len(t, added, 2)
			})
		})
	}
}
