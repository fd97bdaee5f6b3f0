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

// The metrics by stage: counts, but for CircuitOpenSeconds.
const (
	// CircuitUnreadable: the breaker's table could not be read or written; delivery went on without it.
	CircuitUnreadable Metric = "circuit_unreadable"
	// CircuitOpened and CircuitClosed: a circuit left closed, or came back to it.
	CircuitOpened Metric = "circuit_opened"
	CircuitClosed Metric = "circuit_closed"
	// CircuitOpenSeconds: for how long a circuit has not been closed, read each minute; 0 while it is closed.
	CircuitOpenSeconds Metric = "circuit_open_seconds"
	// Unauthorized and Misconfigured: ntfy refused our token, or what answered is not ntfy. Only an operator mends that.
	Unauthorized  Metric = "ntfy_unauthorized"
	Misconfigured Metric = "ntfy_misconfigured"
	// WebhookUnauthorized and WebhookMisconfigured: the receiver refused our signature, or is not there any more, or there
	// was no secret to sign with.
	WebhookUnauthorized  Metric = "webhook_unauthorized"
	WebhookMisconfigured Metric = "webhook_misconfigured"
	// Duplicate: tickets that had nothing left to do.
	Duplicate Metric = "duplicate"
	// Unreadable: a queue item that is no ticket.
	Unreadable Metric = "ticket_unreadable"
	// PipelineFault: a message was given up because something of ours broke on every receive.
	PipelineFault Metric = "pipeline_fault"
	// Swept: tickets that the sweeper published again.
	Swept Metric = "swept"
	// Uncounted: changes that the counters of the metrics miss.
	Uncounted Metric = "uncounted"
)

// The metrics by stage, and by stage and message type.
const (
	// Accepted counts new messages and replays.
	Accepted Metric = "accepted"
	// Delivered, Failed (refused by ntfy, or given up) and Expired are how messages end.
	Delivered Metric = "delivered"
	Failed    Metric = "failed"
	Expired   Metric = "expired"
	// Deferred counts how often messages were put off, Attempts the requests to ntfy.
	Deferred Metric = "deferred"
	Attempts Metric = "attempts"
	// DeliveryLatency is from the start of the execution that delivered to its end, with its retries; EndToEndLatency from
	// the acceptance, or the replay, with all waiting. Both in milliseconds.
	DeliveryLatency Metric = "delivery_latency"
	EndToEndLatency Metric = "end_to_end_latency"
)

// Metrics lists the closed set.
func Metrics() []Metric {
	return append([]Metric{
		CircuitUnreadable, CircuitOpened, CircuitClosed, CircuitOpenSeconds, Unauthorized, Misconfigured,
		WebhookUnauthorized, WebhookMisconfigured, Duplicate,
		Unreadable, PipelineFault, Swept, Uncounted,
	}, MetricsByType()...)
}

// MetricsByType lists those that are kept for each message type too.
func MetricsByType() []Metric {
	return []Metric{Accepted, Delivered, Failed, Expired, Deferred, Attempts, DeliveryLatency, EndToEndLatency}
}

// Dimensions of the metrics.
const (
	DimensionStage       = "stage"
	DimensionMessageType = "message_type"
)

const (
	unitCount        = "Count"
	unitSeconds      = "Seconds"
	unitMilliseconds = "Milliseconds"
)

// Count writes a log line that CloudWatch reads as a metric.
func Count(ctx context.Context, name Metric, n int) {
	write(ctx, [][]string{{DimensionStage}}, []unit{{string(name), unitCount}}, zap.Int(string(name), n))
}

// Seconds writes a log line that CloudWatch reads as a length of time.
func Seconds(ctx context.Context, name Metric, d time.Duration) {
	write(ctx, [][]string{{DimensionStage}}, []unit{{string(name), unitSeconds}}, zap.Float64(string(name), d.Seconds()))
}

// Observation is what happened to messages of one type.
type Observation struct {
	MessageType string
	// Counts that are 0 are not written.
	Counts map[Metric]int
	// Durations are at most 100 of each metric: CloudWatch reads no more in one line.
	Durations map[Metric][]time.Duration
}

// Observe writes one log line for all of an observation.
func Observe(ctx context.Context, o Observation) {
	units, fields := []unit{}, []zap.Field{zap.String(DimensionMessageType, o.MessageType)}
	for _, name := range MetricsByType() {
		if n := o.Counts[name]; n > 0 {
			units, fields = append(units, unit{string(name), unitCount}), append(fields, zap.Int(string(name), n))
		}
		if all := o.Durations[name]; len(all) > 0 {
			units, fields = append(units, unit{string(name), unitMilliseconds}), append(fields, zap.Int64s(string(name), milliseconds(all)))
		}
	}
	if len(units) == 0 {
		return
	}
	write(ctx, [][]string{{DimensionStage}, {DimensionStage, DimensionMessageType}}, units, fields...)
}

func milliseconds(all []time.Duration) []int64 {
	numbers := make([]int64, 0, len(all))
	for _, d := range all {
		numbers = append(numbers, d.Milliseconds())
	}
	return numbers
}

// unit, directive and envelope are the embedded metric format:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
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

// write goes straight to the core: a log level that leaves out information must not leave out the metrics.
func write(ctx context.Context, dimensions [][]string, units []unit, values ...zap.Field) {
	now := time.Now()
	values = append(values, zap.Reflect("_aws", envelope{
		Timestamp:         now.UnixMilli(),
		CloudWatchMetrics: []directive{{Namespace: Namespace, Dimensions: dimensions, Metrics: units}},
	}))
	line := zapcore.Entry{Level: zapcore.InfoLevel, Time: now, Message: "metric"}
	_ = Log(ctx).Core().Write(line, values) // stderr is gone: there is nobody left to tell
}
