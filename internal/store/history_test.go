package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/store"
)

// longest is the longest history that the breaker writes, and around it all that a circuit which is open may hold.
func longest() circuit.Circuit {
	c := circuit.Circuit{
		State: circuit.HalfOpen, Cause: circuit.CauseMisconfigured, OpenedAt: noon(), RetryAt: noon(), Trips: 999, ProbeOwner: execution,
		ProbeUntil: noon(), ChangedBy: execution, WriteID: execution + " failed " + execution + "#3 99999", Version: 99999,
	}
	for i := range 5 {
		c.Failures = append(c.Failures, circuit.Failure{At: noon(), ID: fmt.Sprint(execution, "#", i)})
	}
	by := strings.Repeat("x", 40)
	for range circuit.MaxHistory / 2 {
		c.History = append(c.History,
			circuit.Change{At: noon(), From: circuit.Closed, To: circuit.Open, Reason: circuit.Reason(circuit.CauseMisconfigured), By: by},
			circuit.Change{At: noon(), From: circuit.HalfOpen, To: circuit.Closed, Reason: circuit.ReasonAnswered, FailedProbes: 999, By: by},
		)
	}
	return c
}

func TestTheLongestHistoryIsBelowTwoKilobytesAndTheItemBelowAReadUnit(t *testing.T) {
	t.Parallel()
	client := new(fake)
	require.NoError(t, store.NewCircuits(client, "circuits").SaveCircuit(t.Context(), "ntfy", longest()))
	size, history := 0, 0
	for _, value := range client.update.ExpressionAttributeValues {
		size += valueSize(value)
		if list, ok := value.(*types.AttributeValueMemberL); ok && len(list.Value) == circuit.MaxHistory {
			history = valueSize(value)
		}
	}
	names := 0
	for _, name := range client.update.ExpressionAttributeNames {
		names += len(name)
	}
	t.Logf("history %d bytes, item about %d", history, size+names)
	require.Positive(t, history)
	require.Less(t, history, 2048)
	require.Less(t, size+names, 4096, "healthy traffic reads the item with each message, at one unit")
}

func TestALineOfHistoryThatSomebodyEditedIsPassedOver(t *testing.T) {
	t.Parallel()
	line := func(text string) types.AttributeValue { return &types.AttributeValueMemberS{Value: text} }
	client := &fake{got: map[string]types.AttributeValue{
		"state": line("open"),
		"history": &types.AttributeValueMemberL{Value: []types.AttributeValue{
			line("yesterday closed open unavailable 0 ann"), line(""), line("2027-03-01T12:00:00.123Z closed open unavailable some ann"),
			line("2027-03-01T12:00:00.123Z closed open forced 0 user:ann of here"),
		}},
	}}
	item, err := store.NewCircuits(client, "circuits").LoadCircuit(t.Context(), "ntfy")
	require.NoError(t, err)
	require.Equal(t, circuit.Open, item.Circuit.State)
	require.Equal(t, []circuit.Change{{
		At: time.Date(2027, time.March, 1, 12, 0, 0, 123_000_000, time.UTC), From: circuit.Closed, To: circuit.Open, Reason: "forced", By: "user:ann of here",
	}}, item.Circuit.History)
}
