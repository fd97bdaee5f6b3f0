// Package follow tells, state by state, how a message travels: each change of its record, each state of the workflow
// that it passes through, and at last what ntfy shows.
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

// Executions are the workflow's runs. Entered gives the names of the states that a run has entered so far, and nothing
// for a run that is not known.
type Executions interface {
	Entered(ctx context.Context, arn string) ([]string, error)
}

// every is how often record and execution are looked at.
const every = 25 * time.Millisecond

// Follower follows messages.
type Follower struct {
	Records    Records
	Executions Executions
	// Tell is called for each thing that happens, in words.
	Tell func(text string)
}

// Message follows one message until it is final, or the context ends. It gives the record as it last stood.
func (f Follower) Message(ctx context.Context, id string) (message.Record, error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	last, states := message.Record{}, map[string]int{}
	for {
		rec, err := f.Records.Load(ctx, id)
		if err != nil {
			return last, fmt.Errorf("follow message %s: %w", id, err)
		}
		if err := f.tellStates(ctx, rec.ExecutionARN, states); err != nil {
			return last, err
		}
		if rec.Version != last.Version {
			f.tellRecord(last, rec)
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

// tellStates tells which states the execution has entered since the last look; told counts them by execution.
func (f Follower) tellStates(ctx context.Context, arn string, told map[string]int) error {
	if arn == "" {
		return nil
	}
	entered, err := f.Executions.Entered(ctx, arn)
	if err != nil {
		return fmt.Errorf("follow execution %s: %w", arn, err)
	}
	for _, state := range entered[told[arn]:] {
		f.Tell("  workflow: " + state)
	}
	told[arn] = len(entered)
	return nil
}

func (f Follower) tellRecord(before, now message.Record) {
	for _, attempt := range now.Attempts[min(len(before.Attempts), len(now.Attempts)):] {
		f.Tell(describe(attempt))
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
	f.Tell(text)
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
