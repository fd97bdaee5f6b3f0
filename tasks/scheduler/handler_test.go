package main

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

// sample is an event as EventBridge sends it for a rule with a schedule.
const sample = `{"version":"0","id":"53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa","detail-type":"Scheduled Event",
"source":"aws.events","account":"000000000000","time":"2027-03-01T12:00:00Z","region":"eu-central-1",
"resources":["arn:aws:events:eu-central-1:000000000000:rule/rez-agent-hello-dev"],"detail":{}}`

type published []message.Ticket

func (p *published) Publish(_ context.Context, _ message.Record, t message.Ticket) error {
	*p = append(*p, t)
	return nil
}

func handle(t *testing.T, records *memory.Messages, change func(*events.EventBridgeEvent)) (accepted, error) {
	t.Helper()
	var event events.EventBridgeEvent
	require.NoError(t, json.Unmarshal([]byte(sample), &event))
	if change != nil {
		change(&event)
	}
	return handler(&intake.Intake{
		Records: records, Publisher: &published{}, Times: message.TimesOf(settings.Default()), Stage: "dev", Now: time.Now,
	})(t.Context(), event)
}

func TestAnEventMakesAMessage(t *testing.T) {
	t.Parallel()
	records := memory.NewMessages()
	out, err := handle(t, records, nil)
	require.NoError(t, err)
	require.Equal(t, "created", out.Status)
	rec, err := records.Load(t.Context(), out.MessageID)
	require.NoError(t, err)
	require.Equal(t, "scheduled_hello", rec.Type)
	require.Equal(t, "schedule:rez-agent-hello-dev", rec.CreatedBy)
	require.Equal(t, "dev", rec.Stage)
}

func TestAnEventThatComesTwiceMakesOneMessageAndAnotherTimeAnother(t *testing.T) {
	t.Parallel()
	records := memory.NewMessages()
	first, err := handle(t, records, nil)
	require.NoError(t, err)
	again, err := handle(t, records, nil)
	require.NoError(t, err)
	next, err := handle(t, records, func(e *events.EventBridgeEvent) { e.Time = e.Time.Add(time.Minute) })
	require.NoError(t, err)
	other, err := handle(t, records, func(e *events.EventBridgeEvent) { e.Resources = []string{"arn:aws:events:x:0:rule/other"} })
	require.NoError(t, err)
	require.Equal(t, first.MessageID, again.MessageID)
	require.NotEqual(t, first.MessageID, next.MessageID)
	require.NotEqual(t, first.MessageID, other.MessageID)
}

func TestAnEventThatDoesNotSayWhatFiredAndWhenIsAnError(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*events.EventBridgeEvent){
		"no rule":      func(e *events.EventBridgeEvent) { e.Resources = nil },
		"an empty one": func(e *events.EventBridgeEvent) { e.Resources = []string{""} },
		"no time":      func(e *events.EventBridgeEvent) { e.Time = time.Time{} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := handle(t, memory.NewMessages(), change)
			require.ErrorIs(t, err, intake.ErrNoSchedule)
			require.ErrorContains(t, err, "53dc4d37", "it names the event")
		})
	}
}
