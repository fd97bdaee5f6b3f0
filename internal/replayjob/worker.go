package replayjob

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// Searcher finds messages, a bounded piece at a time.
type Searcher interface {
	Search(ctx context.Context, f listing.Filter, position string, entries int) (listing.Found, error)
}

// Replayer replays one message. Errors: message.ErrNotFound, message.ErrNotAllowed, message.ErrConflict.
type Replayer interface {
	Replay(ctx context.Context, id string, seen int, by string) (message.Record, error)
}

// Worker works on jobs.
type Worker struct {
	Jobs     Jobs
	Messages Searcher
	Replayer Replayer
	// Next calls the worker that goes on where this one's time ends.
	Next     Caller
	Settings settings.Jobs
	Now      func() time.Time
}

const (
	// pageEntries is how many index entries a page looks at.
	pageEntries = 100
	// spare is how much of the Lambda's time is left alone: a page, and what follows it.
	spare = 20 * time.Second
)

// errLost: another worker has the job now, or it is over; there is nothing more to do here.
var errLost = errors.New("the replay job is no longer this worker's")

// Work works on a job until it is over or the context's deadline comes near; then it calls the next worker. A job that
// is over, or in another worker's hands, is left alone. After an error Work can be called again.
func (w *Worker) Work(ctx context.Context, id string) error {
	ctx = telemetry.With(ctx, telemetry.Log(ctx).With(zap.String("job_id", id)))
	owner := uuid.NewString()
	job, err := w.take(ctx, id, owner)
	for err == nil && job.State == StateRunning {
		if w.outOfTime(ctx) {
			return w.handOver(ctx, job)
		}
		job, err = w.page(ctx, job)
	}
	switch {
	case errors.Is(err, errLost), errors.Is(err, ErrNotFound):
		telemetry.Log(ctx).Info("nothing to do", zap.Error(err))
		return nil
	case err != nil:
		return w.fault(ctx, id, owner, err)
	}
	telemetry.Log(ctx).Info("replay job is over", zap.String("state", string(job.State)),
		zap.Int("matched", job.Matched), zap.Int("replayed", job.Replayed), zap.Int("skipped", job.Skipped))
	return nil
}

// take takes the job's lease.
func (w *Worker) take(ctx context.Context, id, owner string) (Job, error) {
	return change(ctx, w.Jobs, id, func(job Job) (Job, error) {
		now := message.Moment(w.Now())
		if job.State != StateRunning || (job.LeaseOwner != "" && now.Before(job.LeaseUntil)) {
			return job, errLost
		}
		job.LeaseOwner, job.LeaseUntil = owner, now.Add(w.Settings.Lease)
		return job, nil
	})
}

// page replays one page and notes how far the job has come. A job that was cancelled meanwhile gets the counts of the
// page too, for they are true.
func (w *Worker) page(ctx context.Context, job Job) (Job, error) {
	found, err := w.Messages.Search(ctx, job.older(), job.Position, pageEntries)
	if err != nil {
		return job, fmt.Errorf("find what to replay: %w", err)
	}
	done, err := w.replayAll(ctx, job, found.Records)
	if err != nil {
		return job, err
	}
	return w.own(ctx, job, func(job Job) Job {
		job.Matched += len(found.Records)
		job.Replayed += done.replayed
		job.Skipped += done.skipped
		job.Position, job.Faults = found.Next, 0
		job.UpdatedAt = message.Moment(w.Now())
		job.LeaseUntil = job.UpdatedAt.Add(w.Settings.Lease)
		if job.State == StateRunning {
			job.Detail = ""
			if found.Next == "" {
				job.State = StateDone
			}
		}
		return job
	})
}

// own changes the job, on condition that it is still its reader's: errLost where another worker took it.
func (w *Worker) own(ctx context.Context, mine Job, to func(Job) Job) (Job, error) {
	return change(ctx, w.Jobs, mine.ID, func(job Job) (Job, error) {
		if job.LeaseOwner != mine.LeaseOwner {
			return job, errLost
		}
		return to(job), nil
	})
}

// older is the job's filter, for messages that were there when the job was made.
func (j Job) older() listing.Filter {
	f := j.Filter
	if f.Before.IsZero() || f.Before.After(j.CreatedAt) {
		f.Before = j.CreatedAt
	}
	return f
}

func (w *Worker) outOfTime(ctx context.Context) bool {
	deadline, bounded := ctx.Deadline()
	return bounded && time.Until(deadline) < spare
}

// handOver gives the lease back and calls the next worker.
func (w *Worker) handOver(ctx context.Context, job Job) error {
	if _, err := w.own(ctx, job, Job.released); err != nil {
		if errors.Is(err, errLost) {
			return nil
		}
		return err
	}
	if err := w.Next.Call(ctx, job.ID); err != nil {
		return fmt.Errorf("call the next worker: %w", err)
	}
	telemetry.Log(ctx).Info("time is over; the next worker goes on")
	return nil
}

func (j Job) released() Job {
	j.LeaseOwner, j.LeaseUntil = "", time.Time{}
	return j
}

// fault notes that the job could not go on, gives the lease back, and returns the fault, so that the call is repeated.
// After some faults in a row the job has failed, and nothing is repeated.
func (w *Worker) fault(ctx context.Context, id, owner string, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), faultTime) // the time may be what ran out
	defer cancel()
	job, err := w.own(ctx, Job{ID: id, LeaseOwner: owner}, func(job Job) Job {
		job = job.released()
		if job.Faults++; job.State != StateRunning {
			return job
		}
		job.Detail = "the records could not be read or written; the job goes on when it is looked at again"
		if job.Faults >= mostFaults {
			job.State = StateFailed
			job.Detail = fmt.Sprintf("given up after %d faults in a row; the log of the worker tells more", job.Faults)
		}
		return job
	})
	switch {
	case errors.Is(err, errLost):
		return why
	case err != nil, job.State == StateRunning:
		return errors.Join(why, err)
	}
	telemetry.Log(ctx).Error("replay job ended with a fault", zap.Error(why), zap.String("state", string(job.State)))
	return nil
}

// faultTime bounds the write of fault.
const faultTime = 5 * time.Second
