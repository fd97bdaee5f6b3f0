package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/schedule"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

type published []message.Ticket

func (p *published) Publish(_ context.Context, _ message.Record, t message.Ticket) error {
	*p = append(*p, t)
	return nil
}

func noon() time.Time { return time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC) }

// event is what EventBridge Scheduler sends of an entry for a time.
func event(t *testing.T, at string, change func(*schedule.Entry)) schedule.FiredEvent {
	t.Helper()
	e := schedule.Entry{
		ID: "0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11", Name: "Nightly", Expression: "cron(0 12 * * ? *)",
		Type: "notification", Payload: `{"message":"done?"}`, CreatedBy: "user:alice", CreatedAt: noon(),
	}
	if change != nil {
		change(&e)
	}
	input, err := e.Input()
	require.NoError(t, err)
	var fired schedule.FiredEvent
	require.NoError(t, json.Unmarshal([]byte(strings.ReplaceAll(input, "<aws.scheduler.scheduled-time>", at)), &fired))
	return fired
}

func handle(t *testing.T, records *memory.Messages, now time.Time, fired schedule.FiredEvent) (accepted, error) {
	t.Helper()
	return handler(&intake.Intake{
		Records: records, Publisher: &published{}, Times: message.TimesOf(settings.Default()), Stage: "dev",
		Now: func() time.Time { return now },
	})(t.Context(), fired)
}

func TestAScheduleThatFiresMakesItsMessage(t *testing.T) {
	t.Parallel()
	records := memory.NewMessages()
	out, err := handle(t, records, noon(), event(t, "2027-03-01T12:00:00Z", nil))
	require.NoError(t, err)
	require.Equal(t, "created", out.Status)
	rec, err := records.Load(t.Context(), out.MessageID)
	require.NoError(t, err)
	require.Equal(t, "notification", rec.Type)
	require.JSONEq(t, `{"message":"done?"}`, rec.Payload)
	require.Equal(t, "schedule:0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11", rec.CreatedBy)
	require.Equal(t, "dev", rec.Stage)
}

func TestAnEventThatComesTwiceOrLateMakesOneMessageAndAnotherTimeAnother(t *testing.T) {
	t.Parallel()
	records := memory.NewMessages()
	first, err := handle(t, records, noon(), event(t, "2027-03-01T12:00:00Z", nil))
	require.NoError(t, err)
	again, err := handle(t, records, noon().Add(time.Second), event(t, "2027-03-01T12:00:00Z", nil))
	require.NoError(t, err)
	require.Equal(t, first.MessageID, again.MessageID)
	next, err := handle(t, records, noon(), event(t, "2027-03-01T12:01:00Z", nil))
	require.NoError(t, err)
	require.NotEqual(t, first.MessageID, next.MessageID)

	late, err := handle(t, memory.NewMessages(), noon().Add(20*time.Hour), event(t, "2027-03-01T12:00:00Z", nil))
	require.NoError(t, err)
	require.Equal(t, first.MessageID, late.MessageID, "a day late it is the same message, and still made")
	require.Equal(t, "created", late.Status)
}

func TestAnEventThatComesAgainAfterItsScheduleWasChangedIsTheMessageThatWasMade(t *testing.T) {
	t.Parallel()
	records := memory.NewMessages()
	first, err := handle(t, records, noon(), event(t, "2027-03-01T12:00:00Z", nil))
	require.NoError(t, err)
	again, err := handle(t, records, noon(), event(t, "2027-03-01T12:00:00Z", func(e *schedule.Entry) { e.Payload = `{"message":"new"}` }))
	require.NoError(t, err)
	require.Equal(t, first.MessageID, again.MessageID)
}

func TestAnEventThatCanMakeNoMessageIsAnError(t *testing.T) {
	t.Parallel()
	const punctual = "2027-03-01T12:00:00Z"
	for name, c := range map[string]struct {
		at, says string
		change   func(*schedule.Entry)
	}{
		"its time was not filled in": {"<aws.scheduler.scheduled-time>", "RFC 3339", nil},
		"its payload is not valid":   {punctual, "priority", func(e *schedule.Entry) { e.Payload = `{"message":"x","priority":9}` }},
		"its type is gone":           {punctual, "telegram", func(e *schedule.Entry) { e.Type = "telegram" }},
		"it names no schedule":       {punctual, "schedule_id", func(e *schedule.Entry) { e.ID = "" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			records := memory.NewMessages()
			_, err := handle(t, records, noon(), event(t, c.at, c.change))
			require.ErrorContains(t, err, c.says)
		})
	}
}
