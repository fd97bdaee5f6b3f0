package replayjob

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// Counter counts the messages that a filter chooses.
type Counter interface {
	Count(ctx context.Context, f listing.Filter, atMost int) (n int, more bool, err error)
	// CountByIndex counts where that costs little; known tells whether it did.
	CountByIndex(ctx context.Context, f listing.Filter, atMost int) (n int, known bool, err error)
}

// Service is what people and programs do with jobs.
type Service struct {
	Jobs     Jobs
	Messages Counter
	Worker   Caller
	Settings settings.Jobs
	Now      func() time.Time
}

// MostCounted is where Count stops.
const MostCounted = 10_000

// Count says how many messages a job would replay: "128", or "10000+" where there are more, or "128+" where counting on
// would take too long. Errors: *FilterError.
func (s *Service) Count(ctx context.Context, f listing.Filter) (string, error) {
	if err := checkFilter(f); err != nil {
		return "", err
	}
	n, more, err := s.Messages.Count(ctx, f, MostCounted)
	if err != nil {
		return "", fmt.Errorf("count what would be replayed: %w", err)
	}
	if more {
		return strconv.Itoa(n) + "+", nil
	}
	return strconv.Itoa(n), nil
}

// Start makes a job and calls a worker. A call that fails does not fail the job: whoever looks at it calls again.
// Errors: *FilterError.
func (s *Service) Start(ctx context.Context, f listing.Filter, by string) (Job, error) {
	if err := checkFilter(f); err != nil {
		return Job{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Job{}, fmt.Errorf("make a job id: %w", err)
	}
	now := message.Moment(s.Now())
	job := Job{
		ID: id.String(), State: StateRunning, Filter: f, CreatedBy: by, CreatedAt: now, UpdatedAt: now,
		ExpiresAt: now.Add(keptFor).Truncate(time.Second), Version: 1,
	}
	job.Total = s.total(ctx, job)
	if err := s.Jobs.Create(ctx, job); err != nil {
		return Job{}, fmt.Errorf("write replay job: %w", err)
	}
	s.call(ctx, job)
	return job, nil
}

// total is how many messages the job will find, where counting them costs little: they are for a progress bar. A job
// whose messages cannot be counted is made all the same.
func (s *Service) total(ctx context.Context, job Job) int {
	n, known, err := s.Messages.CountByIndex(ctx, job.older(), MostCounted)
	if err != nil {
		telemetry.Log(ctx).Warn("what a job will replay could not be counted", zap.String("job_id", job.ID), zap.Error(err))
	}
	if err != nil || !known {
		return 0
	}
	return n
}

func (s *Service) call(ctx context.Context, job Job) {
	if err := s.Worker.Call(ctx, job.ID); err != nil {
		telemetry.Log(ctx).Warn("no worker could be called; the next look at the job calls again",
			zap.String("job_id", job.ID), zap.Error(err))
	}
}

// Get gives a job, and calls a worker where a running one stands still. Errors: ErrNotFound.
func (s *Service) Get(ctx context.Context, id string) (Job, error) {
	job, err := s.Jobs.Load(ctx, id)
	if err != nil {
		return Job{}, fmt.Errorf("read replay job: %w", err)
	}
	now := message.Moment(s.Now())
	if !job.standsStill(now, s.Settings.Stalled) {
		return job, nil
	}
	next := job
	next.InvokedAt = now // of many who look at the same time, one calls
	next.Version++
	err = s.Jobs.Save(ctx, next)
	if errors.Is(err, ErrConflict) {
		return job, nil
	}
	if err != nil {
		return Job{}, fmt.Errorf("write replay job: %w", err)
	}
	s.call(ctx, next)
	return next, nil
}

// Cancel ends a running job; its worker stops after the page at hand. Cancelling a cancelled one changes nothing.
// Errors: ErrNotFound; ErrFinal for one that is done or failed.
func (s *Service) Cancel(ctx context.Context, id, by string) (Job, error) {
	return change(ctx, s.Jobs, id, func(job Job) (Job, error) {
		switch job.State {
		case StateRunning:
			job.State, job.Detail = StateCancelled, "cancelled by "+by
			job.UpdatedAt = message.Moment(s.Now())
			return job, nil
		case StateCancelled:
			return job, nil
		case StateDone, StateFailed:
		}
		return job, fmt.Errorf("cancel replay job %s, which is %s: %w", id, job.State, ErrFinal)
	})
}
