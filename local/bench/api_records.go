package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/local/stack"
)

// fill writes ended messages until there are so many: nine of ten completed, the tenth failed, a second apart, and the
// newest of them a moment ago.
func (b *apiBench) fill(ctx context.Context, total int) error {
	records := b.stack.Messages()
	from := len(b.ids)
	now := time.Now()
	for i := from; i < total; i++ {
		b.ids = append(b.ids, uuid.NewString())
	}
	var all sync.WaitGroup
	faults := make([]error, senders)
	for writer := range senders {
		all.Go(func() {
			for i := from + writer; i < total && faults[writer] == nil; i += senders {
				at := now.Add(-time.Duration(i) * time.Second)
				faults[writer] = records.Create(ctx, b.ended(b.ids[i], i, at))
			}
		})
	}
	all.Wait()
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("fill the table: %w", err)
	}
	return nil
}

// ended is a message as it is when all is done.
func (b *apiBench) ended(id string, i int, at time.Time) message.Record {
	const oneFails = 10
	rec := message.New(id, messagetype.Notification.Name, contract.ChannelNtfy, stack.Stage, "bench",
		`{"message":"`+text+`"}`, at, message.TimesOf(b.stack.Settings()))
	rec.Status = message.StatusCompleted
	rec.Attempts = []message.Attempt{{At: at, Outcome: "delivered", Status: 200, Latency: 48 * time.Millisecond, NtfyID: "JSRS2HKTXBRR"}}
	if i%oneFails == 0 {
		rec.Status, rec.Reason, rec.Detail = message.StatusFailed, message.ReasonRefused, "ntfy answered 400: icon"
		rec.Attempts[0].Outcome, rec.Attempts[0].Status, rec.Attempts[0].NtfyID = "refused", 400, ""
	}
	return rec
}
