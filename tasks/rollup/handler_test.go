package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/store/memory"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// The images of a message's record, as the stream has them: new, taken, delivered.
const (
	createdImage = `{"message_id":{"S":"m1"},"created_date":{"S":"2026-11-25T12:00:00.000Z"},
		"updated_date":{"S":"2026-11-25T12:00:00.000Z"},"created_by":{"S":"user:ann"},"stage":{"S":"dev"},
		"message_type":{"S":"notification"},"channel":{"S":"ntfy"},"status":{"S":"created"},"payload":{"S":"{\"message\":\"secret\"}"},
		"generation":{"N":"1"},"deadline":{"S":"2026-11-26T12:00:00.000Z"},"ttl":{"N":"1803643200"},"version":{"N":"1"},
		"pending_status":{"S":"open"}}`
	takenImage = `{"message_id":{"S":"m1"},"created_date":{"S":"2026-11-25T12:00:00.000Z"},
		"updated_date":{"S":"2026-11-25T12:00:00.050Z"},"stage":{"S":"dev"},"message_type":{"S":"notification"},
		"status":{"S":"processing"},"generation":{"N":"1"},"deadline":{"S":"2026-11-26T12:00:00.000Z"},"version":{"N":"2"}}`
	deliveredImage = `{"message_id":{"S":"m1"},"created_date":{"S":"2026-11-25T12:00:00.000Z"},
		"updated_date":{"S":"2026-11-25T12:00:00.090Z"},"stage":{"S":"dev"},"message_type":{"S":"notification"},
		"status":{"S":"completed"},"generation":{"N":"1"},"deadline":{"S":"2026-11-26T12:00:00.000Z"},"version":{"N":"3"},
		"attempts":{"L":[{"M":{"at":{"S":"2026-11-25T12:00:00.060Z"},"outcome":{"S":"delivered"},"status":{"N":"200"},
			"latency_ms":{"N":"20"},"ntfy_id":{"S":"x"}}}]}}`
)

func record(id, name, before, after string) json.RawMessage {
	images := ""
	if before != "" {
		images += `,"OldImage":` + before
	}
	if after != "" {
		images += `,"NewImage":` + after
	}
	return json.RawMessage(fmt.Sprintf(`{"eventID":%q,"eventName":%q,"eventVersion":"1.1","eventSource":"aws:dynamodb",
		"awsRegion":"eu-central-1","dynamodb":{"ApproximateCreationDateTime":1764072000,"Keys":{"message_id":{"S":"m1"}}%s,
		"SequenceNumber":"111","SizeBytes":26,"StreamViewType":"NEW_AND_OLD_IMAGES"},
		"eventSourceARN":"arn:aws:dynamodb:eu-central-1:000000000000:table/messages/stream/2026-11-25T00:00:00.000"}`, id, name, images))
}

func life() []json.RawMessage {
	return []json.RawMessage{
		record("e1", "INSERT", "", createdImage),
		record("e2", "MODIFY", createdImage, takenImage),
		record("e3", "MODIFY", takenImage, deliveredImage),
	}
}

// roll runs batches and gives the counters of the message's hour, and what the log says.
func roll(t *testing.T, batches ...[]json.RawMessage) (metrics.Counters, *observer.ObservedLogs) {
	t.Helper()
	core, logged := observer.New(zap.DebugLevel)
	counters := memory.NewMetrics()
	handle := handler(&metrics.Rollup{Store: counters, Meter: metrics.Meter{Deadline: 24 * time.Hour}})
	for _, records := range batches {
		whole, err := json.Marshal(map[string]any{"Records": records})
		require.NoError(t, err)
		var in batch
		require.NoError(t, json.Unmarshal(whole, &in))
		rolled, err := handle(telemetry.With(t.Context(), zap.New(core)), in)
		require.NoError(t, err)
		require.Equal(t, len(records), rolled.Changes)
	}
	hour := time.Date(2026, time.November, 25, 12, 0, 0, 0, time.UTC)
	got, err := counters.Hours(t.Context(), metrics.MessageSeries("dev", "notification"), hour, hour)
	require.NoError(t, err)
	return got[hour], logged
}

func delivered() metrics.Counters {
	return metrics.Counters{Accepted: 1, Attempts: 1, Completed: 1, Latency: metrics.Histogram{3: 1}}
}

func TestTheStreamIsCountedOnceHoweverItComes(t *testing.T) {
	t.Parallel()
	byTTL := record("e4", "REMOVE", deliveredImage, "")
	byTTL = append(byTTL[:len(byTTL)-1:len(byTTL)-1], `,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}}`...)
	byHand := record("e5", "REMOVE", deliveredImage, "")
	for name, batches := range map[string][][]json.RawMessage{
		"once":             {life()},
		"twice, then half": {life(), life(), life()[1:]},
		"removed by its time to live, and another time by hand": {append(life(), byTTL, byHand)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, logged := roll(t, batches...)
			require.Equal(t, delivered(), got)
			require.Equal(t, logged.FilterMessage("metric").Len(), logged.Len(), "nothing but what is observed")
		})
	}
}

func TestAnOddRecordIsSkippedAndTheOthersAreCounted(t *testing.T) {
	t.Parallel()
	for name, odd := range map[string]json.RawMessage{
		"not an object":          json.RawMessage(`7`),
		"an attribute's type":    record("odd", "MODIFY", createdImage, `{"message_id":{"Z":"secret"}}`),
		"another table's item":   record("odd", "INSERT", "", `{"series":{"S":"secret"}}`),
		"a version that is text": record("odd", "MODIFY", createdImage, `{"message_id":{"S":"m2"},"version":{"S":"secret"}}`),
		"no images":              record("odd", "INSERT", "", ""),
		"keys only":              json.RawMessage(`{"eventID":"odd","eventName":"MODIFY","dynamodb":{"Keys":{"message_id":{"S":"secret"}}}}`),
		"an odd image before":    record("odd", "MODIFY", `{"message_id":{"L":[{"S":"secret"}]}}`, deliveredImage),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, logged := roll(t, append([]json.RawMessage{life()[0], odd}, life()[1:]...))
			require.Equal(t, delivered(), got)
			require.Equal(t, 1, logged.FilterMessageSnippet("skipped").Len())
			uncounted := logged.FilterMessage("metric").Filter(func(line observer.LoggedEntry) bool {
				_, found := line.ContextMap()[string(telemetry.Uncounted)]
				return found
			})
			require.Equal(t, 1, uncounted.Len())
			for _, line := range logged.All() {
				require.NotContains(t, fmt.Sprint(line.Message, line.ContextMap()), "secret")
			}
		})
	}
}

func TestEveryKindOfAttributeIsTheSDKs(t *testing.T) {
	t.Parallel()
	var from map[string]events.DynamoDBAttributeValue
	require.NoError(t, json.Unmarshal([]byte(`{"s":{"S":"a"},"n":{"N":"1.5"},"bool":{"BOOL":true},"b":{"B":"AQI="},
		"ss":{"SS":["a","b"]},"ns":{"NS":["1","2"]},"bs":{"BS":["AQ=="]},"null":{"NULL":true},
		"m":{"M":{"x":{"S":"y"}}},"l":{"L":[{"N":"1"},{"S":"z"}]}}`), &from))
	require.Equal(t, map[string]types.AttributeValue{
		"s":    &types.AttributeValueMemberS{Value: "a"},
		"n":    &types.AttributeValueMemberN{Value: "1.5"},
		"bool": &types.AttributeValueMemberBOOL{Value: true},
		"b":    &types.AttributeValueMemberB{Value: []byte{1, 2}},
		"ss":   &types.AttributeValueMemberSS{Value: []string{"a", "b"}},
		"ns":   &types.AttributeValueMemberNS{Value: []string{"1", "2"}},
		"bs":   &types.AttributeValueMemberBS{Value: [][]byte{{1}}},
		"null": &types.AttributeValueMemberNULL{Value: true},
		"m":    &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"x": &types.AttributeValueMemberS{Value: "y"}}},
		"l": &types.AttributeValueMemberL{Value: []types.AttributeValue{
			&types.AttributeValueMemberN{Value: "1"}, &types.AttributeValueMemberS{Value: "z"},
		}},
	}, attributeValues(from))
}
