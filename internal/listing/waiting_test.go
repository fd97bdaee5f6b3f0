package listing_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

func TestWhatWaitsIsCountedByKindUpToABound(t *testing.T) {
	t.Parallel()
	store := memory.NewMessages()
	lister := newLister(store)
	none, err := lister.Waiting(t.Context())
	require.NoError(t, err)
	require.Equal(t, listing.Waiting{}, none)

	statuses := message.Statuses() // one of each kind after the other
	fill(t, store, 5*7, func(i int, rec *message.Record) { rec.Status = statuses[i%len(statuses)] })
	some, err := lister.Waiting(t.Context())
	require.NoError(t, err)
	require.Equal(t, listing.Waiting{UnderWay: listing.Tally{N: 14}, Deferred: listing.Tally{N: 7}}, some)

	fill(t, store, listing.MostWaiting-7, func(_ int, rec *message.Record) { rec.Status = message.StatusDeferred })
	all, err := lister.Waiting(t.Context())
	require.NoError(t, err)
	require.Equal(t, listing.Tally{N: listing.MostWaiting}, all.Deferred)

	fill(t, store, 1, func(_ int, rec *message.Record) { rec.Status = message.StatusDeferred })
	more, err := lister.Waiting(t.Context())
	require.NoError(t, err)
	require.Equal(t, listing.Tally{N: listing.MostWaiting, More: true}, more.Deferred)
}
