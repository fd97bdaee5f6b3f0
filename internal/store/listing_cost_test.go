package store_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/store/storetest"
)

// readTill is a client that adds up what reads cost, as DynamoDB bills them: the emulator calls every query half a unit,
// whatever it read.
type readTill struct {
	*dynamodb.Client

	units float64
}

// block is what a read unit covers; a query is billed for the sum of what it read, a batch for each item.
const block = 4096

func (c *readTill) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	out, err := c.Client.Query(ctx, in, o...)
	if err != nil {
		return out, err
	}
	if out.ScannedCount != out.Count || in.ConsistentRead != nil {
		return nil, errors.New("the query reads more than it gives, or at the double price")
	}
	bytes := 0
	for _, entry := range out.Items {
		bytes += itemSize(entry)
	}
	c.units += math.Ceil(float64(bytes)/block) / 2
	return out, nil
}

func (c *readTill) BatchGetItem(
	ctx context.Context, in *dynamodb.BatchGetItemInput, o ...func(*dynamodb.Options),
) (*dynamodb.BatchGetItemOutput, error) {
	out, err := c.Client.BatchGetItem(ctx, in, o...)
	if err != nil {
		return out, err
	}
	for _, items := range out.Responses {
		for _, item := range items {
			c.units += math.Ceil(float64(itemSize(item)) / block)
		}
	}
	return out, nil
}

// fillTable makes n messages, of which each tenth failed and each hundredth was made by somebody else.
func fillTable(t *testing.T, messages *store.Messages, n int) {
	t.Helper()
	const writers = 16
	var all sync.WaitGroup
	faults := make(chan error, n)
	for writer := range writers {
		all.Go(func() {
			for i := writer; i < n; i += writers {
				rec := message.New(uuid.NewString(), "notification", "ntfy", "test", "user:ann", `{"message":"hello"}`,
					noon().Add(time.Duration(i)*time.Second), times())
				rec.Status = message.StatusCompleted
				if i%10 == 0 {
					rec.Status, rec.Reason = message.StatusFailed, message.ReasonRefused
				}
				if i%100 == 0 {
					rec.CreatedBy = "user:bob"
				}
				faults <- messages.Create(t.Context(), rec)
			}
		})
	}
	all.Wait()
	close(faults)
	for err := range faults {
		require.NoError(t, err)
	}
}

func pageCostsTheSame(t *testing.T, endpoint string) {
	client := storetest.Client(endpoint)
	filters := map[string]struct {
		filter listing.Filter
		limit  int
	}{
		"all":              {listing.Filter{}, 50},
		"failed":           {listing.Filter{Status: message.StatusFailed}, 20},
		"completed":        {listing.Filter{Status: message.StatusCompleted}, 50},
		"by a rare person": {listing.Filter{CreatedBy: "user:bob"}, 25},
		"in a span":        {listing.Filter{After: noon().Add(time.Second), Before: noon().Add(100 * time.Second)}, 50},
	}
	costs := map[int]map[string]float64{}
	for _, n := range []int{200, 2000} {
		cash := &readTill{Client: client}
		messages := store.NewMessages(cash, storetest.MessagesTable(t, client))
		fillTable(t, messages, n)
		lister := &listing.Lister{
			Index: messages, Stage: "test", Key: func(context.Context) ([]byte, error) { return []byte("key"), nil },
		}
		costs[n] = map[string]float64{}
		for name, asked := range filters {
			cash.units = 0
			page, err := lister.List(t.Context(), asked.filter, "", asked.limit)
			require.NoError(t, err)
			require.NotEmpty(t, page.Records)
			costs[n][name] = cash.units
		}
	}
	for name := range filters {
		few, more := costs[200][name], costs[2000][name]
		t.Logf("%s: %.1f read units of 200 messages, %.1f of 2,000", name, few, more)
		require.Positive(t, few)
		require.LessOrEqual(t, more/few, 1.1, name)
	}
}

// DynamoDB bills a count for the entries that it counts. A count gives none that could be weighed, so a list of them is.
func countingWhatWaitsCosts(t *testing.T, endpoint string) {
	weighed := &readTill{Client: storetest.Client(endpoint)}
	messages := store.NewMessages(weighed, storetest.MessagesTable(t, weighed.Client))
	const n = 40
	for range n {
		rec := created()
		rec.Status, rec.NextAttemptAt, rec.NextSweepAt = message.StatusDeferred, noon(), noon()
		require.NoError(t, messages.Create(t.Context(), rec))
	}
	found, more, err := messages.CountPending(t.Context(), "deferred", n)
	require.NoError(t, err)
	require.Equal(t, n, found)
	require.False(t, more)
	weighed.units = 0
	page, err := messages.NewestPending(t.Context(), "deferred", message.Span{}, "", n)
	require.NoError(t, err)
	require.Len(t, page.Keys, n)
	most := float64(listing.MostWaiting+1) / n * weighed.units
	t.Logf("counting %d entries costs %.1f read units, more than %d %.0f", n, weighed.units, listing.MostWaiting, most)
	require.LessOrEqual(t, most, 40.0)
}
