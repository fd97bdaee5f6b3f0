package lambdas

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/rezagent/rez_agent/internal/telemetry"
)

// work is an event about a message.
type work struct{ id string }

func (w work) Subject() (messageID, executionARN string) { return w.id, "arn of " + w.id }

func TestWorkThatGoesWellIsPaidForByNoLineOfOurs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault error
		level zapcore.Level
		says  string
	}{
		"well":   {nil, zapcore.DebugLevel, "done"},
		"broken": {errors.New("table is down"), zapcore.WarnLevel, "ended with an error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			core, lines := observer.New(zapcore.DebugLevel)
			_, err := logged(zap.New(core), func(ctx context.Context, _ work) (string, error) {
				telemetry.Log(ctx).Info("of the work itself")
				return "", c.fault
			})(t.Context(), work{"m1"})
			require.Equal(t, c.fault, err, "as it is: Step Functions matches its type")
			require.Equal(t, 1, lines.FilterLevelExact(c.level).FilterMessage(c.says).Len())
			for _, line := range lines.All() {
				require.Equal(t, "m1", line.ContextMap()["message_id"])
				require.Equal(t, "arn of m1", line.ContextMap()["execution_arn"])
				require.Contains(t, line.ContextMap(), "request_id")
			}
		})
	}
}
