package dispatch_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/dispatch"
	"github.com/rezagent/rez_agent/internal/store/memory"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// counting is a context, and how much was counted in it under a name.
func counting(t *testing.T) (context.Context, func(telemetry.Metric) int) {
	t.Helper()
	core, lines := observer.New(zapcore.InfoLevel)
	return telemetry.With(t.Context(), zap.New(core)), func(name telemetry.Metric) int {
		sum := 0
		for _, line := range lines.FilterMessage("metric").All() {
			if n, ok := line.ContextMap()[string(name)].(int64); ok {
				sum += int(n)
			}
		}
		return sum
	}
}

func TestWhatThePipelineDidInVainIsCounted(t *testing.T) {
	t.Parallel()
	ctx, counted := counting(t)
	batch := append(one(t, 1), dispatch.Item{ID: "poison", Body: []byte("{"), Receive: 1})
	d := dispatcher(&fake{run: ends(succeeded(contract.OutcomeDuplicate))}, memory.NewMessages())
	require.Equal(t, []string{"poison"}, d.Dispatch(ctx, batch))
	require.Equal(t, 1, counted(telemetry.Duplicate))
	require.Equal(t, 1, counted(telemetry.Unreadable))

	ctx, counted = counting(t)
	d = dispatcher(&fake{run: ends(succeeded(contract.OutcomeCompleted))}, memory.NewMessages())
	require.Empty(t, d.Dispatch(ctx, one(t, 1)))
	for _, name := range telemetry.Metrics() {
		require.Zero(t, counted(name), name)
	}
}
