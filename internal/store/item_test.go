package store_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/store"
)

// encoded is a record's item, as Create writes it.
func encoded(t *testing.T, rec message.Record) map[string]types.AttributeValue {
	t.Helper()
	client := new(fake)
	require.NoError(t, store.NewMessages(client, "messages").Create(t.Context(), rec))
	return client.put
}

func completed(t *testing.T) message.Record {
	t.Helper()
	held := taken(created())
	done, err := held.Complete(execution, delivered(held.UpdatedAt), held.UpdatedAt)
	require.NoError(t, err)
	return done
}

// full is a record in which nothing is zero.
func full() message.Record {
	rec := created()
	rec.Status, rec.Reason, rec.Detail, rec.BodyHash = message.StatusDeferred, message.ReasonUnavailable, "HTTP 503", "hash"
	rec.Deferrals, rec.Swept = 2, 1
	rec.NextAttemptAt, rec.SlotAt, rec.LeaseUntil, rec.NextSweepAt = noon(), noon(), noon(), noon()
	rec.ExecutionARN, rec.ExecutionStarted = execution, noon()
	rec.TraceID = trace
	rec.Acts = []message.Act{{At: noon(), By: "user:ann", What: message.ActMadeDue, Generation: 1}}
	rec.Attempts = []message.Attempt{{
		At: noon(), Outcome: "rate_limited", Status: 429, Code: 42901, Latency: time.Second, NtfyID: "x", Detail: "wait", RetryAt: noon(),
	}}
	return rec
}

func TestItemHasTheTablesNames(t *testing.T) {
	t.Parallel()
	item := encoded(t, full())
	want := []string{
		contract.MessageKey, contract.AttrCreatedDate, "updated_date", "created_by", contract.AttrStage, "message_type", "channel",
		contract.AttrStatus, contract.AttrPendingStatus, "reason", "detail", "payload", "body_hash", "generation", "deferrals",
		"deadline", contract.AttrNextAttemptAt, "slot_at", contract.AttrLeaseUntil, contract.AttrExecutionARN, "execution_started",
		"attempts", "acts", "trace_id", "swept", contract.AttrNextSweepAt, contract.AttrTTL, "version",
	}
	require.ElementsMatch(t, want, slices.Collect(maps.Keys(item)))
	require.Equal(t, &types.AttributeValueMemberS{Value: "2027-03-01T12:00:00.123Z"}, item[contract.AttrCreatedDate])
	require.Equal(t, &types.AttributeValueMemberN{Value: "1811678400"}, item[contract.AttrTTL], "epoch seconds")

	attempts, ok := item["attempts"].(*types.AttributeValueMemberL)
	require.True(t, ok)
	attempt, ok := attempts.Value[0].(*types.AttributeValueMemberM)
	require.True(t, ok)
	require.ElementsMatch(t, []string{"at", "outcome", "status", "code", "latency_ms", "ntfy_id", "detail", "retry_at"},
		slices.Collect(maps.Keys(attempt.Value)))

	acts, ok := item["acts"].(*types.AttributeValueMemberL)
	require.True(t, ok)
	act, ok := acts.Value[0].(*types.AttributeValueMemberM)
	require.True(t, ok)
	require.ElementsMatch(t, []string{"at", "by", "what", "generation"}, slices.Collect(maps.Keys(act.Value)))
}

func TestItemLeavesOutWhatIsZero(t *testing.T) {
	t.Parallel()
	item := encoded(t, completed(t))
	for _, name := range []string{
		contract.AttrPendingStatus, "reason", "detail", "body_hash", "deferrals", contract.AttrNextAttemptAt, "slot_at",
		contract.AttrLeaseUntil, "acts", "swept", contract.AttrNextSweepAt,
	} {
		require.NotContains(t, item, name)
	}
	require.Empty(t, encoded(t, message.Record{}))
}

// Above this size every write costs two units instead of one.
func TestCompletedMessageFitsOneWriteUnit(t *testing.T) {
	t.Parallel()
	const unit = 1024
	item := encoded(t, completed(t))
	bytes := itemSize(item)
	t.Logf("a completed message with a payload of %d bytes is an item of %d bytes", len(created().Payload), bytes)
	require.Less(t, bytes, unit)
}

// itemSize is DynamoDB's own account of an item's size: names and texts in UTF-8 bytes, a number as one byte for each
// two digits and one more, a list or map as three bytes and one more for each element.
func itemSize(item map[string]types.AttributeValue) int {
	size := 0
	for name, value := range item {
		size += len(name) + valueSize(value)
	}
	return size
}

func valueSize(value types.AttributeValue) int {
	const container = 3
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return (len(strings.TrimRight(v.Value, "0"))+1)/2 + 1
	case *types.AttributeValueMemberL:
		size := container + len(v.Value)
		for _, element := range v.Value {
			size += valueSize(element)
		}
		return size
	case *types.AttributeValueMemberM:
		return container + len(v.Value) + itemSize(v.Value)
	default:
		panic("a record has no attribute of this type")
	}
}

func TestSaveNamesOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	rec := full()
	next := rec
	next.Swept, next.NextSweepAt, next.Detail = 2, noon().Add(time.Hour), ""
	next.Version++
	client := new(fake)
	require.NoError(t, store.NewMessages(client, "messages").Save(t.Context(), rec, next))
	require.ElementsMatch(t, []string{contract.MessageKey, "detail", contract.AttrNextSweepAt, "swept", "version"},
		slices.Collect(maps.Values(client.update.ExpressionAttributeNames)))
	require.Contains(t, *client.update.UpdateExpression, "REMOVE")
}
