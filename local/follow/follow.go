// Package follow tells, state by state, how a message travels.
package follow

import (
	"context"
	"fmt"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
)

// Records are where the message stands.
type Records interface {
	Load(ctx context.Context, id string) (message.Record, error)
}

// every is how often the record is looked at.
const every = 50 * time.Millisecond

// Message calls seen for each change of the record until the message is final, or the context ends. It gives the record
// as it last stood.
func Message(ctx context.Context, records Records, id string, seen func(text string)) (message.Record, error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	last := message.Record{}
	for {
		rec, err := records.Load(ctx, id)
		if err != nil {
			return last, fmt.Errorf("follow message %s: %w", id, err)
		}
		if rec.Version != last.Version {
			tell(last, rec, seen)
			last = rec
		}
		if rec.Status.Final() {
			return rec, nil
		}
		select {
		case <-ctx.Done():
			return last, fmt.Errorf("follow message %s, which is %s: %w", id, rec.Status, ctx.Err())
		case <-tick.C:
		}
	}
}

func tell(before, now message.Record, seen func(string)) {
	for _, attempt := range now.Attempts[min(len(before.Attempts), len(now.Attempts)):] {
		seen(describe(attempt))
	}
	if now.Status == before.Status && now.Deferrals == before.Deferrals {
		return
	}
	text := string(now.Status)
	switch now.Status {
	case message.StatusDeferred:
		text += fmt.Sprintf(" (%s) until %s", now.Reason, now.NextAttemptAt.Local().Format("15:04:05"))
	case message.StatusFailed:
		text += fmt.Sprintf(" (%s): %s", now.Reason, now.Detail)
	case message.StatusCreated, message.StatusProcessing, message.StatusCompleted:
	}
	seen(text)
}

func describe(a message.Attempt) string {
	text := fmt.Sprintf("attempt: %s", a.Outcome)
	if a.Status != 0 {
		text += fmt.Sprintf(", HTTP %d", a.Status)
	}
	text += fmt.Sprintf(" after %d ms", a.Latency.Milliseconds())
	if a.NtfyID != "" {
		text += ", ntfy's id " + a.NtfyID
	}
	if a.Detail != "" {
		text += ": " + a.Detail
	}
	return text
}
