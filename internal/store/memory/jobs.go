package memory

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/replayjob"
)

// Jobs keeps replay jobs by id. Safe for concurrent use; make it with NewJobs.
type Jobs struct {
	mu   sync.Mutex
	jobs map[string]replayjob.Job
}

var _ replayjob.Jobs = (*Jobs)(nil)

// NewJobs gives an empty store.
func NewJobs() *Jobs { return &Jobs{jobs: make(map[string]replayjob.Job)} }

// Create is store.Jobs' Create.
func (j *Jobs) Create(ctx context.Context, next replayjob.Job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	next = jobAsStored(next)
	if stored, taken := j.jobs[next.ID]; taken && stored != next {
		return fmt.Errorf("create replay job %s: %w", next.ID, replayjob.ErrConflict)
	}
	j.jobs[next.ID] = next
	return nil
}

// Save is store.Jobs' Save.
func (j *Jobs) Save(ctx context.Context, next replayjob.Job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	next = jobAsStored(next)
	stored, there := j.jobs[next.ID]
	if stored == next {
		return nil
	}
	if !there || stored.Version != next.Version-1 {
		return fmt.Errorf("save replay job %s: %w", next.ID, replayjob.ErrConflict)
	}
	j.jobs[next.ID] = next
	return nil
}

// Load is store.Jobs' Load.
func (j *Jobs) Load(ctx context.Context, id string) (replayjob.Job, error) {
	if err := ctx.Err(); err != nil {
		return replayjob.Job{}, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	stored, there := j.jobs[id]
	if !there {
		return replayjob.Job{}, fmt.Errorf("load replay job %s: %w", id, replayjob.ErrNotFound)
	}
	return stored, nil
}

// jobAsStored is the job as precise as the table keeps it.
func jobAsStored(job replayjob.Job) replayjob.Job {
	for _, t := range []*time.Time{&job.CreatedAt, &job.UpdatedAt, &job.LeaseUntil, &job.InvokedAt} {
		*t = message.Moment(*t)
	}
	job.ExpiresAt = job.ExpiresAt.UTC().Truncate(time.Second)
	job.Filter.After, job.Filter.Before = job.Filter.After.UTC(), job.Filter.Before.UTC()
	return job
}
