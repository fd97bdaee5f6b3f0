package memory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rezagent/rez_agent/internal/message"
)

// NewestByStage is store.Messages' NewestByStage.
func (m *Messages) NewestByStage(
	_ context.Context, stage string, within message.Span, position string, limit int,
) (message.IndexPage, error) {
	return m.newest(stage, func(rec message.Record) string { return rec.Stage }, within, position, limit)
}

// NewestPending is store.Messages' NewestPending.
func (m *Messages) NewestPending(
	_ context.Context, key string, within message.Span, position string, limit int,
) (message.IndexPage, error) {
	return m.newest(key, func(rec message.Record) string { return rec.Status.Pending() }, within, position, limit)
}

func (m *Messages) newest(
	key string, of func(message.Record) string, within message.Span, from string, limit int,
) (message.IndexPage, error) {
	if key == "" || limit < 1 {
		return message.IndexPage{}, fmt.Errorf("list messages: key %q, limit %d: want a key and a limit of 1 or more", key, limit)
	}
	if from != "" {
		if _, err := message.ParsePosition(from); err != nil {
			return message.IndexPage{}, fmt.Errorf("list messages: %w", err)
		}
	}
	listed := m.keysBefore(key, of, within, from)
	page := message.IndexPage{Keys: listed[:min(limit, len(listed))]}
	if len(listed) >= limit { // as DynamoDB, which does not look whether anything follows
		page.Next = page.Keys[limit-1].Position()
	}
	return page, nil
}

// keysBefore lists what lies before a position, newest first.
func (m *Messages) keysBefore(key string, of func(message.Record) string, within message.Span, from string) []message.IndexKey {
	m.mu.Lock()
	defer m.mu.Unlock()
	var keys []message.IndexKey
	for rec := range maps.Values(m.records) {
		entry := message.IndexKey{ID: rec.ID, CreatedAt: rec.CreatedAt}
		if of(rec) == key && within.Holds(rec.CreatedAt) && (from == "" || entry.Position() < from) {
			keys = append(keys, entry)
		}
	}
	slices.SortFunc(keys, func(a, b message.IndexKey) int { return strings.Compare(b.Position(), a.Position()) })
	return keys
}

// CountPending is store.Messages' CountPending.
func (m *Messages) CountPending(_ context.Context, key string, atMost int) (n int, more bool, err error) {
	if key == "" || atMost < 1 {
		return 0, false, fmt.Errorf("count pending messages: key %q, at most %d: want a key and a bound of 1 or more", key, atMost)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for rec := range maps.Values(m.records) {
		if rec.Status.Pending() == key {
			n++
		}
	}
	return min(n, atMost), n > atMost, nil
}
