package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/store/storetest"
)

// till is a client that adds up what writes cost.
type till struct {
	*dynamodb.Client

	units float64
}

func (c *till) PutItem(
	ctx context.Context, in *dynamodb.PutItemInput, o ...func(*dynamodb.Options),
) (*dynamodb.PutItemOutput, error) {
	in.ReturnConsumedCapacity = types.ReturnConsumedCapacityIndexes
	out, err := c.Client.PutItem(ctx, in, o...)
	if err == nil {
		c.units += *out.ConsumedCapacity.CapacityUnits
	}
	return out, err
}

func (c *till) UpdateItem(
	ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options),
) (*dynamodb.UpdateItemOutput, error) {
	in.ReturnConsumedCapacity = types.ReturnConsumedCapacityIndexes
	out, err := c.Client.UpdateItem(ctx, in, o...)
	if err == nil {
		c.units += *out.ConsumedCapacity.CapacityUnits
	}
	return out, err
}

func goodLifeCostsSix(t *testing.T, endpoint string) {
	cash := &till{Client: storetest.Client(endpoint)}
	messages := store.NewMessages(cash, storetest.MessagesTable(t, cash.Client))
	rec := created()
	require.NoError(t, messages.Create(t.Context(), rec))
	require.InDelta(t, 3, cash.units, 0, "the record and its entries in two indexes")
	finish(t, messages, rec)
	require.InDelta(t, 6, cash.units, 0)
}

func deferredLifeCosts(t *testing.T, endpoint string) {
	cash := &till{Client: storetest.Client(endpoint)}
	messages := store.NewMessages(cash, storetest.MessagesTable(t, cash.Client))
	rec := created()
	require.NoError(t, messages.Create(t.Context(), rec))
	held := taken(rec)
	require.NoError(t, messages.Save(t.Context(), rec, held))
	now := held.UpdatedAt
	waits, err := held.Defer(execution, message.Deferral{Until: now.Add(time.Minute), Reason: message.ReasonCircuitOpen}, now)
	require.NoError(t, err)
	require.NoError(t, messages.Save(t.Context(), held, waits))
	finish(t, messages, waits)
	require.InDelta(t, 12, cash.units, 0, "to and from deferred, an index entry is deleted and another one made")
}

// finish takes a waiting record and completes it.
func finish(t *testing.T, messages *store.Messages, rec message.Record) {
	t.Helper()
	held := taken(rec)
	require.NoError(t, messages.Save(t.Context(), rec, held))
	done, err := held.Complete(execution, delivered(held.UpdatedAt), held.UpdatedAt)
	require.NoError(t, err)
	require.NoError(t, messages.Save(t.Context(), held, done))
}
