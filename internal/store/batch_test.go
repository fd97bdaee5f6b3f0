package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/telemetry"
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

// broken is an item whose version is no number.
func broken(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		contract.MessageKey: &types.AttributeValueMemberS{Value: id},
		"payload":           &types.AttributeValueMemberS{Value: "secret"},
		"version":           &types.AttributeValueMemberS{Value: "three"},
	}
}

// logged is a context whose log lines are kept.
func logged(t *testing.T) (context.Context, *observer.ObservedLogs) {
	t.Helper()
	core, lines := observer.New(zapcore.InfoLevel)
	return telemetry.With(t.Context(), zap.New(core)), lines
}

func TestOneBrokenItemDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	client := &fake{batch: func(in *dynamodb.BatchGetItemInput) *dynamodb.BatchGetItemOutput {
		require.True(t, *in.RequestItems[table].ConsistentRead, "a list shows the true status")
		return &dynamodb.BatchGetItemOutput{Responses: map[string][]map[string]types.AttributeValue{
			table: {key(contract.MessageKey, "a"), broken("b"), key(contract.MessageKey, "c")},
		}}
	}}
	ctx, lines := logged(t)
	got, err := store.NewMessages(client, table).LoadMany(ctx, []string{"a", "b", "c"})
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, "c", got[1].ID)
	requireNamed(t, lines, "b")
}

func TestOneBrokenIndexEntryDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	entry := func(id, created string) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{
			contract.MessageKey:      &types.AttributeValueMemberS{Value: id},
			contract.AttrCreatedDate: &types.AttributeValueMemberS{Value: created},
		}
	}
	client := &fake{query: func(*dynamodb.QueryInput) *dynamodb.QueryOutput {
		return &dynamodb.QueryOutput{Items: []map[string]types.AttributeValue{
			entry("a", "2027-03-01T12:00:00.000Z"), entry("b", "yesterday"), entry("c", "2027-03-01T12:00:01.000Z"),
		}}
	}}
	messages := store.NewMessages(client, table)
	ctx, lines := logged(t)
	pending, err := messages.Pending(ctx, "open", "", 3)
	require.NoError(t, err)
	require.Len(t, pending.Keys, 2)
	requireNamed(t, lines, "b")
	newest, err := messages.NewestByStage(ctx, "test", message.Span{}, "", 3)
	require.NoError(t, err)
	require.Len(t, newest.Keys, 2)
	requireNamed(t, lines, "b")
}

// requireNamed requires one line that names the message and not its text.
func requireNamed(t *testing.T, lines *observer.ObservedLogs, id string) {
	t.Helper()
	all := lines.TakeAll()
	require.Len(t, all, 1)
	require.Equal(t, id, all[0].ContextMap()["message_id"])
	require.NotContains(t, fmt.Sprint(all[0].ContextMap()), "secret")
}
