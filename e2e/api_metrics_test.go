package e2e_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/wire"
)

func TestMetricsCountWhatBecameOfMessages(t *testing.T) {
	s := begin(t)
	api := s.api(operator)
	s.completed(soon, s.create(api, "all before it is counted when it is", ""))
	s.untilCounted(s.ids[0])
	before := s.figures()

	s.breakNtfy(refusal(1))
	refused := s.create(api, "refused", "")
	s.until(soon, refused, "has failed", func(rec message.Record) bool { return rec.Status == message.StatusFailed })
	delivered := []string{s.create(api, "one", ""), s.create(api, "two", "")}
	s.allOf(delivered)
	_, err := api.Replay(s.context(), refused, 1)
	require.NoError(t, err)
	s.completed(soon, refused)
	_, err = api.OpenCircuit(s.context(), "")
	require.NoError(t, err)
	_, err = api.ResetCircuit(s.context(), "")
	require.NoError(t, err)
	for _, id := range s.ids {
		s.untilCounted(id)
	}

	after := s.figures()
	got := wire.Figures{
		Accepted: after.Total.Accepted - before.Total.Accepted, Completed: after.Total.Completed - before.Total.Completed,
		Failed: after.Total.Failed - before.Total.Failed, Refused: after.Total.Refused - before.Total.Refused,
		Expired: after.Total.Expired - before.Total.Expired, Faulted: after.Total.Faulted - before.Total.Faulted,
		Replayed: after.Total.Replayed - before.Total.Replayed, Deferrals: after.Total.Deferrals - before.Total.Deferrals,
		Attempts: after.Total.Attempts - before.Total.Attempts,
	}
	require.Equal(t, wire.Figures{
		Accepted: 3, Completed: 3, Failed: 1, Refused: 1, Replayed: 1, Attempts: 4,
	}, got)
	require.Equal(t, 2, after.CircuitChanges-before.CircuitChanges, "opened and reset")
	require.NotNil(t, after.Total.SuccessRate)
	require.NotNil(t, after.Total.LatencyP50)
	require.GreaterOrEqual(t, *after.Total.LatencyP95, *after.Total.LatencyP50)
	s.books()
}

func (s *scenario) allOf(ids []string) {
	s.Helper()
	for _, id := range ids {
		s.completed(soon, id)
	}
}

func (s *scenario) figures() wire.Metrics {
	s.Helper()
	figures, err := s.api(viewer).Metrics(s.context(), "24h", "", "")
	require.NoError(s, err)
	sum := 0
	for _, hour := range figures.Hours {
		sum += hour.Figures.Completed
	}
	require.Equal(s, figures.Total.Completed, sum, "the hours add up")
	return figures
}

// untilCounted waits until the rollup has counted the message's newest version: its mark lies among those of its page.
func (s *scenario) untilCounted(id string) {
	s.Helper()
	rec := s.load(id)
	event := metrics.Event{MessageID: id, Version: rec.Version, At: rec.UpdatedAt}
	mark := event.Mark()
	s.eventually(soon, "message "+id+" is counted", func() (bool, string) {
		out, err := dynamodb.NewFromConfig(deployed.AWS()).Query(s.context(), &dynamodb.QueryInput{
			TableName: aws.String(deployed.MetricsTable), ConsistentRead: aws.Bool(true),
			KeyConditionExpression: aws.String(contract.MetricsKey + " = :page"),
			ExpressionAttributeValues: map[string]types.AttributeValue{
				":page": &types.AttributeValueMemberS{Value: "seen#" + event.Page().Format(time.RFC3339)},
			},
		})
		require.NoError(s, err)
		for _, sheet := range out.Items {
			marks, isBinary := sheet["marks"].(*types.AttributeValueMemberB)
			require.True(s, isBinary)
			if slices.ContainsFunc(slices.Collect(slices.Chunk(marks.Value, len(mark))), func(one []byte) bool { return bytes.Equal(one, mark[:]) }) {
				return true, ""
			}
		}
		return false, fmt.Sprintf("version %d is not in %d sheets", rec.Version, len(out.Items))
	})
}
