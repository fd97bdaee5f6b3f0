package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// accepted is the handler's answer, for the person who invokes it by hand.
type accepted struct {
	MessageID string `json:"message_id"`
	Status    string `json:"status"`
}

// handler makes one message of each event. The rule and the event's time are the message's identity, so an event that
// EventBridge delivers twice makes one message.
func handler(in *intake.Intake) func(context.Context, events.EventBridgeEvent) (accepted, error) {
	return func(ctx context.Context, event events.EventBridgeEvent) (accepted, error) {
		id, err := intake.ScheduledID(strings.Join(event.Resources, " "), event.Time)
		if err != nil {
			return accepted{}, fmt.Errorf("event %s: %w", event.ID, err)
		}
		ctx = telemetry.About(ctx, id, "")
		rec, err := in.Accept(ctx, intake.Request{
			ID: id, Type: messagetype.ScheduledHello.Name, Payload: "{}", CreatedBy: creator(event),
		})
		if err != nil {
			return accepted{}, err
		}
		telemetry.Log(ctx).Info("accepted", zap.String("message_type", rec.Type), zap.String("created_by", rec.CreatedBy))
		return accepted{MessageID: rec.ID, Status: string(rec.Status)}, nil
	}
}

// creator is the rule's name: the end of its ARN.
func creator(event events.EventBridgeEvent) string {
	arn := event.Resources[0]
	return "schedule:" + arn[strings.LastIndex(arn, "/")+1:]
}
