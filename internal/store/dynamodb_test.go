package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/replayjob"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/store/storetest"
)

// TestDynamoDB holds everything that needs a real table, so that all of it shares one emulator.
func TestDynamoDB(t *testing.T) {
	t.Parallel()
	endpoint := storetest.Endpoint(t)
	client := storetest.Client(endpoint)
	t.Run("messages", func(t *testing.T) {
		t.Parallel()
		storetest.Messages(t, func(t *testing.T) storetest.MessageStore { return openMessages(t, client) })
	})
	t.Run("circuits", func(t *testing.T) {
		t.Parallel()
		storetest.Circuits(t, func(t *testing.T) circuit.Store {
			return store.NewCircuits(client, storetest.CircuitTable(t, client))
		})
	})
	t.Run("metrics", func(t *testing.T) {
		t.Parallel()
		storetest.Metrics(t, func(t *testing.T) metrics.Store {
			return store.NewMetrics(client, storetest.MetricsTable(t, client))
		})
	})
	t.Run("jobs", func(t *testing.T) {
		t.Parallel()
		storetest.Jobs(t, func(t *testing.T) replayjob.Jobs { return store.NewJobs(client, storetest.JobsTable(t, client)) })
	})
	facts := map[string]func(t *testing.T, endpoint string){
		"a rollup that is killed between two writes counts once":   rollupIsKilledBetweenTwoWrites,
		"a rollup that is killed anywhere counts once":             rollupIsKilledAnywhere,
		"a rollup that wakes up learns what others have counted":   rollupWakesUp,
		"counters whose answer was lost are added once":            countersAreLost,
		"a circuit's change whose answer was lost is added once":   deltaIsLost,
		"a correction whose answer was lost is done":               correctionIsLost,
		"counting costs what a batch does, not its messages":       countingCosts,
		"a report costs the same with a thousand messages more":    reportsCostTheSame,
		"marks and counters expire":                                itemsOfCountersExpire,
		"a scan reads every record and counts what is none":        wholeTableIsScanned,
		"a create whose answer was lost succeeds":                  createIsLost,
		"a save whose answer was lost succeeds":                    saveIsLost,
		"a circuit whose answer was lost is saved":                 circuitIsLost,
		"a limit whose answer was lost is saved":                   limitIsLost,
		"a slot whose answer was lost is taken once more":          slotIsLost,
		"a message's attributes of a later version survive":        unknownAttributesSurvive,
		"a channel's attributes of a later version survive":        unknownChannelAttributesSurvive,
		"a time that was edited by hand is read":                   handEditedTimeIsRead,
		"a message that goes well costs six write units":           goodLifeCostsSix,
		"a page costs the same however many messages there are":    pageCostsTheSame,
		"counting what waits costs at most forty read units":       countingWhatWaitsCosts,
		"a message that is deferred once costs twelve write units": deferredLifeCosts,
	}
	for says, holds := range facts {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			holds(t, endpoint)
		})
	}
}

// messagesTable is a messages store on a table of its own, and a hand on the table beside it.
type messagesTable struct {
	*store.Messages

	client *dynamodb.Client
	name   string
}

func openMessages(t *testing.T, client *dynamodb.Client) messagesTable {
	t.Helper()
	name := storetest.MessagesTable(t, client)
	return messagesTable{Messages: store.NewMessages(client, name), client: client, name: name}
}

func (m messagesTable) Delete(ctx context.Context, id string) error {
	_, err := m.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &m.name, Key: key(contract.MessageKey, id)})
	return err
}

func unknownAttributesSurvive(t *testing.T, endpoint string) {
	client := storetest.Client(endpoint)
	messages := openMessages(t, client)
	rec := created()
	require.NoError(t, messages.Create(t.Context(), rec))
	setText(t, client, messages.name, key(contract.MessageKey, rec.ID), "later_version", "keep me")

	next := taken(rec)
	require.NoError(t, messages.Save(t.Context(), rec, next))
	require.NoError(t, messages.Save(t.Context(), rec, next), "an attribute that is not ours does not make the save another's")
	require.Equal(t, "keep me", getText(t, client, messages.name, key(contract.MessageKey, rec.ID), "later_version"))
}

func unknownChannelAttributesSurvive(t *testing.T, endpoint string) {
	client := storetest.Client(endpoint)
	table := storetest.CircuitTable(t, client)
	circuits := store.NewCircuits(client, table)
	ntfy := key(contract.CircuitKey, contract.ChannelNtfy)
	setText(t, client, table, ntfy, "later_version", "keep me")

	next := circuit.Circuit{State: circuit.Open, Cause: circuit.CauseForced, WriteID: "operator 1", Version: 1}
	require.NoError(t, circuits.SaveCircuit(t.Context(), contract.ChannelNtfy, next))
	require.NoError(t, circuits.SaveLimit(t.Context(), contract.ChannelNtfy, circuit.Limit{}, circuit.Limit{Spacing: time.Second}))
	_, err := circuits.TakeSlot(t.Context(), contract.ChannelNtfy, noon(), time.Second)
	require.NoError(t, err)
	require.Equal(t, "keep me", getText(t, client, table, ntfy, "later_version"))
}

func handEditedTimeIsRead(t *testing.T, endpoint string) {
	client := storetest.Client(endpoint)
	messages := openMessages(t, client)
	rec := created()
	require.NoError(t, messages.Create(t.Context(), rec))
	setText(t, client, messages.name, key(contract.MessageKey, rec.ID), "deadline", "2027-03-05T13:00:00+01:00")
	got, err := messages.Load(t.Context(), rec.ID)
	require.NoError(t, err)
	require.Equal(t, time.Date(2027, time.March, 5, 12, 0, 0, 0, time.UTC), got.Deadline)
}

func key(name, value string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{name: &types.AttributeValueMemberS{Value: value}}
}

func setText(t *testing.T, client *dynamodb.Client, table string, key map[string]types.AttributeValue, name, value string) {
	t.Helper()
	_, err := client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &table, Key: key, UpdateExpression: aws.String("SET #name = :value"),
		ExpressionAttributeNames:  map[string]string{"#name": name},
		ExpressionAttributeValues: map[string]types.AttributeValue{":value": &types.AttributeValueMemberS{Value: value}},
	})
	require.NoError(t, err)
}

func getText(t *testing.T, client *dynamodb.Client, table string, key map[string]types.AttributeValue, name string) string {
	t.Helper()
	out, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &table, Key: key})
	require.NoError(t, err)
	value, ok := out.Item[name].(*types.AttributeValueMemberS)
	require.True(t, ok, "attribute %s is a text", name)
	return value.Value
}
