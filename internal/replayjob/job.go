// Package replayjob replays all messages that a filter chooses, as a job with progress: Service starts, shows and cancels
// it, Worker does the work, page by page. A worker that is killed anywhere leaves a job from which the next one goes on,
// and no message is replayed twice by one job.
package replayjob

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
)

// State is where a job stands.
type State string

// The states. All but running are final.
const (
	StateRunning   State = "running"
	StateDone      State = "done"
	StateCancelled State = "cancelled"
	// StateFailed: the job gave up after some faults in a row; Detail says so.
	StateFailed State = "failed"
)

// States lists the closed set.
func States() []State { return []State{StateRunning, StateDone, StateCancelled, StateFailed} }

// Job is the work on one filter.
type Job struct {
	// ID is a UUID.
	ID    string
	State State
	// Filter chooses the messages; of those only the ones that were accepted before CreatedAt are replayed.
	Filter listing.Filter
	// Position is how far the job has come in the list of messages; empty at its beginning.
	Position string
	// Total is how many messages matched when the job was made; 0 where only the work itself finds that out.
	Total int
	// Matched, Replayed and Skipped count messages. A worker that is killed loses the count of its last page.
	Matched, Replayed, Skipped int
	CreatedBy                  string
	// CreatedAt and UpdatedAt, when it last made progress, are UTC, whole milliseconds.
	CreatedAt, UpdatedAt time.Time
	// Detail says in a line why the job failed or waits, or who cancelled it.
	Detail string
	// LeaseOwner works on the job until LeaseUntil.
	LeaseOwner string
	LeaseUntil time.Time
	// InvokedAt is when a worker was last called because the job stood still.
	InvokedAt time.Time
	// Faults counts the faults since the last progress.
	Faults int
	// ExpiresAt is when the job's record may be deleted, in whole seconds.
	ExpiresAt time.Time
	// Version goes one up at each write: the condition of the next one.
	Version int
}

// ErrNotFound means: no job has this id; it never had, or its time to live took it.
var ErrNotFound = errors.New("no such replay job")

// ErrConflict means: somebody else wrote the job since it was read.
var ErrConflict = errors.New("replay job was changed by somebody else meanwhile")

// ErrFinal means: the job is over, so it cannot be cancelled.
var ErrFinal = errors.New("the replay job is over")

// FilterError is a filter that no job may have.
type FilterError struct {
	// Field is the filter's field, Problem what is wrong with it, Allowed what would be right.
	Field, Problem, Allowed string
}

// Error says it in one line.
func (e *FilterError) Error() string {
	return fmt.Sprintf("field %q %s, allowed: %s", e.Field, e.Problem, e.Allowed)
}

// Jobs keeps the jobs.
type Jobs interface {
	// Create writes a new job.
	Create(ctx context.Context, job Job) error
	// Load reads a job consistently. Errors: ErrNotFound.
	Load(ctx context.Context, id string) (Job, error)
	// Save writes a job over its version before. Errors: ErrConflict, also where the job is gone.
	Save(ctx context.Context, next Job) error
}

// Caller calls a worker, without waiting for what it does.
type Caller interface {
	Call(ctx context.Context, jobID string) error
}

// Event is what a worker is called with.
type Event struct {
	JobID string `json:"job_id"`
}

const (
	// keptFor is how long a job can be looked at.
	keptFor = 7 * 24 * time.Hour
	// mostFaults in a row end a job.
	mostFaults = 5
	// saveTries bounds the read-decide-write loop: few write one job, its workers and who cancels it.
	saveTries = 8
)

// checkFilter refuses what cannot be replayed.
func checkFilter(f listing.Filter) error {
	switch f.Status {
	case message.StatusFailed, message.StatusCompleted, message.StatusDeferred:
		return nil
	}
	problem := fmt.Sprintf("is %q", f.Status)
	if f.Status == "" {
		problem = "is missing"
	}
	return &FilterError{Field: "status", Problem: problem, Allowed: "failed, completed, deferred"}
}

// standsStill reports whether a running job made no progress for so long that its worker must be gone.
func (j Job) standsStill(now time.Time, stalled time.Duration) bool {
	since := j.UpdatedAt
	if j.InvokedAt.After(since) {
		since = j.InvokedAt
	}
	return j.State == StateRunning && now.Sub(since) > stalled
}

// change reads a job, lets decide say what becomes of it, and writes that; it decides again where somebody else was
// faster. It returns the job as it then stands.
func change(ctx context.Context, jobs Jobs, id string, decide func(Job) (Job, error)) (Job, error) {
	for range saveTries {
		job, err := jobs.Load(ctx, id)
		if err != nil {
			return Job{}, fmt.Errorf("read replay job: %w", err)
		}
		next, err := decide(job)
		if err != nil || next == job {
			return job, err
		}
		next.Version++
		err = jobs.Save(ctx, next)
		if err == nil {
			return next, nil
		}
		if !errors.Is(err, ErrConflict) {
			return job, fmt.Errorf("write replay job: %w", err)
		}
	}
	return Job{}, fmt.Errorf("write replay job %s, %d times in vain: %w", id, saveTries, ErrConflict)
}
