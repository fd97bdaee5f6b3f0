package metrics

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// observe tells CloudWatch of changes that were counted just now, one line for each message type instead of one for each
// message: lines are paid for by their length. A batch that comes again tells nothing twice; one whose Lambda is killed
// right after the counters were written tells nothing at all, so the table's counters alone are exact.
func (r *Rollup) observe(ctx context.Context, counted []Change) {
	seen := map[string]telemetry.Observation{}
	for _, change := range counted {
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
