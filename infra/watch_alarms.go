package infra

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"

	"github.com/rezagent/rez_agent/internal/telemetry"
)

// The alarms that others are made of.
const (
	alarmNothingDelivered = "nothing-delivered"
	alarmFailureRate      = "failure-rate"
	alarmPipelineFault    = "pipeline-fault"
	alarmOldestMessage    = "oldest-message"
	alarmCircuitOpen      = "circuit-open"
	alarmUnauthorized     = "ntfy-unauthorized"
	alarmMisconfigured    = "ntfy-misconfigured"
	alarmSweeperSilent    = "sweeper-silent"
)

// The targets of delivery: how long 95 of 100 messages may take, and which share of those that ended was delivered.
const (
	targetEndToEnd  = 10 * time.Second
	targetDelivery  = 5 * time.Second
	targetDelivered = 0.9995
)

const (
	// threeTimes is how many periods in a row a latency must be too long: one slow cold start is none.
	threeTimes = 3
	// worstFailureRate is what a few unlucky minutes do not reach.
	worstFailureRate = 0.05
	// longestOpen is how long ntfy may be away before somebody looks.
	longestOpen = 5 * time.Minute
	// oldest is more than the longest delay of a ticket (15 min), which counts as age.
	oldest = 20 * time.Minute
	// usualSweeps is how many tickets may be lost in a quarter of an hour without anybody looking.
	usualSweeps = 10
)

// The names of what is computed of; they are also those of the metrics.
const accepted, delivered, failed, expired = string(telemetry.Accepted), string(telemetry.Delivered),
	string(telemetry.Failed), string(telemetry.Expired)

// deliveryAlarms hold what was promised to those who send.
func (w *watch) deliveryAlarms() []alarm {
	return []alarm{
		{
			name: alarmNothingDelivered, says: "Messages are accepted and none is delivered.", periods: 2,
			of: computed("accepted and not delivered", "IF(FILL(accepted, 0) > 0 AND FILL(delivered, 0) == 0, 1, 0)", tenMinutes,
				map[string]awscloudwatch.IMetric{
					accepted:  w.own(telemetry.Accepted, statSum, tenMinutes),
					delivered: w.own(telemetry.Delivered, statSum, tenMinutes),
				}),
		},
		{
			name: alarmFailureRate, says: "More than 5 % of the messages that ended were not delivered.",
			of: w.notDelivered(short), above: worstFailureRate, periods: 2,
		},
		{
			name: "delivered-share", says: "Less than 99.95 % of the messages that ended within a day were delivered.",
			of: w.notDelivered(day), above: 1 - targetDelivered,
		},
		{
			name: "end-to-end-p95", says: "5 of 100 messages take more than 10 s from accepted to delivered.",
			of: w.own(telemetry.EndToEndLatency, statP95, short), above: inMilliseconds(targetEndToEnd), periods: threeTimes,
		},
		{
			name: "delivery-p95", says: "5 of 100 executions that deliver take more than 5 s.",
			of: w.own(telemetry.DeliveryLatency, statP95, short), above: inMilliseconds(targetDelivery), periods: threeTimes,
		},
		{
			name: alarmCircuitOpen, says: "A channel's circuit has been open for more than 5 minutes.",
			of: w.own(telemetry.CircuitOpenSeconds, statMax, minute), above: longestOpen.Seconds(),
		},
		{name: alarmUnauthorized, says: "ntfy refuses our token.", of: w.own(telemetry.Unauthorized, statSum, tenMinutes)},
		{
			name: alarmMisconfigured, says: "What answers under NTFY_URL is not ntfy.",
			of: w.own(telemetry.Misconfigured, statSum, tenMinutes),
		},
	}
}

// notDelivered is the share of the messages that ended without a delivery; where none ended, it has no value.
func (w *watch) notDelivered(period time.Duration) awscloudwatch.IMetric {
	return computed("share not delivered",
		"(FILL(failed, 0) + FILL(expired, 0)) / (FILL(delivered, 0) + FILL(failed, 0) + FILL(expired, 0))", period,
		map[string]awscloudwatch.IMetric{
			delivered: w.own(telemetry.Delivered, statSum, period),
			failed:    w.own(telemetry.Failed, statSum, period),
			expired:   w.own(telemetry.Expired, statSum, period),
		})
}

// pipelineAlarms tell of what lies between accepted and delivered.
func (w *watch) pipelineAlarms() []alarm {
	return []alarm{
		{
			name: "dlq-not-empty", says: "The DLQ holds items: expired messages, or such that the pipeline gave up.",
			of: w.queue("message-dlq", "ApproximateNumberOfMessagesVisible", short),
		},
		{
			name: "subscription-dlq-not-empty", says: "SNS could not hand tickets to the queue.",
			of: w.queue("subscription-dlq", "ApproximateNumberOfMessagesVisible", short),
		},
		{
			name: alarmOldestMessage, says: "A ticket has waited in the queue for more than 20 minutes.",
			of: w.queue("message-queue", "ApproximateAgeOfOldestMessage", short), above: oldest.Seconds(),
		},
		{
			name: alarmPipelineFault, says: "Something of ours broke on every receive of a message.",
			of: w.own(telemetry.PipelineFault, statSum, short),
		},
		{
			name: "circuit-unreadable", says: "The breaker's table cannot be read or written; delivery goes on without it.",
			of: w.own(telemetry.CircuitUnreadable, statSum, short),
		},
		{
			name: "swept", says: "More than 10 messages were left behind within 15 minutes: tickets are lost on their way.",
			of: w.own(telemetry.Swept, statSum, quarter), above: usualSweeps,
		},
		{name: "uncounted", says: "The hourly counters miss changes.", of: w.own(telemetry.Uncounted, statSum, short)},
		{
			name: "workflow-timed-out", says: "Executions of the workflow ran out of time.",
			of: w.workflow("ExecutionsTimedOut", statSum, short),
		},
		{
			name: "workflow-throttled", says: "Step Functions throttles the start of executions.",
			of: w.workflow("ExecutionThrottled", statSum, short),
		},
	}
}

// inMilliseconds is d as CloudWatch counts latencies.
func inMilliseconds(d time.Duration) float64 { return float64(d.Milliseconds()) }
