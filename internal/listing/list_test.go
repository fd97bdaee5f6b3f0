package listing_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

func TestAFilterChoosesWhatAgreesInEverything(t *testing.T) {
	t.Parallel()
	rec := message.Record{
		Status: message.StatusFailed, Stage: "test", Type: "notification", CreatedBy: "user:ann", CreatedAt: noon(),
	}
	for name, c := range map[string]struct {
		filter  listing.Filter
		matches bool
	}{
		"nothing asked":                       {listing.Filter{}, true},
		"status":                              {listing.Filter{Status: message.StatusFailed}, true},
		"another status":                      {listing.Filter{Status: message.StatusCompleted}, false},
		"another stage":                       {listing.Filter{Stage: "prod"}, false},
		"type":                                {listing.Filter{Type: "notification"}, true},
		"another type":                        {listing.Filter{Type: "scheduled_hello"}, false},
		"another creator, one thing of two":   {listing.Filter{Type: "notification", CreatedBy: "user:bob"}, false},
		"at the first moment":                 {listing.Filter{After: noon()}, true},
		"after it":                            {listing.Filter{After: noon().Add(1)}, false},
		"at the last moment":                  {listing.Filter{Before: noon()}, false},
		"before it":                           {listing.Filter{Before: noon().Add(time.Millisecond)}, true},
		"everything asked, everything agrees": {listing.Filter{message.StatusFailed, "test", "notification", "user:ann", noon(), noon().Add(1)}, true},
	} {
		require.Equal(t, c.matches, c.filter.Matches(rec), name)
	}
}

// Whatever is there and whatever is asked, the pages together are what matches, newest first, each once.
func TestThePagesTogetherAreWhatMatches(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		statuses := append([]message.Status{""}, message.Statuses()...)
		types, creators := []string{"", "notification", "scheduled_hello"}, []string{"", "user:ann", "user:bob"}
		store := memory.NewMessages()
		records := fill(t, store, rapid.IntRange(0, 150).Draw(rt, "messages"), func(_ int, rec *message.Record) {
			rec.Status = rapid.SampledFrom(message.Statuses()).Draw(rt, "status")
			rec.Type = rapid.SampledFrom(types[1:]).Draw(rt, "type")
			rec.CreatedBy = rapid.SampledFrom(creators[1:]).Draw(rt, "creator")
		})
		f := listing.Filter{
			Status:    rapid.SampledFrom(statuses).Draw(rt, "wanted status"),
			Stage:     rapid.SampledFrom([]string{"", "test"}).Draw(rt, "wanted stage"),
			Type:      rapid.SampledFrom(types).Draw(rt, "wanted type"),
			CreatedBy: rapid.SampledFrom(creators).Draw(rt, "wanted creator"),
		}
		if rapid.Bool().Draw(rt, "bounded") {
			f.After = noon().Add(time.Duration(rapid.IntRange(-1, 150).Draw(rt, "after")) * time.Second)
			f.Before = noon().Add(time.Duration(rapid.IntRange(-1, 150).Draw(rt, "before")) * time.Second)
		}
		want := filtered(records, f)
		got, _ := readAll(t, newLister(store), f, rapid.IntRange(1, 40).Draw(rt, "limit"))
		require.Equal(rt, want, got)

		n, more, err := newLister(store).Count(t.Context(), f, 1000)
		require.NoError(rt, err)
		require.False(rt, more)
		require.Equal(rt, len(want), n)
	})
}

func TestAFullLastPageHasNoCursor(t *testing.T) {
	t.Parallel()
	store := memory.NewMessages()
	fill(t, store, 50, nil)
	for _, f := range []listing.Filter{{}, {Status: message.StatusCreated}} {
		for limit, pages := range map[int]int{50: 1, 49: 2, 25: 2, 10: 5, 51: 1, 100: 1} {
			found, took := readAll(t, newLister(store), f, limit)
			require.Len(t, found, 50)
			require.Equal(t, pages, took, "limit %d", limit)
		}
	}
}

func TestAFilterThatMatchesLittleEndsEachPageInBoundedWork(t *testing.T) {
	t.Parallel()
	const all = 3000
	index := &counting{Messages: memory.NewMessages()}
	records := fill(t, index, all, func(i int, rec *message.Record) {
		if i == 0 {
			rec.CreatedBy = "rare" // the oldest one
		}
	})
	l, f := newLister(index), listing.Filter{CreatedBy: "rare"}
	page, err := l.List(t.Context(), f, "", 50)
	require.NoError(t, err)
	require.Empty(t, page.Records)
	require.NotEmpty(t, page.Next, "an empty page that is not the end")
	require.Equal(t, 200, index.records)
	require.Equal(t, records[199].CreatedAt, page.SearchedTo)

	found, pages := readAll(t, l, f, 50)
	require.Equal(t, ids(records[all-1:]), found)
	require.Equal(t, all/200, pages)

	n, more, err := l.Count(t.Context(), f, 10_000)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.False(t, more)
}

func TestTheWorkOfACallFollowsItsLimit(t *testing.T) {
	t.Parallel()
	for limit, most := range map[int]int{1: 100, 10: 100, 25: 100, 50: 200, 100: 400} {
		index := &counting{Messages: memory.NewMessages()}
		fill(t, index, 500, nil)
		_, err := newLister(index).List(t.Context(), listing.Filter{CreatedBy: "nobody"}, "", limit)
		require.NoError(t, err)
		require.Equal(t, most, index.records, "limit %d", limit)
	}
}

func TestAPageOfMatchesReadsWhatItShows(t *testing.T) {
	t.Parallel()
	for _, n := range []int{100, 1000} {
		index := &counting{Messages: memory.NewMessages()}
		fill(t, index, n, func(_ int, rec *message.Record) { rec.Status = message.StatusFailed })
		for _, f := range []listing.Filter{{}, {Status: message.StatusFailed}, {Type: "notification"}} {
			index.keys, index.records, index.calls = 0, 0, 0
			page, err := newLister(index).List(t.Context(), f, "", 20)
			require.NoError(t, err)
			require.Len(t, page.Records, 20)
			require.Equal(t, []int{21, 20, 1}, []int{index.keys, index.records, index.calls}, many(n))
		}
	}
}

func TestTheMessagesOfAnotherStageAreNotHere(t *testing.T) {
	t.Parallel()
	index := &counting{Messages: memory.NewMessages()}
	fill(t, index, 5, nil)
	l := newLister(index)
	page, err := l.List(t.Context(), listing.Filter{Stage: "prod"}, "", 10)
	require.NoError(t, err)
	require.Equal(t, listing.Page{Records: []message.Record{}}, page)
	n, more, err := l.Count(t.Context(), listing.Filter{Stage: "prod"}, 10)
	require.NoError(t, err)
	require.Zero(t, n)
	require.False(t, more)
	require.Zero(t, index.calls)
}

// lagging is an index that has not heard yet of what happened to the messages.
type lagging struct {
	*memory.Messages

	keys []message.IndexKey
}

func (l lagging) NewestPending(context.Context, string, message.Span, string, int) (message.IndexPage, error) {
	return message.IndexPage{Keys: l.keys}, nil
}

func TestAnEntryThatIsStaleOrGoneIsLeftOut(t *testing.T) {
	t.Parallel()
	store := memory.NewMessages()
	records := fill(t, store, 3, func(i int, rec *message.Record) {
		rec.Status = message.StatusFailed
		if i == 1 {
			rec.Status = message.StatusCompleted
		}
	})
	index := lagging{Messages: store}
	for _, rec := range records {
		index.keys = append(index.keys, message.IndexKey{ID: rec.ID, CreatedAt: rec.CreatedAt})
	}
	require.NoError(t, store.Delete(t.Context(), records[2].ID))
	page, err := newLister(index).List(t.Context(), listing.Filter{Status: message.StatusFailed}, "", 10)
	require.NoError(t, err)
	require.Equal(t, ids(records[:1]), ids(page.Records))
}

func TestALimitOutOfRangeIsRefused(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{-1, 0, 101} {
		_, err := newLister(memory.NewMessages()).List(t.Context(), listing.Filter{}, "", limit)
		require.ErrorContains(t, err, fmt.Sprintf("limit is %d, allowed are 1 to 100", limit))
	}
}

func TestACountStopsWhereItIsTold(t *testing.T) {
	t.Parallel()
	index := &counting{Messages: memory.NewMessages()}
	fill(t, index, 1500, func(_ int, rec *message.Record) { rec.Status = message.StatusFailed })
	l := newLister(index)
	for atMost, want := range map[int]struct {
		n    int
		more bool
	}{1499: {1499, true}, 1500: {1500, false}, 1501: {1500, false}} {
		for _, f := range []listing.Filter{{Status: message.StatusFailed}, {CreatedBy: "user:ann"}} {
			n, more, err := l.Count(t.Context(), f, atMost)
			require.NoError(t, err)
			require.Equal(t, want.n, n, "%d", atMost)
			require.Equal(t, want.more, more, "%d", atMost)
		}
	}
	index.records = 0
	_, _, err := l.Count(t.Context(), listing.Filter{Status: message.StatusFailed}, 10_000)
	require.NoError(t, err)
	require.Zero(t, index.records, "the index alone knows")
}
