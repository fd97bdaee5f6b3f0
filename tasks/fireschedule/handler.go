package main

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/schedule"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// accepted is the handler's answer, for the person who invokes it by hand.
type accepted struct {
	MessageID string `json:"message_id"`
	Status    string `json:"status"`
}

// handler makes one message of each event, and of an event that comes twice the same. An event whose message can no
// longer be made, since its type takes other payloads now, fails: a failed invocation is counted and seen.
func handler(in *intake.Intake) func(context.Context, schedule.FiredEvent) (accepted, error) {
	return func(ctx context.Context, event schedule.FiredEvent) (accepted, error) {
		request, err := event.Request()
		if err != nil {
			return accepted{}, fmt.Errorf("a schedule's event: %w", err)
		}
		ctx = telemetry.About(ctx, request.ID, "")
		rec, err := in.Accept(ctx, request)
		if err != nil {
			return accepted{}, fmt.Errorf("schedule %s of %s: %w", event.ScheduleID, event.ScheduledTime, err)
		}
		telemetry.Log(ctx).Info("accepted", zap.String("message_type", rec.Type), zap.String("created_by", rec.CreatedBy),
			zap.String("scheduled_time", event.ScheduledTime))
		return accepted{MessageID: rec.ID, Status: string(rec.Status)}, nil
	}
}
