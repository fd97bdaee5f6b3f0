package metrics

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// observe tells CloudWatch what happened, one line for each message type of the batch instead of one for each message:
// lines are paid for by their length. A batch that comes again is told again; only the table's counters are exact.
func (r *Rollup) observe(ctx context.Context, changes []Change) {
	seen := map[string]telemetry.Observation{}
	for _, change := range changes {
		if change.Unreadable != nil || change.New == nil || check(change.Old) != nil || check(change.New) != nil {
			continue
		}
		kind := change.New.Type
		if _, known := seen[kind]; !known {
			seen[kind] = telemetry.Observation{
				MessageType: kind, Counts: map[telemetry.Metric]int{}, Durations: map[telemetry.Metric][]time.Duration{},
			}
		}
		r.Meter.observe(seen[kind], change)
	}
	for _, kind := range slices.Sorted(maps.Keys(seen)) {
		telemetry.Observe(ctx, seen[kind])
	}
}

func (m Meter) observe(o telemetry.Observation, change Change) {
	for _, delta := range m.Count(change.Old, change.New) {
		c := delta.Counters
		for name, n := range map[telemetry.Metric]int{
			telemetry.Accepted: c.Accepted + c.Replayed, telemetry.Delivered: c.Completed, telemetry.Failed: c.Refused + c.Faulted,
			telemetry.Expired: c.Expired, telemetry.Deferred: c.Deferrals, telemetry.Attempts: c.Attempts,
		} {
			o.Counts[name] += n
		}
	}
	rec, old := *change.New, change.Old
	if rec.Status == message.StatusCompleted && old != nil && old.Status != message.StatusCompleted {
		took(o, telemetry.EndToEndLatency, rec.UpdatedAt.Sub(m.accepted(rec)))
		if !rec.ExecutionStarted.IsZero() {
			took(o, telemetry.DeliveryLatency, rec.UpdatedAt.Sub(rec.ExecutionStarted))
		}
	}
}

// took notes a duration. Clocks differ between Lambdas: one that seems to have ended before it began took no time.
func took(o telemetry.Observation, name telemetry.Metric, d time.Duration) {
	o.Durations[name] = append(o.Durations[name], max(0, d))
}
