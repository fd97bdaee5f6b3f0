package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
)

func newestFacts() []messageFact {
	return []messageFact{
		{"a stage's messages come newest first, page by page, each once", stagePages},
		{"what waits comes newest first, page by page, each once", waitingPages},
		{"a list goes on from any entry, whether it is still there or not", listGoesOn},
		{"a span begins with its first moment and ends before its last", spanIsHalfOpen},
		{"a message is listed under its own stage alone, whatever its status", stageKeepsAll},
		{"what waits is counted, up to a bound and by its key alone", waitingIsCounted},
		{"a list without a key, a limit or a sound position is refused", listRefuses},
	}
}

// lister is one of a store's lists, newest first.
type lister func(ctx context.Context, key string, within message.Span, position string, limit int) (message.IndexPage, error)

func stagePages(t *testing.T, store MessageStore) { listPages(t, store, store.NewestByStage, "test") }

func waitingPages(t *testing.T, store MessageStore) { listPages(t, store, store.NewestPending, "open") }

func listPages(t *testing.T, store MessageStore, list lister, key string) {
	const limit = 10
	for _, n := range []int{0, limit - 1, limit, 2*limit + 5} {
		want := waiting(t, store, n)
		slices.Reverse(want)
		require.Equal(t, want, listed(t, list, key, message.Span{}, limit), "%d messages", n)
		for _, id := range want {
			require.NoError(t, store.Delete(t.Context(), id))
		}
	}
	same := map[string]bool{}
	for range 2*limit + 5 { // of one millisecond
		same[inStore(t, store).ID] = true
	}
	for _, id := range listed(t, list, key, message.Span{}, limit) {
		require.True(t, same[id], "listed twice, or not ours")
		delete(same, id)
	}
	require.Empty(t, same, "all are listed")
}

// listed reads a list to its end, with fewer pages than a loop would take.
func listed(t *testing.T, list lister, key string, within message.Span, limit int) []string {
	t.Helper()
	const most = 10
	var ids []string
	position := ""
	for range most {
		page, err := list(t.Context(), key, within, position, limit)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Keys), limit)
		for _, entry := range page.Keys {
			ids = append(ids, entry.ID)
		}
		if position = page.Next; position == "" {
			return ids
		}
	}
	require.Fail(t, "the pages do not end")
	return nil
}

func listGoesOn(t *testing.T, store MessageStore) {
	ids := waiting(t, store, 6)
	slices.Reverse(ids)
	for name, list := range map[string]lister{"test": store.NewestByStage, "open": store.NewestPending} {
		page, err := list(t.Context(), name, message.Span{}, "", 6)
		require.NoError(t, err)
		page, err = list(t.Context(), name, message.Span{}, page.Keys[2].Position(), 6)
		require.NoError(t, err)
		require.Equal(t, ids[3], page.Keys[0].ID)
		require.Len(t, page.Keys, 3)
	}
	page, err := store.NewestByStage(t.Context(), "test", message.Span{}, "", 3)
	require.NoError(t, err)
	require.NoError(t, store.Delete(t.Context(), ids[2]))
	page, err = store.NewestByStage(t.Context(), "test", message.Span{}, page.Next, 3)
	require.NoError(t, err)
	require.Equal(t, ids[3], page.Keys[0].ID)
}

func spanIsHalfOpen(t *testing.T, store MessageStore) {
	ids := waiting(t, store, 5) // one to five seconds past noon
	second := func(n int) time.Time { return noon().Add(time.Duration(n) * time.Second) }
	for _, c := range []struct {
		within message.Span
		want   []string
	}{
		{message.Span{After: second(2), Before: second(4)}, []string{ids[2], ids[1]}},
		{message.Span{After: second(2).Add(time.Nanosecond), Before: second(4).Add(time.Nanosecond)}, []string{ids[3], ids[2]}},
		{message.Span{After: second(4)}, []string{ids[4], ids[3]}},
		{message.Span{Before: second(2).In(time.FixedZone("CET", 3600))}, []string{ids[0]}},
		{message.Span{After: second(3), Before: second(3)}, nil},
		{message.Span{After: second(4), Before: second(2)}, nil},
	} {
		says := fmt.Sprintf("%v", c.within)
		require.Equal(t, c.want, listed(t, store.NewestByStage, "test", c.within, 10), says)
		require.Equal(t, c.want, listed(t, store.NewestPending, "open", c.within, 10), says)
		if len(c.want) == 2 {
			require.Equal(t, c.want, listed(t, store.NewestByStage, "test", c.within, 1), says)
		}
	}
}

func stageKeepsAll(t *testing.T, store MessageStore) {
	var want []string
	for i, status := range message.Statuses() {
		rec := created(t, noon().Add(-time.Duration(i)*time.Second))
		rec.Status = status
		require.NoError(t, store.Create(t.Context(), rec))
		want = append(want, rec.ID)
	}
	require.Equal(t, want, listed(t, store.NewestByStage, "test", message.Span{}, 10))
	require.Empty(t, listed(t, store.NewestByStage, "other", message.Span{}, 10))
}

func listRefuses(t *testing.T, store MessageStore) {
	for _, c := range []struct {
		key, position string
		limit         int
	}{{"", "", 1}, {"open", "", 0}, {"open", "nonsense", 1}, {"open", "2027-03-01T12:00:00.000Z", 1}, {"open", "x/y", 1}} {
		for _, list := range []lister{store.NewestByStage, store.NewestPending} {
			_, err := list(t.Context(), c.key, message.Span{}, c.position, c.limit)
			require.Error(t, err, "%+v", c)
		}
	}
}

func waitingIsCounted(t *testing.T, store MessageStore) {
	counted := func(key string, atMost int) string {
		n, more, err := store.CountPending(t.Context(), key, atMost)
		require.NoError(t, err)
		return fmt.Sprint(n, more)
	}
	require.Equal(t, "0 false", counted("open", 3))
	for i := range 5 {
		rec := inStore(t, store)
		want := []string{"1 false", "2 false", "3 false", "3 true", "3 true"}[i]
		require.Equal(t, want, counted("open", 3), "%d wait", i+1)
		if i == 0 { // the next ones are more
			require.NoError(t, store.Save(t.Context(), rec, taken(t, rec, "execution")), "processing waits under the same key")
			require.Equal(t, want, counted("open", 3))
		}
	}
	require.Equal(t, "5 false", counted("open", 1000))
	require.Equal(t, "0 false", counted("deferred", 1000))
	for _, wrong := range []func() (int, bool, error){
		func() (int, bool, error) { return store.CountPending(t.Context(), "", 3) },
		func() (int, bool, error) { return store.CountPending(t.Context(), "open", 0) },
	} {
		_, _, err := wrong()
		require.Error(t, err)
	}
}
