package store_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/store"
)

func TestACountReadsNoEntryBeyondItsBoundHoweverManyPagesItTakes(t *testing.T) {
	t.Parallel()
	for held, want := range map[int]int{0: 0, 400: 400, 401: 401, 1000: 1000, 1001: 1000, 100_000: 1000} {
		const page = 400 // as if DynamoDB ended a page by its size
		left, read := held, 0
		client := &fake{query: func(in *dynamodb.QueryInput) *dynamodb.QueryOutput {
			require.Equal(t, types.SelectCount, in.Select)
			require.Equal(t, read > 0, in.ExclusiveStartKey != nil)
			n := min(page, left, int(*in.Limit))
			left, read = left-n, read+n
			out := &dynamodb.QueryOutput{Count: int32(n)}
			if left > 0 {
				out.LastEvaluatedKey = key("message_id", "x")
			}
			return out
		}}
		n, more, err := store.NewMessages(client, "messages").CountPending(t.Context(), "open", 1000)
		require.NoError(t, err)
		require.Equal(t, want, n)
		require.Equal(t, held > 1000, more)
		require.Equal(t, min(held, 1001), read)
	}
}
