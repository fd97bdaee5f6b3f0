// Package telemetry is what the Lambdas say of themselves: JSON log lines by zap, and metrics in CloudWatch's embedded
// metric format. The line's message_id, execution_arn and request_id travel in the context.
package telemetry

import (
	"context"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// New is the logger of a Lambda: JSON lines on stderr, with stage and function on each.
func New(level zapcore.Level, stage, function string) *zap.Logger {
	cfg := zap.NewProductionConfig()
	cfg.Level = zap.NewAtomicLevelAt(level)
	cfg.Sampling = nil // a line that is missing is missed at 3 a.m.
	cfg.DisableStacktrace = true
	cfg.DisableCaller = true
	cfg.EncoderConfig.TimeKey = "time"
	cfg.EncoderConfig.EncodeTime = zapcore.TimeEncoderOfLayout("2006-01-02T15:04:05.000Z07:00")
	log, err := cfg.Build()
	if err != nil {
		log = zap.NewExample() // unreachable: the configuration is constant
	}
	return log.With(zap.String(DimensionStage, stage), zap.String("function", function))
}

type loggerKey struct{}

// With puts a logger into the context.
func With(ctx context.Context, log *zap.Logger) context.Context {
	return context.WithValue(ctx, loggerKey{}, log)
}

// Log is the context's logger; without one, nothing is logged.
func Log(ctx context.Context) *zap.Logger {
	if log, ok := ctx.Value(loggerKey{}).(*zap.Logger); ok {
		return log
	}
	return zap.NewNop()
}

// About gives a context whose lines also name the message and the execution.
func About(ctx context.Context, messageID, executionARN string) context.Context {
	return With(ctx, Log(ctx).With(zap.String("message_id", messageID), zap.String("execution_arn", executionARN)))
}
