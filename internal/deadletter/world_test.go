package deadletter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/deadletter"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

func noon() time.Time { return time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC) }

// world is an office with a main queue and a dead-letter queue in memory.
type world struct {
	t       *testing.T
	office  *deadletter.Office
	records *memory.Messages

	letters []deadletter.Item
	hidden  map[string]bool
	sent    []message.Ticket
	delays  []time.Duration
	moved   []string
	fault   error
	// moveFault is what a move of the whole queue meets.
	moveFault error
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, records: memory.NewMessages(), hidden: map[string]bool{}}
	w.office = &deadletter.Office{
		Letters: w, Main: w, Records: w.records, Times: message.TimesOf(settings.Default()), Now: noon,
	}
	return w
}

func (w *world) Visible(context.Context) (int, error) { return len(w.letters), w.fault }

func (w *world) Receive(_ context.Context, most, _ int) ([]deadletter.Item, error) {
	items := w.letters[:min(most, len(w.letters))]
	for _, item := range items {
		w.hidden[item.ID] = true
	}
	return slices.Clone(items), w.fault
}

func (w *world) Release(_ context.Context, items []deadletter.Item) error {
	for _, item := range items {
		delete(w.hidden, item.ID)
	}
	return w.fault
}

func (w *world) Delete(_ context.Context, items []deadletter.Item) error {
	for _, item := range items {
		w.letters = slices.DeleteFunc(w.letters, func(l deadletter.Item) bool { return l.ID == item.ID })
		delete(w.hidden, item.ID)
	}
	return w.fault
}

func (w *world) MoveTo(_ context.Context, queueARN string) (string, error) {
	w.moved = append(w.moved, queueARN)
	return "task", errors.Join(w.fault, w.moveFault)
}

func (w *world) SendTicket(_ context.Context, t message.Ticket, delay time.Duration) error {
	w.sent, w.delays = append(w.sent, t), append(w.delays, delay)
	return nil
}

func (w *world) ARN(context.Context) (string, error) { return "arn:main", nil }

// record makes a record, an hour old.
func (w *world) record(change func(*message.Record)) message.Record {
	rec := message.New(uuid.NewString(), "notification", "ntfy", "test", "user:ann", "{}", noon().Add(-time.Hour), w.office.Times)
	if change != nil {
		change(&rec)
	}
	require.NoError(w.t, w.records.Create(w.t.Context(), rec))
	return rec
}

func failed(why message.Reason) func(*message.Record) {
	return func(rec *message.Record) {
		rec.Status, rec.Reason, rec.Detail = message.StatusFailed, why, "words about "+string(why)
		if why == message.ReasonExpired {
			rec.Deadline = noon().Add(-time.Minute)
		}
	}
}

// letter puts a ticket into the dead-letter queue.
func (w *world) letter(t message.Ticket, reason message.Reason) string {
	body, err := json.Marshal(t)
	require.NoError(w.t, err)
	return w.put(body, string(reason))
}

func (w *world) put(body []byte, reason string) string {
	id := fmt.Sprintf("item %d", len(w.letters)+1)
	w.letters = append(w.letters, deadletter.Item{
		ID: id, Handle: "handle of " + id, Body: body, Reason: reason, SentAt: noon().Add(-time.Minute), Receives: 4,
	})
	return id
}

func (w *world) stored(id string) message.Record {
	rec, err := w.records.Load(w.t.Context(), id)
	require.NoError(w.t, err)
	return rec
}
