package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/schedule"
	"github.com/rezagent/rez_agent/internal/wire"
)

// Schedules keeps the schedules of users.
type Schedules interface {
	Create(ctx context.Context, e schedule.Entry) error
	// Get, Change and Delete: schedule.ErrNotFound.
	Get(ctx context.Context, id string) (schedule.Entry, error)
	Change(ctx context.Context, e schedule.Entry) error
	Delete(ctx context.Context, id string) error
	// List: schedule.ErrCursor.
	List(ctx context.Context, cursor string, limit int) (entries []schedule.Entry, next string, err error)
}

// nextRuns is how many are computed for each schedule.
const nextRuns = 5

type scheduleInput struct {
	Body wire.SetSchedule
}

type changeScheduleInput struct {
	IDInput

	Body wire.SetSchedule
}

type scheduleOutput struct {
	Location string `header:"Location" doc:"The schedule in the API"`
	Body     wire.Schedule
}

type listSchedulesInput struct {
	Cursor string `query:"cursor" doc:"The cursor that the page before gave" minLength:"1" maxLength:"2048" example:"eyJwIjoi"`
	Limit  int    `query:"limit" doc:"How many schedules at most" minimum:"1" maximum:"50" default:"20" example:"20"`
}

type schedulePageOutput struct {
	Body wire.SchedulePage
}

func (s *Service) createSchedule(ctx context.Context, in *scheduleInput) (*scheduleOutput, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make a schedule's id: %w", err)
	}
	if fault := refuseNull(in.Body.Payload); fault != nil {
		return nil, fault
	}
	if fault := s.lacksChannelOf(in.Body.MessageType); fault != nil {
		return nil, fault
	}
	e := entryOf(id.String(), in.Body)
	e.CreatedBy, e.CreatedAt = by(ctx), s.Now().UTC()
	if err := e.Check(s.Now()); err != nil {
		return nil, scheduleFault("check", e.ID, err)
	}
	if err := s.Schedules.Create(ctx, e); err != nil {
		return nil, scheduleFault("make", e.ID, err)
	}
	audit(ctx, "create-schedule", e.ID, zap.String("expression", e.Expression))
	return s.answeredSchedule(e)
}

func entryOf(id string, in wire.SetSchedule) schedule.Entry {
	return schedule.Entry{
		ID: id, Name: in.Name, Expression: in.Expression, Timezone: in.Timezone, Type: in.MessageType, Payload: string(in.Payload),
		Paused: in.Paused,
	}
}

// scheduleFault turns a schedule's own words into a problem.
func scheduleFault(doing, id string, err error) error {
	faults := schedule.Faults(err)
	switch {
	case len(faults) > 0:
		fields := make([]wire.ProblemField, 0, len(faults))
		for _, fault := range faults {
			fields = append(fields, wire.ProblemField{Field: fault.Field, Problem: fault.Problem, Allowed: fault.Allowed})
		}
		return problem(CodeInvalidField, withFields("", fields), fields...)
	case errors.Is(err, schedule.ErrNotFound):
		return problem(CodeNotFound, "there is no schedule "+id)
	case errors.Is(err, schedule.ErrCursor):
		return problem(CodeInvalidCursor, "")
	case errors.Is(err, schedule.ErrConflict):
		return problem(CodeChanged, "")
	case errors.Is(err, schedule.ErrTooMany):
		return problem(CodeTooMany, "")
	case errors.Is(err, schedule.ErrThrottled):
		return problem(CodeUnavailable, "EventBridge Scheduler takes no more requests just now")
	default:
		return fmt.Errorf("%s schedule %s: %w", doing, id, err)
	}
}

type previewScheduleInput struct {
	Body wire.PreviewSchedule
}

type schedulePreviewOutput struct {
	Body wire.SchedulePreview
}

// previewSchedule reads an expression as createSchedule does, and makes nothing.
func (s *Service) previewSchedule(_ context.Context, in *previewScheduleInput) (*schedulePreviewOutput, error) {
	now := s.Now().UTC()
	e := schedule.Entry{Expression: in.Body.Expression, Timezone: in.Body.Timezone, CreatedAt: now}
	parsed, err := e.Ahead(now)
	if err != nil {
		return nil, scheduleFault("preview", "", err)
	}
	return &schedulePreviewOutput{Body: wire.SchedulePreview{
		Expression: e.Expression, Timezone: parsed.Timezone(), Sentence: parsed.Sentence(), NextRuns: parsed.Next(now, nextRuns),
		Warnings: parsed.Notes(now),
	}}, nil
}

func (s *Service) getSchedule(ctx context.Context, in *IDInput) (*scheduleOutput, error) {
	e, err := s.Schedules.Get(ctx, in.ID)
	if err != nil {
		return nil, scheduleFault("show", in.ID, err)
	}
	return s.answeredSchedule(e)
}

func (s *Service) listSchedules(ctx context.Context, in *listSchedulesInput) (*schedulePageOutput, error) {
	entries, next, err := s.Schedules.List(ctx, in.Cursor, in.Limit)
	if err != nil {
		return nil, scheduleFault("list", "", err)
	}
	out := wire.SchedulePage{Items: make([]wire.Schedule, 0, len(entries)), Next: next}
	for _, e := range entries {
		out.Items = append(out.Items, s.scheduleOf(e))
	}
	return &schedulePageOutput{Body: out}, nil
}

func (s *Service) changeSchedule(ctx context.Context, in *changeScheduleInput) (*scheduleOutput, error) {
	if fault := refuseNull(in.Body.Payload); fault != nil {
		return nil, fault
	}
	if fault := s.lacksChannelOf(in.Body.MessageType); fault != nil {
		return nil, fault
	}
	e := entryOf(in.ID, in.Body)
	if err := e.Check(s.Now()); err != nil {
		return nil, scheduleFault("check", e.ID, err)
	}
	return s.change(ctx, in.ID, "change-schedule", func(old schedule.Entry) (schedule.Entry, error) {
		e.CreatedBy, e.CreatedAt = old.CreatedBy, old.CreatedAt
		return e, nil
	})
}

// pauseSchedule checks nothing: what is past can rest, too.
func (s *Service) pauseSchedule(ctx context.Context, in *IDInput) (*scheduleOutput, error) {
	return s.change(ctx, in.ID, "pause-schedule", func(e schedule.Entry) (schedule.Entry, error) {
		e.Paused = true
		return e, nil
	})
}

func (s *Service) resumeSchedule(ctx context.Context, in *IDInput) (*scheduleOutput, error) {
	return s.change(ctx, in.ID, "resume-schedule", func(e schedule.Entry) (schedule.Entry, error) {
		e.Paused = false
		return e, e.Check(s.Now())
	})
}

func (s *Service) change(
	ctx context.Context, id, act string, changed func(schedule.Entry) (schedule.Entry, error),
) (*scheduleOutput, error) {
	old, err := s.Schedules.Get(ctx, id)
	if err != nil {
		return nil, scheduleFault("read", id, err)
	}
	e, err := changed(old)
	if err != nil {
		return nil, scheduleFault("check", id, err)
	}
	e.ChangedBy, e.ChangedAt = by(ctx), s.Now().UTC()
	if err := s.Schedules.Change(ctx, e); err != nil {
		return nil, scheduleFault("change", id, err)
	}
	audit(ctx, act, id)
	return s.answeredSchedule(e)
}

func (s *Service) deleteSchedule(ctx context.Context, in *IDInput) (*struct{}, error) {
	if err := s.Schedules.Delete(ctx, in.ID); err != nil {
		return nil, scheduleFault("delete", in.ID, err)
	}
	audit(ctx, "delete-schedule", in.ID)
	return &struct{}{}, nil
}

// runSchedule makes the schedule's message now, beside its own times.
func (s *Service) runSchedule(ctx context.Context, in *IDInput) (*acceptedOutput, error) {
	e, err := s.Schedules.Get(ctx, in.ID)
	if err != nil {
		return nil, scheduleFault("read", in.ID, err)
	}
	rec, err := s.Intake.Accept(ctx, e.RunNow(by(ctx)))
	if errors.Is(err, intake.ErrInvalid) {
		return nil, problem(CodeInvalidField, err.Error())
	}
	if err != nil {
		return nil, fmt.Errorf("run schedule %s: %w", in.ID, err)
	}
	audit(ctx, "run-schedule", in.ID, zap.String("message_id", rec.ID))
	return &acceptedOutput{Location: self(rec.ID), Body: accepted(rec)}, nil
}

func (s *Service) answeredSchedule(e schedule.Entry) (*scheduleOutput, error) {
	return &scheduleOutput{Location: "/api/schedules/" + e.ID, Body: s.scheduleOf(e)}, nil
}

func (s *Service) scheduleOf(e schedule.Entry) wire.Schedule {
	out := wire.Schedule{
		ID: e.ID, Name: e.Name, Expression: e.Expression, Timezone: e.Timezone, NextRuns: []time.Time{}, MessageType: e.Type,
		Payload: json.RawMessage(e.Payload), Paused: e.Paused, CreatedBy: e.CreatedBy, CreatedAt: e.CreatedAt.UTC(),
		ChangedBy: e.ChangedBy, ChangedAt: moment(e.ChangedAt),
	}
	out.Timezone = cmp.Or(out.Timezone, "UTC")
	parsed, err := e.Schedule()
	if err != nil { // somebody made it by hand, in words that only EventBridge understands
		out.Sentence = "cannot be read: " + err.Error()
		return out
	}
	out.Sentence = parsed.Sentence()
	if !e.Paused {
		for _, run := range parsed.Next(s.Now(), nextRuns) {
			out.NextRuns = append(out.NextRuns, run.UTC())
		}
	}
	return out
}
