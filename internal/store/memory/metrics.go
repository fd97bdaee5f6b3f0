package memory

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rezagent/rez_agent/internal/metrics"
)

// Metrics keeps hourly counters. Safe for concurrent use; make it with NewMetrics.
type Metrics struct {
	mu       sync.Mutex
	counters map[counterKey]metrics.Counters
	// counted are the marks of all events that were added.
	counted map[metrics.Mark]bool
}

type counterKey struct {
	series metrics.Series
	hour   time.Time
}

var _ metrics.Store = (*Metrics)(nil)

// NewMetrics gives counters that are all 0.
func NewMetrics() *Metrics {
	return &Metrics{counters: make(map[counterKey]metrics.Counters), counted: make(map[metrics.Mark]bool)}
}

// Add implements metrics.Store.
func (m *Metrics) Add(_ context.Context, events []metrics.Event) ([]metrics.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var added []metrics.Event
	for _, e := range events {
		if m.counted[e.Mark()] {
			continue
		}
		m.counted[e.Mark()] = true
		added = append(added, e)
		for _, d := range e.Deltas {
			m.add(d)
		}
	}
	return added, nil
}

// AddDelta implements metrics.Store.
func (m *Metrics) AddDelta(_ context.Context, d metrics.Delta) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(d)
	return nil
}

func (m *Metrics) add(d metrics.Delta) {
	at := counterKey{d.Series, metrics.HourOf(d.Hour)}
	m.counters[at] = m.counters[at].Plus(d.Counters)
}

// Hours implements metrics.Store.
func (m *Metrics) Hours(
	_ context.Context, series metrics.Series, first, last time.Time,
) (map[time.Time]metrics.Counters, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	hours := make(map[time.Time]metrics.Counters)
	for at, counters := range m.counters {
		if at.series == series && !at.hour.Before(metrics.HourOf(first)) && !at.hour.After(last) {
			hours[at.hour] = counters
		}
	}
	return hours, nil
}

// Correct implements metrics.Store.
func (m *Metrics) Correct(_ context.Context, series metrics.Series, hour time.Time, seen, want metrics.Counters) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := counterKey{series, metrics.HourOf(hour)}
	switch m.counters[at] {
	case want, seen:
		m.counters[at] = want
		return nil
	}
	return fmt.Errorf("correct the counters of %s at %s: %w", series, at.hour.Format(time.RFC3339), metrics.ErrConflict)
}
