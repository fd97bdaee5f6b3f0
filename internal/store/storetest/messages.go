package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/message"
)

// MessageStore is a store of messages under test.
type MessageStore interface {
	Create(ctx context.Context, rec message.Record) error
	Load(ctx context.Context, id string) (message.Record, error)
	Save(ctx context.Context, prev, next message.Record) error
	LoadMany(ctx context.Context, ids []string) ([]message.Record, error)
	Pending(ctx context.Context, key, cursor string, limit int) (message.PendingPage, error)
	NewestByStage(
		ctx context.Context, stage string, within message.Span, position string, limit int,
	) (message.IndexPage, error)
	NewestPending(
		ctx context.Context, key string, within message.Span, position string, limit int,
	) (message.IndexPage, error)
	CountPending(ctx context.Context, key string, atMost int) (n int, more bool, err error)
	// Delete takes a record away, as its time to live does.
	Delete(ctx context.Context, id string) error
}

// messageFact is something that holds of every store of messages.
type messageFact struct {
	says  string
	holds func(t *testing.T, store MessageStore)
}

// Messages checks a store of messages. Each fact gets a new and empty one from open, and all run at the same time.
func Messages(t *testing.T, open func(t *testing.T) MessageStore) {
	t.Helper()
	for _, facts := range [][]messageFact{createFacts(), saveFacts(), loadManyFacts(), pendingFacts(), newestFacts()} {
		for _, fact := range facts {
			t.Run(fact.says, func(t *testing.T) {
				t.Parallel()
				fact.holds(t, open(t))
			})
		}
	}
}

func createFacts() []messageFact {
	return []messageFact{
		{"a created record is loaded as it was", createdIsLoaded},
		{"every field survives create and load", everyFieldIsCreated},
		{"times are cut to milliseconds, the time to live to seconds", timesAreCut},
		{"a second record with the same id is refused", secondIsRefused},
		{"the same create again is no error", sameCreateAgain},
		{"the same create after the record moved on is refused", createAfterMove},
		{"of 50 creates of one id one wins", createRace},
		{"a record that is not there is not found", missingIsNotFound},
		{"nothing is done once the time is over", nothingAfterTheEnd},
		{"what was loaded is the caller's own", loadedIsACopy},
	}
}

func nothingAfterTheEnd(t *testing.T, store MessageStore) {
	rec := created(t, noon())
	ended, end := context.WithCancel(t.Context())
	end()
	require.ErrorIs(t, store.Create(ended, rec), context.Canceled)
	_, err := store.Load(t.Context(), rec.ID)
	require.ErrorIs(t, err, message.ErrNotFound)
	require.NoError(t, store.Create(t.Context(), rec))
	_, err = store.Load(ended, rec.ID)
	require.ErrorIs(t, err, context.Canceled)
	_, err = store.LoadMany(ended, []string{rec.ID})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, store.Save(ended, rec, taken(t, rec, "arn:late")), context.Canceled)
	after, err := store.Load(t.Context(), rec.ID)
	require.NoError(t, err)
	require.Equal(t, rec.Version, after.Version)
}

func createdIsLoaded(t *testing.T, store MessageStore) {
	rec := created(t, noon())
	require.NoError(t, store.Create(t.Context(), rec))
	requireStored(t, store, rec)
}

func everyFieldIsCreated(t *testing.T, store MessageStore) {
	rapid.Check(t, func(rt *rapid.T) {
		rec := anyRecord(newID(t), rapid.IntRange(1, 1_000_000).Draw(rt, "version")).Draw(rt, "record")
		require.NoError(rt, store.Create(t.Context(), rec))
		got, err := store.Load(t.Context(), rec.ID)
		require.NoError(rt, err)
		require.Equal(rt, rec, got)
	})
}

func timesAreCut(t *testing.T, store MessageStore) {
	berlin := time.FixedZone("CET", 3600)
	fine := time.Date(2027, time.March, 1, 13, 0, 0, 123_456_789, berlin)
	rec := created(t, noon())
	rec.Deadline, rec.ExpiresAt = fine, fine
	rec.Attempts = []message.Attempt{{At: fine, Outcome: "unavailable", Latency: 1_999_999 * time.Nanosecond}}
	require.NoError(t, store.Create(t.Context(), rec))

	rec.Deadline = time.Date(2027, time.March, 1, 12, 0, 0, 123_000_000, time.UTC)
	rec.ExpiresAt = noon()
	rec.Attempts = []message.Attempt{{At: rec.Deadline, Outcome: "unavailable", Latency: time.Millisecond}}
	requireStored(t, store, rec)
}

func secondIsRefused(t *testing.T, store MessageStore) {
	first := created(t, noon())
	require.NoError(t, store.Create(t.Context(), first))
	second := first
	second.Payload = `{"message":"another"}`
	require.ErrorIs(t, store.Create(t.Context(), second), message.ErrExists)
	requireStored(t, store, first)
}

func sameCreateAgain(t *testing.T, store MessageStore) {
	rec := created(t, noon())
	require.NoError(t, store.Create(t.Context(), rec))
	require.NoError(t, store.Create(t.Context(), rec))
	requireStored(t, store, rec)
}

func createAfterMove(t *testing.T, store MessageStore) {
	rec := created(t, noon())
	require.NoError(t, store.Create(t.Context(), rec))
	moved := taken(t, rec, "execution")
	require.NoError(t, store.Save(t.Context(), rec, moved))
	require.ErrorIs(t, store.Create(t.Context(), rec), message.ErrExists)
	requireStored(t, store, moved)
}

func createRace(t *testing.T, store MessageStore) {
	for range rounds {
		rec := created(t, noon())
		by := func(caller int) message.Record {
			rec := rec
			rec.CreatedBy = fmt.Sprintf("caller %d", caller)
			return rec
		}
		got := race(clients, func(caller int) error { return store.Create(t.Context(), by(caller)) })
		requireStored(t, store, by(requireOneWinner(t, got, message.ErrExists)))
	}
}

func missingIsNotFound(t *testing.T, store MessageStore) {
	_, err := store.Load(t.Context(), newID(t))
	require.ErrorIs(t, err, message.ErrNotFound)
}

func loadedIsACopy(t *testing.T, store MessageStore) {
	rec := created(t, noon())
	rec.Attempts = []message.Attempt{{At: noon(), Outcome: "unavailable"}}
	require.NoError(t, store.Create(t.Context(), rec))
	loaded, err := store.Load(t.Context(), rec.ID)
	require.NoError(t, err)
	loaded.Attempts[0].Outcome = "scribbled over"
	requireStored(t, store, rec)
}

// requireStored requires that the store holds exactly this record.
func requireStored(t *testing.T, store MessageStore, want message.Record) {
	t.Helper()
	got, err := store.Load(t.Context(), want.ID)
	require.NoError(t, err)
	require.Equal(t, want, got)
}
