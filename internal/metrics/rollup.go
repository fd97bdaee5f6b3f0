package metrics

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// Change is one change of the messages table.
type Change struct {
	// ID names the change in the log.
	ID string
	// Old and New are the record before and after; nil where there was none.
	Old, New *message.Record
	// Unreadable is why the change could not be read; nil where it could.
	Unreadable error
}

// Rollup adds the changes of the messages table to the counters.
type Rollup struct {
	Store Store
	Meter Meter
}

// Rolled is what became of a batch of changes.
type Rolled struct {
	// Changes came in; Events of them count for something, and Added of those had not been counted before.
	Changes int `json:"changes"`
	Events  int `json:"events"`
	Added   int `json:"added"`
	// Skipped could not be read or counted.
	Skipped int `json:"skipped"`
}

// Run counts a batch. A change that cannot be counted is skipped, with a log line and a metric: were it an error, the
// stream would bring it again until it is a day old, and nothing behind it would be counted. An error means that the
// counters could not be written, or not all; the whole batch may then come again.
func (r *Rollup) Run(ctx context.Context, changes []Change) (Rolled, error) {
	rolled := Rolled{Changes: len(changes)}
	events := make([]Event, 0, len(changes))
	behind := make(map[Mark]Change, len(changes))
	for _, change := range changes {
		event, counts, err := r.event(change)
		switch {
		case err != nil:
			rolled.Skipped++
			telemetry.Log(ctx).Error("change skipped: it cannot be counted", zap.String("event_id", change.ID), zap.Error(err))
		case counts:
			events = append(events, event)
			behind[event.Mark()] = change
		}
	}
	if rolled.Skipped > 0 {
		telemetry.Count(ctx, telemetry.Uncounted, rolled.Skipped)
	}
	added, err := r.Store.Add(ctx, events)
	rolled.Events, rolled.Added = len(events), len(added)
	counted := make([]Change, 0, len(added))
	for _, event := range added {
		counted = append(counted, behind[event.Mark()])
	}
	r.observe(ctx, counted)
	if err != nil {
		return rolled, fmt.Errorf("add %d events to the counters: %w", len(events), err)
	}
	return rolled, nil
}

func (r *Rollup) event(change Change) (e Event, counts bool, err error) {
	if change.Unreadable != nil {
		return Event{}, false, change.Unreadable
	}
	return r.Meter.Event(change.Old, change.New)
}
