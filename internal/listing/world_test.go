package listing_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

func noon() time.Time { return time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC) }

func key(context.Context) ([]byte, error) { return []byte("0123456789abcdef0123456789abcdef"), nil }

// creator is where records are made.
type creator interface {
	Create(ctx context.Context, rec message.Record) error
}

// fill makes n messages, a second apart, and gives them newest first. change may make them different.
func fill(t *testing.T, store creator, n int, change func(i int, rec *message.Record)) []message.Record {
	t.Helper()
	records := make([]message.Record, 0, n)
	for i := range n {
		rec := message.New(uuid.NewString(), "notification", "ntfy", "test", "user:ann", `{"message":"hello"}`,
			noon().Add(time.Duration(i)*time.Second), message.TimesOf(settings.Default()))
		if change != nil {
			change(i, &rec)
		}
		require.NoError(t, store.Create(t.Context(), rec))
		records = append(records, rec)
	}
	slices.Reverse(records)
	return records
}

func newLister(index listing.Index) *listing.Lister {
	return &listing.Lister{Index: index, Key: key, Stage: "test"}
}

func ids(records []message.Record) []string {
	list := []string{}
	for _, rec := range records {
		list = append(list, rec.ID)
	}
	return list
}

// readAll follows the cursors to the end, and gives what was found and how many pages it took.
func readAll(t *testing.T, l *listing.Lister, f listing.Filter, limit int) (found []string, pages int) {
	t.Helper()
	const most = 200
	found = []string{}
	for cursor := ""; ; pages++ {
		require.Less(t, pages, most, "the pages do not end")
		page, err := l.List(t.Context(), f, cursor, limit)
		require.NoError(t, err)
		require.NotNil(t, page.Records)
		require.LessOrEqual(t, len(page.Records), limit)
		require.Equal(t, page.Next == "", page.SearchedTo.IsZero(), "how far it looked is told where there is more")
		found = append(found, ids(page.Records)...)
		if cursor = page.Next; cursor == "" {
			return found, pages + 1
		}
	}
}

// counting counts what is read of an index.
type counting struct {
	*memory.Messages

	keys, records, calls int
}

func (c *counting) NewestByStage(
	ctx context.Context, stage string, within message.Span, position string, limit int,
) (message.IndexPage, error) {
	page, err := c.Messages.NewestByStage(ctx, stage, within, position, limit)
	c.keys += len(page.Keys)
	c.calls++
	return page, err
}

func (c *counting) NewestPending(
	ctx context.Context, key string, within message.Span, position string, limit int,
) (message.IndexPage, error) {
	page, err := c.Messages.NewestPending(ctx, key, within, position, limit)
	c.keys += len(page.Keys)
	c.calls++
	return page, err
}

func (c *counting) LoadMany(ctx context.Context, ids []string) ([]message.Record, error) {
	c.records += len(ids)
	return c.Messages.LoadMany(ctx, ids)
}

func filtered(records []message.Record, f listing.Filter) []string {
	list := []string{}
	for _, rec := range records {
		if f.Matches(rec) {
			list = append(list, rec.ID)
		}
	}
	return list
}

func many(n int) string { return fmt.Sprintf("%d messages", n) }
