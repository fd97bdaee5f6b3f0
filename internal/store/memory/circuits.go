package memory

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/message"
)

// Circuits keeps the circuits and rate limits of channels. Safe for concurrent use; make it with NewCircuits.
type Circuits struct {
	mu    sync.Mutex
	items map[string]circuit.Item
}

var _ circuit.Store = (*Circuits)(nil)

// NewCircuits gives an empty store: every circuit is closed, no channel limited.
func NewCircuits() *Circuits {
	return &Circuits{items: make(map[string]circuit.Item)}
}

// LoadCircuit implements circuit.Store.
func (c *Circuits) LoadCircuit(ctx context.Context, channel string) (circuit.Item, error) {
	if err := ctx.Err(); err != nil {
		return circuit.Item{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	item := c.items[channel]
	item.Circuit = circuitAsStored(item.Circuit)
	return item, nil
}

// SaveCircuit implements circuit.Store.
func (c *Circuits) SaveCircuit(ctx context.Context, channel string, next circuit.Circuit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	item := c.items[channel]
	if item.Circuit.Version != next.Version-1 {
		if next.WriteID != "" && item.Circuit.WriteID == next.WriteID {
			return nil
		}
		return fmt.Errorf("save circuit %s version %d: %w", channel, next.Version, circuit.ErrConflict)
	}
	item.Circuit = circuitAsStored(next)
	c.items[channel] = item
	return nil
}

// SaveLimit implements circuit.Store.
func (c *Circuits) SaveLimit(ctx context.Context, channel string, prev, next circuit.Limit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	item := c.items[channel]
	if item.Limit != limitAsStored(prev) {
		return fmt.Errorf("save the rate limit of %s: %w", channel, circuit.ErrConflict)
	}
	item.Limit = limitAsStored(next)
	c.items[channel] = item
	return nil
}

// TakeSlot implements circuit.Store.
func (c *Circuits) TakeSlot(ctx context.Context, channel string, now time.Time, base time.Duration) (time.Time, error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	item := c.items[channel]
	next, slot := item.Limit.TakeSlot(message.Moment(now), base.Truncate(time.Millisecond))
	item.Limit = next
	c.items[channel] = item
	return slot, nil
}

// circuitAsStored is a copy of the circuit as precise as the table keeps it.
func circuitAsStored(c circuit.Circuit) circuit.Circuit {
	for _, t := range []*time.Time{&c.OpenedAt, &c.RetryAt, &c.ProbeUntil} {
		*t = message.Moment(*t)
	}
	failures := c.Failures
	c.Failures = nil
	for _, f := range failures {
		f.At = message.Moment(f.At)
		c.Failures = append(c.Failures, f)
	}
	history := c.History
	c.History = nil
	for _, change := range history {
		change.At = message.Moment(change.At)
		c.History = append(c.History, change)
	}
	return c
}

func limitAsStored(l circuit.Limit) circuit.Limit {
	for _, t := range []*time.Time{&l.NextSlot, &l.QuotaUntil, &l.CanaryAt} {
		*t = message.Moment(*t)
	}
	l.Spacing = l.Spacing.Truncate(time.Millisecond)
	return l
}
