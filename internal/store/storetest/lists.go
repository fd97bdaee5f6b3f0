package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
)

func loadManyFacts() []messageFact {
	return []messageFact{
		{"many records come in the order of their ids, each once, without the missing", manyInOrder},
		{"nothing is loaded for no ids", manyOfNone},
	}
}

func manyInOrder(t *testing.T, store MessageStore) {
	const many = 250 // three batches
	var ids []string
	want := []message.Record{}
	for range many {
		rec := inStore(t, store)
		ids, want = append(ids, rec.ID), append(want, rec)
	}
	slices.Reverse(ids)
	slices.Reverse(want)
	asked := slices.Concat([]string{newID(t)}, ids, []string{newID(t), ids[0]}, ids[:10])
	got, err := store.LoadMany(t.Context(), asked)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func manyOfNone(t *testing.T, store MessageStore) {
	for _, ids := range [][]string{nil, {newID(t)}} {
		got, err := store.LoadMany(t.Context(), ids)
		require.NoError(t, err)
		require.Empty(t, got)
	}
}

func pendingFacts() []messageFact {
	return []messageFact{
		{"a message is listed under its status's key alone, a completed one nowhere", pendingFollowsStatus},
		{"a pending key tells when the message is due and was swept", pendingTellsTimes},
		{"pending messages come oldest first, page by page, each once", pendingPages},
		{"a page goes on although its last message has left the index", pendingGoesOn},
		{"paging without a key, a limit or a sound cursor is refused", pendingRefuses},
	}
}

func pendingFollowsStatus(t *testing.T, store MessageStore) {
	now := noon().Add(time.Minute)
	rec := inStore(t, store)
	requireListed(t, store, rec.ID, "open")

	save := func(next message.Record, err error) {
		require.NoError(t, err)
		require.NoError(t, store.Save(t.Context(), rec, next))
		rec = next
	}
	save(taken(t, rec, "first"), nil)
	requireListed(t, store, rec.ID, "open")
	save(rec.Defer("first", message.Deferral{Until: now, Reason: message.ReasonUnavailable}, now))
	requireListed(t, store, rec.ID, "deferred")
	save(taken(t, rec, "second"), nil)
	requireListed(t, store, rec.ID, "open")
	save(rec.Fail("second", message.ReasonRefused, "topic", now))
	requireListed(t, store, rec.ID, "failed")
	save(rec.Replay(rec.Generation, "user:ann", now, times()))
	requireListed(t, store, rec.ID, "open")
	save(taken(t, rec, "third"), nil)
	save(rec.Complete("third", message.Attempt{At: now, Outcome: "delivered"}, now))
	requireListed(t, store, rec.ID, "")
}

// requireListed requires that the message is listed under this key and no other; under none for "".
func requireListed(t *testing.T, store MessageStore, id, under string) {
	t.Helper()
	for _, key := range []string{"open", "deferred", "failed"} {
		page, err := store.Pending(t.Context(), key, "", 10)
		require.NoError(t, err)
		var ids []string
		for _, entry := range page.Keys {
			ids = append(ids, entry.ID)
		}
		if key == under {
			require.Equal(t, []string{id}, ids, key)
		} else {
			require.Empty(t, ids, key)
		}
	}
}

func pendingTellsTimes(t *testing.T, store MessageStore) {
	rec := created(t, noon())
	rec.Status = message.StatusDeferred
	rec.NextAttemptAt, rec.NextSweepAt = noon().Add(time.Minute), noon().Add(time.Hour)
	require.NoError(t, store.Create(t.Context(), rec))
	page, err := store.Pending(t.Context(), "deferred", "", 10)
	require.NoError(t, err)
	require.Equal(t, message.PendingPage{Keys: []message.PendingKey{{
		ID: rec.ID, CreatedAt: noon(), NextAttemptAt: rec.NextAttemptAt, NextSweepAt: rec.NextSweepAt,
	}}}, page)
}

// waiting makes n messages, a second apart, and gives their ids, oldest first.
func waiting(t *testing.T, store MessageStore, n int) []string {
	t.Helper()
	var ids []string
	for i := range n {
		// The newest first, so that the order of the index is not the order of the writes.
		rec := created(t, noon().Add(time.Duration(n-i)*time.Second))
		require.NoError(t, store.Create(t.Context(), rec))
		ids = append(ids, rec.ID)
	}
	slices.Reverse(ids)
	return ids
}

func pendingPages(t *testing.T, store MessageStore) {
	const limit = 10
	for _, n := range []int{0, limit - 1, limit, 2*limit + 5} {
		want := waiting(t, store, n)
		got := pages(t, store, limit)
		require.Equal(t, want, got, "%d messages", n)
		for _, id := range got {
			require.NoError(t, store.Delete(t.Context(), id))
		}
	}
}

// pages reads the open messages to the end, with fewer pages than a loop would take.
func pages(t *testing.T, store MessageStore, limit int) []string {
	t.Helper()
	const most = 10
	var ids []string
	cursor := ""
	for range most {
		page, err := store.Pending(t.Context(), "open", cursor, limit)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Keys), limit)
		for _, entry := range page.Keys {
			ids = append(ids, entry.ID)
		}
		if page.Next == "" {
			return ids
		}
		cursor = page.Next
	}
	require.Fail(t, "the pages do not end")
	return nil
}

func pendingGoesOn(t *testing.T, store MessageStore) {
	ids := waiting(t, store, 6)
	first, err := store.Pending(t.Context(), "open", "", 3)
	require.NoError(t, err)
	require.NoError(t, store.Delete(t.Context(), ids[2]))
	second, err := store.Pending(t.Context(), "open", first.Next, 3)
	require.NoError(t, err)
	require.Len(t, second.Keys, 3)
	require.Equal(t, ids[3], second.Keys[0].ID)
	require.Equal(t, ids[5], second.Keys[2].ID)
}

func pendingRefuses(t *testing.T, store MessageStore) {
	cases := []struct {
		key, cursor string
		limit       int
		says        string
	}{
		{"", "", 10, "want a key"},
		{"open", "", 0, "limit of 1 or more"},
		{"open", "", -1, "limit of 1 or more"},
		{"open", "nonsense", 10, "cursor"},
	}
	for _, c := range cases {
		_, err := store.Pending(t.Context(), c.key, c.cursor, c.limit)
		require.ErrorContains(t, err, c.says)
	}
}
