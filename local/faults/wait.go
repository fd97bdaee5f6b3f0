package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

const (
	// poll is how often a condition is looked at.
	poll = 50 * time.Millisecond
	// soon is how long anything may take that waits for nothing but the machine.
	soon = 30 * time.Second
)

// until waits for a condition; its text says how things stand.
func (w *World) until(ctx context.Context, within time.Duration, what string, ready func(context.Context) (bool, string, error)) error {
	deadline := time.Now().Add(within)
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		ok, how, err := ready(ctx)
		if err != nil {
			return fmt.Errorf("wait until %s: %w", what, err)
		}
		if ok {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not within %v: %s; it stands so: %s", within, what, how)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// records are the row's messages as they stand; those that are gone are left out.
func (w *World) records(ctx context.Context) (map[string]message.Record, error) {
	found, err := w.stack.Messages().LoadMany(ctx, w.row.sent)
	if err != nil {
		return nil, err
	}
	records := make(map[string]message.Record, len(found))
	for _, rec := range found {
		records[rec.ID] = rec
	}
	return records, nil
}

// each waits until every message of the row fits.
func (w *World) each(ctx context.Context, within time.Duration, what string, fits func(message.Record) bool) error {
	return w.until(ctx, within, "every message "+what, func(ctx context.Context) (bool, string, error) {
		records, err := w.records(ctx)
		waiting, example := 0, ""
		for _, id := range w.row.sent {
			rec, there := records[id]
			if there && !fits(rec) {
				waiting++
				example = tell(rec)
			}
		}
		return waiting == 0, fmt.Sprintf("%d do not, one of them %s", waiting, example), err
	})
}

func tell(rec message.Record) string {
	return fmt.Sprintf("%s: %s %s generation %d, deferral %d, %d attempts, swept %d", rec.ID, rec.Status, rec.Reason,
		rec.Generation, rec.Deferrals, len(rec.Attempts), rec.Swept)
}

// patience is how long the last message may take: the longest waits of the settings, one after the other.
func (w *World) patience() time.Duration {
	s := w.settings()
	return s.MaxBackoff + s.Breaker.MaxCooldown + s.Sweep.First + time.Duration(s.MaxReceives)*w.queueVisibility() + soon
}

func (w *World) untilFinal(ctx context.Context) error {
	return w.each(ctx, w.patience(), "is final", func(rec message.Record) bool { return rec.Status.Final() })
}

// untilQuiet waits until no execution runs and no queue item is left, delayed and invisible ones included: a late one
// might still show something.
func (w *World) untilQuiet(ctx context.Context) error {
	within := time.Duration(w.settings().MaxReceives+1)*w.queueVisibility() + soon
	return w.until(ctx, within, "the queue is empty and nothing runs", func(ctx context.Context) (bool, string, error) {
		items, err := w.items(ctx, w.stack.QueueURL)
		running := w.running()
		return len(items)+running == 0, fmt.Sprintf("%d items, %d executions", len(items), running), err
	})
}

func (w *World) untilNothingRuns(ctx context.Context) error {
	return w.until(ctx, soon, "no execution runs", func(context.Context) (bool, string, error) {
		running := w.running()
		return running == 0, fmt.Sprintf("%d run", running), nil
	})
}

// running counts the executions that were started and have not ended.
func (w *World) running() int {
	n := 0
	for _, seen := range w.log.Calls() {
		if seen.Operation == startExecution && seen.Ended.IsZero() {
			n++
		}
	}
	return n
}

const startExecution = "StartSyncExecution"

// untilCircuit waits for a state of the channel's breaker.
func (w *World) untilCircuit(ctx context.Context, within time.Duration, what string, fits func(circuit.Circuit) bool) error {
	return w.until(ctx, within, "the circuit "+what, func(ctx context.Context) (bool, string, error) {
		now, err := w.circuit(ctx)
		return fits(now), fmt.Sprintf("%s, %d probes failed", now.State, now.Trips), err
	})
}

// untilDelivered waits until ntfy has taken so many messages.
func (w *World) untilDelivered(ctx context.Context, n int) error {
	return w.until(ctx, soon, fmt.Sprintf("ntfy took %d messages", n), func(context.Context) (bool, string, error) {
		counts := w.stack.Standin.Counts()
		return counts.Delivered >= n, fmt.Sprintf("%+v", counts), nil
	})
}

// item is a queue item as the emulator shows it, without receiving it.
type item struct{ Body string }

// items are all items of a queue, delayed and invisible ones included.
func (w *World) items(ctx context.Context, queueURL string) ([]item, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet,
		w.stack.Endpoint+"/_ministack/sqs/messages?QueueUrl="+url.QueryEscape(queueURL), http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("look into the queue: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("look into the queue: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	var answer struct {
		Messages map[string]map[string]map[string][]item `json:"messages"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("look into the queue: %w", err)
	}
	var found []item
	for _, regions := range answer.Messages {
		for _, queues := range regions {
			for _, items := range queues {
				found = append(found, items...)
			}
		}
	}
	return found, nil
}

// sweepEachMinute runs the sweeper once in a divided minute, which its rule cannot, until the context ends. A run that
// fails is followed by the next, as on AWS.
func (w *World) sweepEachMinute(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Minute / time.Duration(w.stack.TimeDivisor))
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = w.stack.Invoke(ctx, contract.TaskSweeper, map[string]any{}, nil)
			}
		}
	}()
	return done
}
