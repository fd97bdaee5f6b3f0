package api

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/replayjob"
	"github.com/rezagent/rez_agent/internal/wire"
)

// Replays are the replays by filter.
type Replays interface {
	// Count says how many messages match: a number, with a plus where there are more.
	Count(ctx context.Context, f listing.Filter) (string, error)
	Start(ctx context.Context, f listing.Filter, by string) (replayjob.Job, error)
	// Get and Cancel: replayjob.ErrNotFound; Cancel also replayjob.ErrFinal.
	Get(ctx context.Context, id string) (replayjob.Job, error)
	Cancel(ctx context.Context, id, by string) (replayjob.Job, error)
}

type createReplayInput struct {
	Body wire.CreateReplay
}

type replayJobOutput struct {
	Status int
	Body   wire.ReplayJob
}

func (s *Service) createReplay(ctx context.Context, in *createReplayInput) (*replayJobOutput, error) {
	f := filterOf(in.Body.Filter)
	switch f.Status {
	case message.StatusCompleted, message.StatusFailed, message.StatusDeferred:
	default:
		return nil, invalid("filter.status", fmt.Sprintf("is %q", f.Status), "completed, failed or deferred: only these can be replayed")
	}
	if in.Body.DryRun {
		count, err := s.Replays.Count(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("count what would be replayed: %w", err)
		}
		now := s.Now().UTC()
		return &replayJobOutput{Status: 200, Body: wire.ReplayJob{
			State: "counted", Filter: in.Body.Filter, Count: count, CreatedBy: by(ctx), CreatedAt: now, UpdatedAt: now,
		}}, nil
	}
	job, err := s.Replays.Start(ctx, f, by(ctx))
	if err != nil {
		return nil, fmt.Errorf("start a replay: %w", err)
	}
	audit(ctx, "replay-by-filter", job.ID, zap.String("status", in.Body.Filter.Status))
	return &replayJobOutput{Status: 202, Body: jobOf(job)}, nil
}

func (s *Service) getReplay(ctx context.Context, in *IDInput) (*replayJobOutput, error) {
	job, err := s.Replays.Get(ctx, in.ID)
	return answeredJob(job, err, in.ID)
}

func (s *Service) cancelReplay(ctx context.Context, in *IDInput) (*replayJobOutput, error) {
	job, err := s.Replays.Cancel(ctx, in.ID, by(ctx))
	if err == nil {
		audit(ctx, "cancel-replay", in.ID)
	}
	return answeredJob(job, err, in.ID)
}

func answeredJob(job replayjob.Job, err error, id string) (*replayJobOutput, error) {
	if errors.Is(err, replayjob.ErrNotFound) {
		return nil, problem(CodeNotFound, "there is no replay "+id)
	}
	if errors.Is(err, replayjob.ErrFinal) {
		return nil, problem(CodeWrongStatus, "the replay has ended: it is "+string(job.State))
	}
	if errors.Is(err, replayjob.ErrConflict) {
		return nil, problem(CodeChanged, "")
	}
	if err != nil {
		return nil, fmt.Errorf("replay %s: %w", id, err)
	}
	return &replayJobOutput{Status: 200, Body: jobOf(job)}, nil
}

func filterOf(f wire.MessageFilter) listing.Filter {
	out := listing.Filter{Status: message.Status(f.Status), Stage: f.Stage, Type: f.MessageType, CreatedBy: f.CreatedBy}
	if f.CreatedAfter != nil {
		out.After = *f.CreatedAfter
	}
	if f.CreatedBefore != nil {
		out.Before = *f.CreatedBefore
	}
	return out
}

func jobOf(job replayjob.Job) wire.ReplayJob {
	return wire.ReplayJob{
		ID: job.ID, State: string(job.State), Filter: wire.MessageFilter{
			Status: string(job.Filter.Status), Stage: job.Filter.Stage, MessageType: job.Filter.Type, CreatedBy: job.Filter.CreatedBy,
			CreatedAfter: moment(job.Filter.After), CreatedBefore: moment(job.Filter.Before),
		},
		Total: job.Total, Matched: job.Matched, Replayed: job.Replayed, Skipped: job.Skipped, CreatedBy: job.CreatedBy,
		CreatedAt: job.CreatedAt.UTC(), UpdatedAt: job.UpdatedAt.UTC(), Detail: job.Detail,
	}
}
