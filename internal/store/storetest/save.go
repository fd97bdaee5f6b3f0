package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/message"
)

func saveFacts() []messageFact {
	return []messageFact{
		{"a saved record is loaded as it was", savedIsLoaded},
		{"every field survives save and load, whatever it was before", everyFieldIsSaved},
		{"a save over somebody else's is a conflict", saveOverAnother},
		{"the same save again is no error", sameSaveAgain},
		{"another's save of the same version is not taken for one's own", ownIsToldApart},
		{"a save whose record was written again since is a conflict", saveAfterNext},
		{"a deleted record is not found and not made again", saveAfterDelete},
		{"a save without a difference does nothing", saveOfNothing},
		{"a save that is not one version on is refused", saveOfWrongVersion},
		{"a save under another id is refused", saveUnderAnotherID},
		{"of 50 who save one record at once one wins, each time", saveRace},
	}
}

// inStore is a record that is in the store.
func inStore(t *testing.T, store MessageStore) message.Record {
	t.Helper()
	rec := created(t, noon())
	require.NoError(t, store.Create(t.Context(), rec))
	return rec
}

func savedIsLoaded(t *testing.T, store MessageStore) {
	rec := inStore(t, store)
	next := taken(t, rec, "execution")
	require.NoError(t, store.Save(t.Context(), rec, next))
	requireStored(t, store, next)
}

func everyFieldIsSaved(t *testing.T, store MessageStore) {
	rapid.Check(t, func(rt *rapid.T) {
		id := newID(t)
		prev := anyRecord(id, 1).Draw(rt, "prev")
		next := anyRecord(id, 2).Draw(rt, "next")
		require.NoError(rt, store.Create(t.Context(), prev))
		require.NoError(rt, store.Save(t.Context(), prev, next))
		got, err := store.Load(t.Context(), id)
		require.NoError(rt, err)
		require.Equal(rt, next, got)
	})
}

func saveOverAnother(t *testing.T, store MessageStore) {
	rec := inStore(t, store)
	first := taken(t, rec, "first")
	require.NoError(t, store.Save(t.Context(), rec, first))
	require.ErrorIs(t, store.Save(t.Context(), rec, taken(t, rec, "second")), message.ErrConflict)
	requireStored(t, store, first)
}

func sameSaveAgain(t *testing.T, store MessageStore) {
	rec := inStore(t, store)
	next := taken(t, rec, "execution")
	require.NoError(t, store.Save(t.Context(), rec, next))
	require.NoError(t, store.Save(t.Context(), rec, next))
	requireStored(t, store, next)
}

func ownIsToldApart(t *testing.T, store MessageStore) {
	now := noon().Add(time.Minute)
	rec := inStore(t, store)
	held := taken(t, rec, "execution")
	require.NoError(t, store.Save(t.Context(), rec, held))
	theirs, err := held.Defer("execution", message.Deferral{Until: now, Reason: message.ReasonUnavailable, Slot: true}, now)
	require.NoError(t, err)
	require.NoError(t, store.Save(t.Context(), held, theirs))

	// Without the slot: everything that is in ours is also in theirs.
	ours, err := held.Defer("execution", message.Deferral{Until: now, Reason: message.ReasonUnavailable}, now)
	require.NoError(t, err)
	require.ErrorIs(t, store.Save(t.Context(), held, ours), message.ErrConflict)
	requireStored(t, store, theirs)
}

func saveAfterNext(t *testing.T, store MessageStore) {
	rec := inStore(t, store)
	held := taken(t, rec, "execution")
	require.NoError(t, store.Save(t.Context(), rec, held))
	done, err := held.Complete("execution", message.Attempt{At: noon(), Outcome: "delivered"}, noon())
	require.NoError(t, err)
	require.NoError(t, store.Save(t.Context(), held, done))
	require.ErrorIs(t, store.Save(t.Context(), rec, held), message.ErrConflict)
	requireStored(t, store, done)
}

func saveAfterDelete(t *testing.T, store MessageStore) {
	rec := inStore(t, store)
	require.NoError(t, store.Delete(t.Context(), rec.ID))
	require.ErrorIs(t, store.Save(t.Context(), rec, taken(t, rec, "execution")), message.ErrNotFound)
	_, err := store.Load(t.Context(), rec.ID)
	require.ErrorIs(t, err, message.ErrNotFound)
}

func saveOfNothing(t *testing.T, store MessageStore) {
	rec := inStore(t, store)
	require.NoError(t, store.Save(t.Context(), rec, rec))
	requireStored(t, store, rec)
}

func saveOfWrongVersion(t *testing.T, store MessageStore) {
	rec := inStore(t, store)
	for _, version := range []int{rec.Version - 1, rec.Version, rec.Version + 2} {
		next := taken(t, rec, "execution")
		next.Version = version
		require.ErrorContains(t, store.Save(t.Context(), rec, next), "one version on", "version %d", version)
	}
	requireStored(t, store, rec)
}

func saveUnderAnotherID(t *testing.T, store MessageStore) {
	rec := inStore(t, store)
	next := taken(t, rec, "execution")
	next.ID = newID(t)
	require.ErrorContains(t, store.Save(t.Context(), rec, next), "want the same message")
	requireStored(t, store, rec)
}

func saveRace(t *testing.T, store MessageStore) {
	rec := inStore(t, store)
	for range rounds {
		by := func(caller int) message.Record {
			next := rec
			next.Detail = fmt.Sprintf("caller %d", caller)
			next.Version++
			return next
		}
		got := race(clients, func(caller int) error { return store.Save(t.Context(), rec, by(caller)) })
		rec = by(requireOneWinner(t, got, message.ErrConflict))
		requireStored(t, store, rec)
	}
}
