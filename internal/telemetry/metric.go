package telemetry

import (
	"context"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Namespace is where CloudWatch keeps the metrics.
const Namespace = "rez_agent"

// Metric is one of a closed set, since each new name costs money.
type Metric string

// The metrics, all counts, by stage.
const (
	// CircuitUnreadable: the breaker's table could not be read or written; delivery went on without it.
	CircuitUnreadable Metric = "circuit_unreadable"
	// CircuitOpened: a circuit left closed.
	CircuitOpened Metric = "circuit_opened"
	// Unreadable: a queue item that is no ticket.
	Unreadable Metric = "ticket_unreadable"
	// PipelineFault: a message was given up because something of ours broke on every receive.
	PipelineFault Metric = "pipeline_fault"
	// Swept: tickets that the sweeper published again.
	Swept Metric = "swept"
)

// Metrics lists the closed set.
func Metrics() []Metric {
	return []Metric{CircuitUnreadable, CircuitOpened, Unreadable, PipelineFault, Swept}
}

const dimensionStage = "stage"

// Count writes a log line that CloudWatch reads as a metric: embedded metric format,
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func Count(ctx context.Context, name Metric, n int) {
	type unit struct{ Name, Unit string }
	type directive struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []unit
	}
	type envelope struct {
		Timestamp         int64
		CloudWatchMetrics []directive
	}
	fields := []zap.Field{
		zap.Int(string(name), n),
		zap.Reflect("_aws", envelope{
			Timestamp: time.Now().UnixMilli(),
			CloudWatchMetrics: []directive{{
				Namespace: Namespace, Dimensions: [][]string{{dimensionStage}}, Metrics: []unit{{string(name), "Count"}},
			}},
		}),
	}
	// Straight to the core: a log level that leaves out information must not leave out the metrics.
	line := zapcore.Entry{Level: zapcore.InfoLevel, Time: time.Now(), Message: "metric"}
	_ = Log(ctx).Core().Write(line, fields) // stderr is gone: there is nobody left to tell
}
