package store_test

import (
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/store/storetest"
)

// lossy carries every request out, and loses the answer to the first one of an operation after lose was called.
type lossy struct {
	to        dynamodb.HTTPClient
	operation atomic.Pointer[string]
	sent      atomic.Int32
}

// lose cuts the connection once, after the operation was done and before its answer came.
func (l *lossy) lose(operation string) { l.operation.Store(&operation) }

// Do implements dynamodb.HTTPClient.
func (l *lossy) Do(r *http.Request) (*http.Response, error) {
	response, err := l.to.Do(r)
	operation := l.operation.Load()
	if err != nil || operation == nil || !strings.HasSuffix(r.Header.Get("X-Amz-Target"), "."+*operation) {
		return response, err
	}
	if l.sent.Add(1) > 1 {
		return response, nil
	}
	if err := response.Body.Close(); err != nil {
		return nil, err
	}
	return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
}

// requireRepeated requires that the SDK sent the operation again.
func (l *lossy) requireRepeated(t *testing.T) {
	t.Helper()
	require.EqualValues(t, 2, l.sent.Load(), "requests sent")
}

// lossyClient is a client that loses an answer and repeats at once.
func lossyClient(endpoint string) (*dynamodb.Client, *lossy) {
	line := new(lossy)
	client := storetest.Client(endpoint, func(o *dynamodb.Options) {
		line.to = o.HTTPClient
		o.HTTPClient = line
		o.Retryer = retry.NewStandard(func(s *retry.StandardOptions) {
			s.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	})
	return client, line
}

func createIsLost(t *testing.T, endpoint string) {
	client, line := lossyClient(endpoint)
	messages := openMessages(t, client)
	line.lose("PutItem")
	require.NoError(t, messages.Create(t.Context(), created()))
	line.requireRepeated(t)
}

func saveIsLost(t *testing.T, endpoint string) {
	client, line := lossyClient(endpoint)
	messages := openMessages(t, client)
	rec := created()
	require.NoError(t, messages.Create(t.Context(), rec))
	next := taken(rec)
	line.lose("UpdateItem")
	require.NoError(t, messages.Save(t.Context(), rec, next))
	line.requireRepeated(t)
	got, err := messages.Load(t.Context(), rec.ID)
	require.NoError(t, err)
	require.Equal(t, next.Version, got.Version)
}

func circuitIsLost(t *testing.T, endpoint string) {
	client, line := lossyClient(endpoint)
	circuits := store.NewCircuits(client, storetest.CircuitTable(t, client))
	line.lose("UpdateItem")
	next := circuit.Circuit{State: circuit.HalfOpen, ProbeOwner: execution, WriteID: execution + " ask 1", Version: 1}
	require.NoError(t, circuits.SaveCircuit(t.Context(), contract.ChannelNtfy, next))
	line.requireRepeated(t)
}

func limitIsLost(t *testing.T, endpoint string) {
	client, line := lossyClient(endpoint)
	circuits := store.NewCircuits(client, storetest.CircuitTable(t, client))
	line.lose("UpdateItem")
	next := circuit.Limit{NextSlot: noon(), Spacing: time.Second}
	require.NoError(t, circuits.SaveLimit(t.Context(), contract.ChannelNtfy, circuit.Limit{}, next))
	line.requireRepeated(t)
}

func slotIsLost(t *testing.T, endpoint string) {
	client, line := lossyClient(endpoint)
	circuits := store.NewCircuits(client, storetest.CircuitTable(t, client))
	limited := circuit.Limit{NextSlot: noon().Add(time.Second)}
	require.NoError(t, circuits.SaveLimit(t.Context(), contract.ChannelNtfy, circuit.Limit{}, limited))
	line.lose("UpdateItem")
	slot, err := circuits.TakeSlot(t.Context(), contract.ChannelNtfy, noon(), 5*time.Second)
	require.NoError(t, err)
	line.requireRepeated(t)
	require.Equal(t, noon().Add(11*time.Second), slot, "the first slot stays empty, which harms nobody")
}
