package schedule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/rezagent/rez_agent/internal/intake"
)

// scheduledTime is what EventBridge Scheduler replaces by the time for which it fires.
const scheduledTime = "<aws.scheduler.scheduled-time>"

// FiredEvent is what a schedule hands to its function each time it fires. It also keeps whatever AWS itself does not
// know of the entry, so that EventBridge Scheduler is the one place that holds a schedule, and no table can differ.
type FiredEvent struct {
	ScheduleID string `json:"schedule_id"`
	// ScheduledTime is RFC 3339: the time for which it fires, not the later one at which it arrives.
	ScheduledTime string          `json:"scheduled_time"`
	Type          string          `json:"message_type"`
	Payload       json.RawMessage `json:"payload"`
	Entry         Origin          `json:"entry"`
}

// Origin is what people know of a schedule.
type Origin struct {
	Name      string    `json:"name"`
	CreatedBy string    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
	ChangedBy string    `json:"changed_by,omitempty"`
	ChangedAt time.Time `json:"changed_at,omitzero"`
}

// Input is the FiredEvent that an entry's schedule is to send, its time still a placeholder.
func (e Entry) Input() (string, error) {
	input, err := json.Marshal(FiredEvent{
		ScheduleID: e.ID, ScheduledTime: scheduledTime, Type: e.Type, Payload: json.RawMessage(e.Payload),
		Entry: Origin{
			Name: e.Name, CreatedBy: e.CreatedBy, CreatedAt: e.CreatedAt.UTC(),
			ChangedBy: e.ChangedBy, ChangedAt: e.ChangedAt.UTC(),
		},
	})
	if err != nil {
		return "", fmt.Errorf("write the event of schedule %s: %w", e.ID, err)
	}
	// JSON writes < and > as escapes, in which AWS does not see its placeholder. Only ours, the first, is written out:
	// one in a user's text stays that text.
	escaped, err := json.Marshal(scheduledTime)
	if err != nil {
		return "", fmt.Errorf("write the placeholder: %w", err)
	}
	return string(bytes.Replace(input, escaped, []byte(`"`+scheduledTime+`"`), 1)), nil
}

// Restore gives the entry whose Input this is, without what AWS keeps itself: expression, zone and whether it rests.
func Restore(input string) (Entry, error) {
	var event FiredEvent
	if err := json.Unmarshal([]byte(input), &event); err != nil {
		return Entry{}, fmt.Errorf("read a schedule's event: it is no JSON of ours")
	}
	if err := uuid.Validate(event.ScheduleID); err != nil || event.Type == "" {
		return Entry{}, fmt.Errorf("read a schedule's event: it names no schedule or no message type")
	}
	return Entry{
		ID: event.ScheduleID, Name: event.Entry.Name, Type: event.Type, Payload: string(event.Payload),
		CreatedBy: event.Entry.CreatedBy, CreatedAt: event.Entry.CreatedAt,
		ChangedBy: event.Entry.ChangedBy, ChangedAt: event.Entry.ChangedAt,
	}, nil
}

// Request is the message that the event asks for. Its id comes from the schedule and the scheduled time: an event that
// is delivered twice makes one message, and one that is late makes the same as if it had been punctual. Errors: a
// *FieldError of "schedule_id" or "scheduled_time".
func (f FiredEvent) Request() (intake.Request, error) {
	if err := uuid.Validate(f.ScheduleID); err != nil {
		return intake.Request{}, &FieldError{Field: "schedule_id", Problem: fmt.Sprintf("is %.60q", f.ScheduleID), Allowed: "a UUID"}
	}
	at, err := time.Parse(time.RFC3339, f.ScheduledTime)
	if err != nil {
		return intake.Request{}, &FieldError{
			Field: "scheduled_time", Problem: fmt.Sprintf("is %.60q", f.ScheduledTime),
			Allowed: "an RFC 3339 time, which EventBridge Scheduler puts in the place of " + scheduledTime,
		}
	}
	id, err := intake.ScheduledID(f.ScheduleID, at)
	if err != nil {
		return intake.Request{}, fmt.Errorf("schedule %s: %w", f.ScheduleID, err)
	}
	return intake.Request{ID: id, Type: f.Type, Payload: string(f.Payload), CreatedBy: "schedule:" + f.ScheduleID}, nil
}
