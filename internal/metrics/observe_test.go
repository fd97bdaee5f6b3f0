package metrics_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/store/memory"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

func TestCloudWatchIsToldOfABatchInOneLine(t *testing.T) {
	t.Parallel()
	core, logged := observer.New(zap.ErrorLevel)
	ctx := telemetry.With(t.Context(), zap.New(core))
	_, err := (&metrics.Rollup{Store: memory.NewMetrics(), Meter: meter()}).Run(ctx, eventful(t).changes())
	require.NoError(t, err)

	lines := logged.FilterMessage("metric").All()
	require.Len(t, lines, 1)
	told := lines[0].ContextMap()
	delete(told, "_aws")
	minute := time.Minute.Milliseconds()
	require.Equal(t, map[string]any{
		telemetry.DimensionMessageType:    kind,
		string(telemetry.Accepted):        int64(2), // it and its replay
		string(telemetry.Deferred):        int64(1),
		string(telemetry.Attempts):        int64(4),
		string(telemetry.Failed):          int64(1),
		string(telemetry.Delivered):       int64(1),
		string(telemetry.DeliveryLatency): []any{minute},
		string(telemetry.EndToEndLatency): []any{minute},
	}, told)
}

func TestABatchThatComesAgainTellsNothingTwice(t *testing.T) {
	t.Parallel()
	core, logged := observer.New(zap.ErrorLevel)
	ctx := telemetry.With(t.Context(), zap.New(core))
	rollup := &metrics.Rollup{Store: memory.NewMetrics(), Meter: meter()}
	changes := eventful(t).changes()
	attempts := 0
	for _, batch := range [][]metrics.Change{changes[:4], changes, changes[2:]} {
		_, err := rollup.Run(ctx, batch)
		require.NoError(t, err)
	}
	for _, line := range logged.FilterMessage("metric").All() {
		n, _ := line.ContextMap()[string(telemetry.Attempts)].(int64)
		attempts += int(n)
	}
	require.Equal(t, 2, logged.Len(), "the third batch had nothing new")
	require.Equal(t, 4, attempts)
}

// halfway writes the first event of a batch, and fails.
type halfway struct{ *memory.Metrics }

func (h halfway) Add(ctx context.Context, events []metrics.Event) ([]metrics.Event, error) {
	added, err := h.Metrics.Add(ctx, events[:1])
	return added, errors.Join(err, errors.New("table is down"))
}

func TestWhatWasCountedBeforeAFaultIsToldAtOnce(t *testing.T) {
	t.Parallel()
	core, logged := observer.New(zap.ErrorLevel)
	ctx := telemetry.With(t.Context(), zap.New(core))
	_, err := (&metrics.Rollup{Store: halfway{memory.NewMetrics()}, Meter: meter()}).Run(ctx, eventful(t).changes())
	require.Error(t, err)
	lines := logged.FilterMessage("metric").All()
	require.Len(t, lines, 1, "the batch that comes again will not tell it")
	require.EqualValues(t, 1, lines[0].ContextMap()[string(telemetry.Accepted)])
}

func TestWhatCouldNotBeCountedIsNotToldEither(t *testing.T) {
	t.Parallel()
	core, logged := observer.New(zap.ErrorLevel)
	ctx := telemetry.With(t.Context(), zap.New(core))
	_, err := (&metrics.Rollup{Store: broken{err: errors.New("table is down")}, Meter: meter()}).Run(ctx, eventful(t).changes())
	require.Error(t, err)
	require.Zero(t, logged.FilterMessage("metric").Len(), "the batch comes again")
}

// circuits holds one circuit.
type circuits struct {
	circuit circuit.Circuit
	err     error
}

func (c circuits) LoadCircuit(context.Context, string) (circuit.Item, error) {
	return circuit.Item{Circuit: c.circuit}, c.err
}

func TestTheGaugeTellsForHowLongACircuitHasBeenOpen(t *testing.T) {
	t.Parallel()
	opened := noon().Add(-90 * time.Second)
	for name, test := range map[string]struct {
		circuit circuit.Circuit
		want    float64
	}{
		"never used":                      {circuit.Circuit{}, 0},
		"closed":                          {circuit.Circuit{State: circuit.Closed, OpenedAt: opened}, 0},
		"open":                            {circuit.Circuit{State: circuit.Open, OpenedAt: opened}, 90},
		"half-open":                       {circuit.Circuit{State: circuit.HalfOpen, OpenedAt: opened}, 90},
		"opened by a clock that is ahead": {circuit.Circuit{State: circuit.Open, OpenedAt: noon().Add(time.Second)}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			core, logged := observer.New(zap.ErrorLevel)
			gauge := &metrics.CircuitGauge{Circuits: circuits{circuit: test.circuit}, Channels: []string{"ntfy"}, Now: noon}
			require.NoError(t, gauge.Run(telemetry.With(t.Context(), zap.New(core))))
			lines := logged.FilterMessage("metric").All()
			require.Len(t, lines, 1)
			require.InDelta(t, test.want, lines[0].ContextMap()[string(telemetry.CircuitOpenSeconds)], 0)
		})
	}
}

func TestAGaugeThatCannotReadSaysWhichCircuit(t *testing.T) {
	t.Parallel()
	down := errors.New("table is down")
	gauge := &metrics.CircuitGauge{Circuits: circuits{err: down}, Channels: []string{"ntfy"}, Now: noon}
	err := gauge.Run(t.Context())
	require.ErrorIs(t, err, down)
	require.ErrorContains(t, err, "ntfy")
}
