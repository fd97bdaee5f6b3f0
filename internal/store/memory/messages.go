// Package memory keeps messages and circuits in memory, with the promises of package store: the same conformance suite
// runs on both. Nothing outlives the process; it is for tests and for trying things out.
package memory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
)

// Messages keeps message records by id. Safe for concurrent use; make it with NewMessages.
type Messages struct {
	mu      sync.Mutex
	records map[string]message.Record
}

// NewMessages gives an empty store.
func NewMessages() *Messages {
	return &Messages{records: make(map[string]message.Record)}
}

// Create is store.Messages' Create.
func (m *Messages) Create(ctx context.Context, rec message.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	rec = asStored(rec)
	stored, taken := m.records[rec.ID]
	if taken && !reflect.DeepEqual(stored, rec) {
		return fmt.Errorf("create message %s: %w", rec.ID, message.ErrExists)
	}
	m.records[rec.ID] = rec
	return nil
}

// Load is store.Messages' Load.
func (m *Messages) Load(ctx context.Context, id string) (message.Record, error) {
	if err := ctx.Err(); err != nil {
		return message.Record{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	stored, ok := m.records[id]
	if !ok {
		return message.Record{}, fmt.Errorf("load message %s: %w", id, message.ErrNotFound)
	}
	return asStored(stored), nil
}

// Save is store.Messages' Save.
func (m *Messages) Save(ctx context.Context, prev, next message.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	prev, next = asStored(prev), asStored(next)
	if reflect.DeepEqual(prev, next) {
		return nil
	}
	if next.ID != prev.ID || next.Version != prev.Version+1 {
		return fmt.Errorf("save message %s version %d over %s version %d: want the same message, one version on",
			next.ID, next.Version, prev.ID, prev.Version)
	}
	stored, ok := m.records[next.ID]
	switch {
	case !ok:
		return fmt.Errorf("save message %s: %w", next.ID, message.ErrNotFound)
	case reflect.DeepEqual(stored, next):
		return nil
	case stored.Version != prev.Version:
		return fmt.Errorf("save message %s: %w", next.ID, message.ErrConflict)
	}
	m.records[next.ID] = next
	return nil
}

// LoadMany is store.Messages' LoadMany.
func (m *Messages) LoadMany(ctx context.Context, ids []string) ([]message.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	records, seen := []message.Record{}, make(map[string]bool, len(ids))
	for _, id := range ids {
		if stored, ok := m.records[id]; ok && !seen[id] {
			records = append(records, asStored(stored))
		}
		seen[id] = true
	}
	return records, nil
}

// Delete takes a record away, as its time to live does; one that is not there is no error.
func (m *Messages) Delete(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.records, id)
	return nil
}

// Pending is store.Messages' Pending.
func (m *Messages) Pending(_ context.Context, key, cursor string, limit int) (message.PendingPage, error) {
	if key == "" || limit < 1 {
		return message.PendingPage{}, fmt.Errorf("list pending messages: key %q, limit %d: want a key and a limit of 1 or more", key, limit)
	}
	if cursor != "" && !strings.Contains(cursor, cursorSeparator) {
		return message.PendingPage{}, fmt.Errorf("list pending messages: cursor %q is not one that a page's Next gave", cursor)
	}
	waiting := m.waiting(key, cursor)
	page := message.PendingPage{Keys: waiting[:min(limit, len(waiting))]}
	if len(waiting) > limit {
		page.Next = position(page.Keys[limit-1])
	}
	return page, nil
}

// waiting lists what waits after a cursor, oldest first.
func (m *Messages) waiting(key, cursor string) []message.PendingKey {
	m.mu.Lock()
	defer m.mu.Unlock()
	var keys []message.PendingKey
	for rec := range maps.Values(m.records) {
		entry := message.PendingKey{
			ID: rec.ID, CreatedAt: rec.CreatedAt, NextAttemptAt: rec.NextAttemptAt, NextSweepAt: rec.NextSweepAt,
		}
		if rec.Status.Pending() == key && position(entry) > cursor {
			keys = append(keys, entry)
		}
	}
	slices.SortFunc(keys, func(a, b message.PendingKey) int { return cmp.Compare(position(a), position(b)) })
	return keys
}

const cursorSeparator = "/"

// position orders the index, and is the cursor of a page that ends there.
func position(k message.PendingKey) string {
	return k.CreatedAt.Format(message.TimeLayout) + cursorSeparator + k.ID
}

// asStored is a copy of the record as precise as the table keeps it.
func asStored(rec message.Record) message.Record {
	for _, t := range []*time.Time{
		&rec.CreatedAt, &rec.UpdatedAt, &rec.Deadline, &rec.NextAttemptAt, &rec.SlotAt, &rec.LeaseUntil,
		&rec.ExecutionStarted, &rec.NextSweepAt,
	} {
		*t = message.Moment(*t)
	}
	rec.ExpiresAt = rec.ExpiresAt.UTC().Truncate(time.Second)
	attempts := rec.Attempts
	rec.Attempts = nil
	for _, a := range attempts {
		a.At, a.RetryAt = message.Moment(a.At), message.Moment(a.RetryAt)
		a.Latency = a.Latency.Truncate(time.Millisecond)
		rec.Attempts = append(rec.Attempts, a)
	}
	acts := rec.Acts
	rec.Acts = nil
	for _, a := range acts {
		a.At = message.Moment(a.At)
		rec.Acts = append(rec.Acts, a)
	}
	return rec
}
