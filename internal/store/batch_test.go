package store_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/store"
)

const table = "messages"

// throttled answers each batch with its first key's record only, as a throttled table may.
func throttled(t *testing.T, asked *[]int) *fake {
	t.Helper()
	return &fake{batch: func(in *dynamodb.BatchGetItemInput) *dynamodb.BatchGetItemOutput {
		keys := in.RequestItems[table].Keys
		*asked = append(*asked, len(keys))
		out := &dynamodb.BatchGetItemOutput{Responses: map[string][]map[string]types.AttributeValue{table: keys[:1]}}
		if len(keys) > 1 {
			out.UnprocessedKeys = map[string]types.KeysAndAttributes{table: {Keys: keys[1:]}}
		}
		return out
	}}
}

func TestLoadManyAsksAgainForWhatWasLeftUnprocessed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked []int
		got, err := store.NewMessages(throttled(t, &asked), table).LoadMany(t.Context(), []string{"c", "b", "a"})
		require.NoError(t, err)
		require.Equal(t, []int{3, 2, 1}, asked)
		require.Len(t, got, 3)
		require.Equal(t, "c", got[0].ID)
	})
}

func TestLoadManyGivesUpOnATableThatStaysThrottled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked []int
		ids := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}
		_, err := store.NewMessages(throttled(t, &asked), table).LoadMany(t.Context(), ids)
		require.ErrorContains(t, err, "throttled")
		require.Len(t, asked, 8)
	})
}

func TestLoadManyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked []int
		late := errors.New("too late")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(late)
		_, err := store.NewMessages(throttled(t, &asked), table).LoadMany(ctx, []string{"a", "b"})
		require.ErrorIs(t, err, late)
		require.Len(t, asked, 1)
	})
}

func TestABrokenItemIsAnErrorThatNamesTheMessageAndNotItsText(t *testing.T) {
	t.Parallel()
	client := &fake{batch: func(*dynamodb.BatchGetItemInput) *dynamodb.BatchGetItemOutput {
		broken := map[string]types.AttributeValue{
			contract.MessageKey: &types.AttributeValueMemberS{Value: "a"},
			"payload":           &types.AttributeValueMemberS{Value: "secret"},
			"version":           &types.AttributeValueMemberS{Value: "three"},
		}
		return &dynamodb.BatchGetItemOutput{Responses: map[string][]map[string]types.AttributeValue{table: {broken}}}
	}}
	_, err := store.NewMessages(client, table).LoadMany(t.Context(), []string{"a"})
	require.ErrorContains(t, err, "message a")
	require.NotContains(t, err.Error(), "secret")
}
