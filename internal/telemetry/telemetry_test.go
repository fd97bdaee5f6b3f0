package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/rezagent/rez_agent/internal/telemetry"
)

func logger(level zapcore.Level) (*zap.Logger, *bytes.Buffer) {
	var out bytes.Buffer
	encoder := zapcore.NewJSONEncoder(zapcore.EncoderConfig{MessageKey: "msg"})
	log := zap.New(zapcore.NewCore(encoder, zapcore.AddSync(&out), level))
	return log.With(zap.String("stage", "dev"), zap.String("function", "f")), &out
}

func TestAMetricIsALineInEmbeddedMetricFormat(t *testing.T) {
	t.Parallel()
	for level := range map[zapcore.Level]bool{zapcore.InfoLevel: true, zapcore.ErrorLevel: true} {
		t.Run("at log level "+level.String(), func(t *testing.T) {
			t.Parallel()
			log, out := logger(level)
			before := time.Now().UnixMilli()
			telemetry.Count(telemetry.With(t.Context(), log), telemetry.Swept, 3)

			var line map[string]any
			require.NoError(t, json.Unmarshal(out.Bytes(), &line))
			aws, ok := line["_aws"].(map[string]any)
			require.True(t, ok)
			at, ok := aws["Timestamp"].(float64)
			require.True(t, ok)
			require.GreaterOrEqual(t, int64(at), before)
			aws["Timestamp"] = 0
			got, err := json.Marshal(line)
			require.NoError(t, err)
			require.JSONEq(t, `{"stage":"dev","function":"f","msg":"metric","swept":3,"_aws":{"Timestamp":0,"CloudWatchMetrics":[
				{"Namespace":"rez_agent","Dimensions":[["stage"]],"Metrics":[{"Name":"swept","Unit":"Count"}]}]}}`, string(got))
		})
	}
}

func TestAnObservationIsOneLineWithItsTypeAsAnotherDimension(t *testing.T) {
	t.Parallel()
	log, out := logger(zapcore.ErrorLevel)
	ctx := telemetry.With(t.Context(), log)
	telemetry.Observe(ctx, telemetry.Observation{MessageType: "notification", Counts: map[telemetry.Metric]int{telemetry.Deferred: 0}})
	require.Empty(t, out.String(), "what did not happen is no metric: each hour of one is paid for")

	telemetry.Observe(ctx, telemetry.Observation{
		MessageType: "notification",
		Counts:      map[telemetry.Metric]int{telemetry.Delivered: 2, telemetry.Failed: 0},
		Durations:   map[telemetry.Metric][]time.Duration{telemetry.EndToEndLatency: {1500 * time.Millisecond, time.Second}},
	})
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")))
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	require.Equal(t, "notification", line["message_type"])
	require.EqualValues(t, 2, line["delivered"])
	require.Equal(t, []any{1500.0, 1000.0}, line["end_to_end_latency"])
	require.NotContains(t, line, "failed")
	envelope, ok := line["_aws"].(map[string]any)
	require.True(t, ok)
	got, err := json.Marshal(envelope["CloudWatchMetrics"])
	require.NoError(t, err)
	require.JSONEq(t, `[{"Namespace":"rez_agent","Dimensions":[["stage"],["stage","message_type"]],"Metrics":[
		{"Name":"delivered","Unit":"Count"},{"Name":"end_to_end_latency","Unit":"Milliseconds"}]}]`, string(got))
}

func TestALengthOfTimeIsInSeconds(t *testing.T) {
	t.Parallel()
	log, out := logger(zapcore.InfoLevel)
	telemetry.Seconds(telemetry.With(t.Context(), log), telemetry.CircuitOpenSeconds, 90*time.Second)
	require.Contains(t, out.String(), `"circuit_open_seconds":90`)
	require.Contains(t, out.String(), `"Unit":"Seconds"`)
}

func TestMetricsAreAClosedSetOfDifferentNames(t *testing.T) {
	t.Parallel()
	seen := map[telemetry.Metric]bool{}
	for _, name := range telemetry.Metrics() {
		require.Regexp(t, `^[a-z_]+$`, string(name))
		require.False(t, seen[name])
		seen[name] = true
	}
}

func TestALineNamesTheMessageAndTheExecution(t *testing.T) {
	t.Parallel()
	log, out := logger(zapcore.InfoLevel)
	ctx := telemetry.About(telemetry.With(t.Context(), log), "id", "arn")
	telemetry.Log(ctx).Info("done")
	require.JSONEq(t, `{"stage":"dev","function":"f","msg":"done","message_id":"id","execution_arn":"arn"}`, out.String())
}

func TestWithoutALoggerNothingBreaks(t *testing.T) {
	t.Parallel()
	telemetry.Log(context.Background()).Info("nobody hears this")
	telemetry.Count(context.Background(), telemetry.Swept, 1)
}

func TestTheLambdasLoggerHasItsLevel(t *testing.T) {
	t.Parallel()
	log := telemetry.New(zapcore.WarnLevel, "dev", "f")
	require.False(t, log.Core().Enabled(zapcore.InfoLevel))
	require.True(t, log.Core().Enabled(zapcore.WarnLevel))
}
