package replayjob

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

const (
	// parallel replays at once, each two requests long.
	parallel = 8
	// pace is the time from one replay to the next: 50 a second, so that the messages that arrive meanwhile still find
	// room in the queue and in the index that all of them write.
	pace = time.Second / 50
)

// tally is what became of a page.
type tally struct{ replayed, skipped int }

// replayAll replays a page's messages, some at a time and no faster than the pace. The first fault stops it: the page is
// not done then, and whoever does it again finds what was replayed already.
func (w *Worker) replayAll(ctx context.Context, job Job, records []message.Record) (tally, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	outcomes := make([]outcome, len(records))
	room := make(chan struct{}, parallel)
	for i, rec := range records {
		if !wait(ctx, room) {
			break
		}
		all.Go(func() {
			defer func() { <-room }()
			var err error
			if outcomes[i], err = w.replayOne(ctx, job, rec); err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return tally{}, fmt.Errorf("replay a page: %w", context.Cause(ctx))
	}
	return count(outcomes), nil
}

// wait waits for the pace and for room; false where the context ends before.
func wait(ctx context.Context, room chan struct{}) bool {
	timer := time.NewTimer(pace)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
	}
	select {
	case <-ctx.Done():
		return false
	case room <- struct{}{}:
		return true
	}
}

// outcome is what became of one message.
type outcome int

const (
	unknown outcome = iota
	replayed
	skipped
)

func count(outcomes []outcome) tally {
	var t tally
	for _, o := range outcomes {
		switch o {
		case replayed:
			t.replayed++
		case skipped:
			t.skipped++
		case unknown:
		}
	}
	return t
}

// replayOne replays a message as it was listed. One that changed since, or was replayed since the job was made, is
// skipped; if it was this job that replayed it, in a page whose worker died, it counts as replayed.
func (w *Worker) replayOne(ctx context.Context, job Job, rec message.Record) (outcome, error) {
	if act, done := job.replayedAlready(rec); done {
		if act.By == job.CreatedBy {
			return replayed, nil
		}
		return skipped, nil
	}
	_, err := w.Replayer.Replay(ctx, rec.ID, rec.Generation, job.CreatedBy)
	switch {
	case err == nil:
		return replayed, nil
	case errors.Is(err, message.ErrConflict), errors.Is(err, message.ErrNotAllowed), errors.Is(err, message.ErrNotFound):
		telemetry.Log(ctx).Info("message skipped", zap.String("message_id", rec.ID), zap.Error(err))
		return skipped, nil
	}
	return unknown, err
}

// replayedAlready finds the replay that came after the job was made. A completed message that was replayed completes
// again, and stands in the list where it stood: without this a page that is done twice would replay it twice.
func (j Job) replayedAlready(rec message.Record) (message.Act, bool) {
	for _, act := range rec.Acts {
		if act.What != message.ActRedriven && !act.At.Before(j.CreatedAt) {
			return act, true
		}
	}
	return message.Act{}, false
}
