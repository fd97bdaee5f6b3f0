package listing

import (
	"context"
	"fmt"

	"github.com/rezagent/rez_agent/internal/message"
)

// MostWaiting is where counting what waits stops.
const MostWaiting = 1000

// Tally is a count that is exact up to a bound; More says that there are more.
type Tally struct {
	N    int
	More bool
}

// Waiting is what has not ended yet.
type Waiting struct {
	// UnderWay are created and processing: on their way through queue and workflow.
	UnderWay Tally
	// Deferred could not be delivered yet, and come again.
	Deferred Tally
}

// Waiting counts the messages that wait, of each kind up to MostWaiting. It reads the status index alone: where little
// waits one read unit, and never more than that of 2,002 entries, whatever the table holds. It may be a second old.
func (l *Lister) Waiting(ctx context.Context) (Waiting, error) {
	var w Waiting
	for key, into := range map[string]*Tally{message.PendingOpen: &w.UnderWay, message.StatusDeferred.Pending(): &w.Deferred} {
		n, more, err := l.Index.CountPending(ctx, key, MostWaiting)
		if err != nil {
			return Waiting{}, fmt.Errorf("count what waits: %w", err)
		}
		*into = Tally{n, more}
	}
	return w, nil
}
