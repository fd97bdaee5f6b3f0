package listing

import (
	"context"
	"fmt"

	"github.com/rezagent/rez_agent/internal/message"
)

// A count looks at countPage index entries in one step, and makes countPages steps at most: a filter that matches little
// is counted in bounded time too.
const (
	countPage  = 999 // and one more, which tells whether there are more: the index's own bound
	countPages = 20
)

// Count counts the messages that match, up to atMost. more says that there are or may be more than n. What the status
// index alone can tell is counted from it, without reading the messages: it may be a second old.
func (l *Lister) Count(ctx context.Context, f Filter, atMost int) (n int, more bool, err error) {
	position := ""
	for range countPages {
		matched, next, err := l.countOnce(ctx, f, position)
		if err != nil {
			return 0, false, fmt.Errorf("count messages: %w", err)
		}
		if n += matched; n > atMost {
			return atMost, true, nil
		}
		if next == "" {
			return n, false, nil
		}
		position = next
	}
	return n, true, nil
}

// CountByIndex is Count where the status index alone can tell, which reads no message. known is false for every other
// filter, and where more than atMost match.
func (l *Lister) CountByIndex(ctx context.Context, f Filter, atMost int) (n int, known bool, err error) {
	if !f.byIndexAlone() {
		return 0, false, nil
	}
	n, more, err := l.Count(ctx, f, atMost)
	if err != nil || more {
		return 0, false, err
	}
	return n, true, nil
}

func (l *Lister) countOnce(ctx context.Context, f Filter, position string) (matched int, next string, err error) {
	if f.byIndexAlone() {
		var page message.IndexPage
		page, err = l.keys(ctx, f, position, countPage)
		return len(page.Keys), page.Next, err
	}
	found, err := l.Search(ctx, f, position, countPage)
	return len(found.Records), found.Next, err
}
