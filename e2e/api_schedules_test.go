package e2e_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/schedule"
	"github.com/rezagent/rez_agent/internal/wire"
	"github.com/rezagent/rez_agent/local/stack"
)

func TestAScheduleFiresAndItsMessageIsDelivered(t *testing.T) {
	s := begin(t)
	c := s.cli(operator)
	at := time.Now().UTC().Add(4 * time.Second).Truncate(time.Second) // schedules know whole seconds
	require.Contains(t, s.cli(viewer).ok("schedules", "preview", "cron(30 2 * * ? *)", "--timezone", "Europe/Berlin").out, "At 02:30 every day, Europe/Berlin")
	paused := s.schedule(c, "rests", "rate(1 minute)", "never shown")
	c.ok("schedules", "pause", paused)
	once := s.schedule(c, "in a moment", "at("+at.Format("2006-01-02T15:04:05")+")", "right on time")
	shown := last[wire.Schedule](c, c.ok("schedules", "show", "--output", "json", once))
	require.Equal(t, []time.Time{at}, shown.NextRuns)
	require.Contains(t, c.ok("schedules").out, once)

	fired := s.untilFired(time.Until(at)+soon, once)
	s.ids = append(s.ids, fired)
	rec := s.completed(soon, fired)
	require.Equal(t, "schedule:"+once, rec.CreatedBy)
	require.False(t, rec.CreatedAt.Before(at))
	require.Equal(t, "right on time", deployed.Standin.Shown(stack.Topic)[0].Message)

	ran := last[wire.Message](c, c.ok("schedules", "run", "--wait", "--output", "json", paused))
	s.ids = append(s.ids, ran.ID)
	require.Equal(t, "completed", ran.Status)
	require.Empty(t, last[wire.Schedule](c, c.ok("schedules", "show", "--output", "json", paused)).NextRuns)
	c.ok("schedules", "change", paused, "--name", "renamed")
	require.Equal(t, "user:operator", last[wire.Schedule](c, c.ok("schedules", "show", "--output", "json", paused)).ChangedBy)
	c.ok("schedules", "resume", paused)
	c.ok("schedules", "delete", paused)
	require.Equal(t, exitNotFound, c.run("schedules", "show", paused).code)
	s.books()
	s.requireAudited("delete-schedule", paused)
}

// schedule makes one that ends with the test at the latest.
func (s *scenario) schedule(c cli, name, expression, text string) string {
	s.Helper()
	id := last[identified](c, c.ok("schedules", "create", "--output", "json", name, expression, text)).ID
	api := s.api(operator)
	s.Cleanup(func() { _ = api.DeleteSchedule(s.context(), id) }) // it may be gone
	return id
}

// untilFired waits for the message that a schedule makes, and gives its id.
func (s *scenario) untilFired(within time.Duration, schedule string) string {
	s.Helper()
	api, id := s.api(viewer), ""
	s.eventually(within, "schedule "+schedule+" has fired", func() (bool, string) {
		page, err := api.Messages(s.context(), wire.MessageFilter{CreatedBy: "schedule:" + schedule}, "", 10)
		require.NoError(s, err)
		if len(page.Items) == 1 {
			id = page.Items[0].ID
		}
		return id != "", fmt.Sprintf("%d messages", len(page.Items))
	})
	return id
}

// An event that EventBridge delivers twice makes one message; another instant another one.
func TestAFiringThatComesTwiceMakesOneMessage(t *testing.T) {
	s := begin(t)
	at := time.Now().UTC().Truncate(time.Second)
	s.ids = []string{s.fire(at)}
	require.Equal(t, s.ids[0], s.fire(at))
	s.ids = append(s.ids, s.fire(at.Add(time.Minute)))
	require.NotEqual(t, s.ids[0], s.ids[1])
	s.allCompleted(soon)
	s.untilQueueEmpty(soon)
	s.books()
}

// fire invokes the schedules' function with the event that EventBridge Scheduler would send, and gives the message's id.
func (s *scenario) fire(at time.Time) string {
	s.Helper()
	event := schedule.FiredEvent{
		ScheduleID: "0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11", ScheduledTime: at.Format(time.RFC3339), Type: "notification",
		Payload: json.RawMessage(payload("fired")), Entry: schedule.Origin{Name: "fired", CreatedBy: "e2e", CreatedAt: at},
	}
	var made struct {
		MessageID string `json:"message_id"`
	}
	require.NoError(s, deployed.Invoke(s.context(), contract.TaskFireSchedule, event, &made))
	return made.MessageID
}
