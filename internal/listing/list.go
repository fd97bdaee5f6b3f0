package listing

import (
	"context"
	"fmt"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
)

// MaxLimit is the most messages on a page.
const MaxLimit = 100

// One call looks at effort × limit index entries, within these bounds.
const (
	effort     = 4
	leastLooks = 100
	mostLooks  = 400
	// leastStep keeps a small page from looking entry by entry.
	leastStep = 25
)

// Page is one page of a list, newest first. Fewer messages than the limit, even none, are not the end: Next says whether
// there is more.
type Page struct {
	Records []message.Record
	// Next is the cursor of the next page; empty on the last one.
	Next string
	// SearchedTo is how far back the page looked, where there is more; else zero.
	SearchedTo time.Time
}

// List gives the page of messages that match after cursor ("" for the newest), at most limit of them, 1 to MaxLimit.
// Errors: ErrCursor for a cursor that is not one of this filter's.
func (l *Lister) List(ctx context.Context, f Filter, cursor string, limit int) (Page, error) {
	if limit < 1 || limit > MaxLimit {
		return Page{}, fmt.Errorf("list messages: limit is %d, allowed are 1 to %d", limit, MaxLimit)
	}
	position, err := l.open(ctx, f, cursor)
	if err != nil {
		return Page{}, err
	}
	found, err := l.gather(ctx, f, position, limit)
	if err != nil {
		return Page{}, fmt.Errorf("list messages: %w", err)
	}
	page := Page{Records: found.Records}
	if found.Next != "" {
		page.SearchedTo = found.SearchedTo
		page.Next, err = l.seal(ctx, f, found.Next)
	}
	return page, err
}

// gather searches until it has limit matches, the search ends, or it has looked far enough. The first look is no wider
// than the page: where everything matches, nothing is read that is not shown.
func (l *Lister) gather(ctx context.Context, f Filter, position string, limit int) (Found, error) {
	all := Found{Records: []message.Record{}, Next: position}
	looks := min(max(effort*limit, leastLooks), mostLooks)
	for step := limit; looks > 0; step = min(max(limit, leastStep), looks) {
		found, err := l.Search(ctx, f, all.Next, step)
		if err != nil {
			return Found{}, err
		}
		looks -= step
		all.Records = append(all.Records, found.Records...)
		all.Next = found.Next
		if !found.SearchedTo.IsZero() {
			all.SearchedTo = found.SearchedTo
		}
		if len(all.Records) > limit {
			return all.cut(limit), nil
		}
		if len(all.Records) == limit || all.Next == "" {
			break
		}
	}
	return all, nil
}

// cut goes back to the limit-th match.
func (f Found) cut(limit int) Found {
	last := f.Records[limit-1]
	f.Records = f.Records[:limit]
	f.Next = message.IndexKey{ID: last.ID, CreatedAt: last.CreatedAt}.Position()
	f.SearchedTo = last.CreatedAt
	return f
}
