package api

import (
	"context"
	"errors"
	"fmt"

	"github.com/rezagent/rez_agent/internal/deadletter"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/wire"
)

// Letters are what the dead-letter queue holds.
type Letters interface {
	Look(ctx context.Context) (deadletter.View, error)
	// Redrive: message.ErrNotFound, deadletter.ErrNotRedrivable.
	Redrive(ctx context.Context, messageID, by string) error
	// RedriveAll: deadletter.ErrMoving.
	RedriveAll(ctx context.Context, by string) (items int, task string, err error)
}

type listDeadLettersInput struct {
	Limit int `query:"limit" doc:"How many items of the queue at most" minimum:"1" maximum:"100" default:"100" example:"100"`
}

type deadLettersOutput struct {
	Body wire.DeadLetters
}

func (s *Service) listDeadLetters(ctx context.Context, in *listDeadLettersInput) (*deadLettersOutput, error) {
	view, err := s.Letters.Look(ctx)
	if err != nil {
		return nil, fmt.Errorf("look at the dead letters: %w", err)
	}
	out := wire.DeadLetters{Depth: view.Depth, Sample: make([]wire.DeadLetter, 0, len(view.Sample)), Records: summaries(view.Failed)}
	for _, item := range view.Sample[:min(len(view.Sample), in.Limit)] {
		out.Sample = append(out.Sample, wire.DeadLetter{
			ItemID: item.ItemID, MessageID: item.MessageID, Status: string(item.Status), Reason: item.Reason, Detail: item.Detail,
			SentAt: item.SentAt.UTC(), Receives: item.Receives, Redrivable: item.Redrivable,
		})
	}
	return &deadLettersOutput{Body: out}, nil
}

type redriveInput struct {
	Body wire.Redrive
}

type redrivenOutput struct {
	Body wire.Redriven
}

func (s *Service) redrive(ctx context.Context, in *redriveInput) (*redrivenOutput, error) {
	if in.Body.All == (in.Body.MessageID != "") {
		return nil, invalid("message_id", "and all are given both, or neither", "one of the two")
	}
	if in.Body.All {
		items, task, err := s.Letters.RedriveAll(ctx, by(ctx))
		if errors.Is(err, deadletter.ErrMoving) {
			return nil, problem(CodeChanged, "the queue is being redriven already; look again in a moment")
		}
		if err != nil {
			return nil, fmt.Errorf("redrive the whole queue: %w", err)
		}
		audit(ctx, "redrive", "all")
		return &redrivenOutput{Body: wire.Redriven{Items: items, TaskID: task}}, nil
	}
	err := s.Letters.Redrive(ctx, in.Body.MessageID, by(ctx))
	switch {
	case errors.Is(err, message.ErrNotFound):
		return nil, noMessage(in.Body.MessageID)
	case errors.Is(err, deadletter.ErrNotRedrivable):
		return nil, problem(CodeNotRedrivable, err.Error())
	case err != nil:
		return nil, fmt.Errorf("redrive message %s: %w", in.Body.MessageID, err)
	}
	audit(ctx, "redrive", in.Body.MessageID)
	return &redrivenOutput{Body: wire.Redriven{Items: 1}}, nil
}
