package listing

import (
	"context"
	"fmt"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
)

// Index is what the lister reads of the messages.
type Index interface {
	// NewestByStage and NewestPending list one page of an index, newest first, and read keys alone.
	NewestByStage(
		ctx context.Context, stage string, within message.Span, position string, limit int,
	) (message.IndexPage, error)
	NewestPending(
		ctx context.Context, key string, within message.Span, position string, limit int,
	) (message.IndexPage, error)
	// CountPending counts the entries of the status index with this key, up to atMost; more: there are more than n.
	CountPending(ctx context.Context, key string, atMost int) (n int, more bool, err error)
	// LoadMany reads records as they are now, in the order of ids; what is gone or broken is left out.
	LoadMany(ctx context.Context, ids []string) ([]message.Record, error)
}

// Lister lists the messages of one stage.
type Lister struct {
	Index Index
	// Key seals the cursors.
	Key func(ctx context.Context) ([]byte, error)
	// Stage is the deployment whose messages the index holds.
	Stage string
}

// Found is a bounded piece of a search.
type Found struct {
	// Records are the messages that match, newest first.
	Records []message.Record
	// Next is where the search goes on; empty at its end.
	Next string
	// SearchedTo is the acceptance time of the last index entry that was looked at; zero where there was none.
	SearchedTo time.Time
}

// Search looks at the next index entries after position ("" for the newest), at most so many as entries says, and reads
// the messages behind them. What the index lists wrongly, because it lags behind or the message is gone, is left out.
func (l *Lister) Search(ctx context.Context, f Filter, position string, entries int) (Found, error) {
	page, err := l.keys(ctx, f, position, entries)
	if err != nil || len(page.Keys) == 0 {
		return Found{Next: page.Next}, err
	}
	ids := make([]string, 0, len(page.Keys))
	for _, key := range page.Keys {
		ids = append(ids, key.ID)
	}
	records, err := l.Index.LoadMany(ctx, ids)
	if err != nil {
		return Found{}, fmt.Errorf("read the listed messages: %w", err)
	}
	found := Found{Next: page.Next, SearchedTo: page.Keys[len(page.Keys)-1].CreatedAt}
	for _, rec := range records {
		if f.Matches(rec) {
			found.Records = append(found.Records, rec)
		}
	}
	return found, nil
}

// keys reads the entries, and one more: only that tells whether there are more.
func (l *Lister) keys(ctx context.Context, f Filter, position string, entries int) (message.IndexPage, error) {
	if f.Stage != "" && f.Stage != l.Stage {
		return message.IndexPage{}, nil
	}
	page, err := l.query(ctx, f, position, entries+1)
	if err != nil {
		return message.IndexPage{}, fmt.Errorf("read the index: %w", err)
	}
	if len(page.Keys) > entries {
		page.Keys = page.Keys[:entries]
		page.Next = page.Keys[entries-1].Position()
	}
	return page, nil
}

// query asks the index that holds the least beside what is wanted: the status index has no completed messages.
func (l *Lister) query(ctx context.Context, f Filter, position string, limit int) (message.IndexPage, error) {
	if key := f.Status.Pending(); key != "" {
		return l.Index.NewestPending(ctx, key, f.span(), position, limit)
	}
	return l.Index.NewestByStage(ctx, l.Stage, f.span(), position, limit)
}
