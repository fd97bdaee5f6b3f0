package listing_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

// Whatever comes as a cursor: only the one that a page gave is taken.
func FuzzCursor(f *testing.F) {
	store := memory.NewMessages()
	for i := range 3 { // the same in each of the fuzzer's processes
		id := fmt.Sprintf("0190b3a4-0000-7000-8000-%012d", i)
		rec := message.New(id, "notification", "ntfy", "test", "user:ann", "{}", noon(), message.TimesOf(settings.Default()))
		require.NoError(f, store.Create(f.Context(), rec))
	}
	l := newLister(store)
	first, err := l.List(f.Context(), listing.Filter{}, "", 2)
	require.NoError(f, err)
	for _, cursor := range []string{"=", "x", "../..", first.Next, first.Next[1:], first.Next + "\n", first.Next + "=", "\xff"} {
		f.Add(cursor)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		page, err := l.List(t.Context(), listing.Filter{}, cursor, 2)
		if cursor == "" || cursor == first.Next {
			require.NoError(t, err)
			return
		}
		require.ErrorIs(t, err, listing.ErrCursor)
		require.Empty(t, page.Records)
	})
}
