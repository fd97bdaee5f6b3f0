package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/standin"
)

func TestAMessageArrivesWithEveryFieldIntact(t *testing.T) {
	s := begin(t)
	const text = "**Grüße** <b>& \"quotes\"</b> 界 👨‍👩‍👧 $.States.Format('{}')\nsecond line"
	body := `{
		"title": "Disk at 93 %", "message": ` + quoted(text) + `, "priority": 4, "tags": ["warning", "disk"],
		"click": "https://example.org/a?b=c&d=e", "icon": "https://example.org/i.png", "markdown": true,
		"attach": "https://example.org/log.txt", "filename": "log.txt", "actions": [
			{"action": "view", "label": "Open", "url": "https://example.org"},
			{"action": "http", "label": "Restart", "url": "https://example.org/r", "method": "PUT",
			 "headers": {"X-Why": "disk"}, "body": "{\"now\":true}", "clear": true},
			{"action": "copy", "label": "Copy", "value": "df -h"}]}`
	rec, err := deployed.Intake().Accept(s.context(), intake.Request{
		Type: messagetype.Notification.Name, Payload: body, CreatedBy: "e2e",
	})
	require.NoError(t, err)
	s.ids = []string{rec.ID}
	rec = s.completed(soon, rec.ID)

	s.books()
	shown := deployed.Standin.Shown(stack.Topic)
	require.Len(t, shown, 1)
	got := shown[0]
	require.Equal(t, "Disk at 93 %", got.Title)
	require.Equal(t, text, got.Message)
	require.Equal(t, 4, got.Priority)
	require.Equal(t, []string{"warning", "disk"}, got.Tags)
	require.Equal(t, "https://example.org/a?b=c&d=e", got.Click)
	require.Equal(t, "https://example.org/i.png", got.Icon)
	require.Equal(t, "text/markdown", got.ContentType)
	require.Equal(t, &standin.Attachment{Name: "log.txt", URL: "https://example.org/log.txt"}, got.Attachment)
	for i := range got.Actions {
		got.Actions[i].ID = "" // ntfy's own
	}
	require.Equal(t, []standin.Action{
		{Action: "view", Label: "Open", URL: "https://example.org"},
		{
			Action: "http", Label: "Restart", URL: "https://example.org/r", Method: http.MethodPut,
			Headers: map[string]string{"X-Why": "disk"}, Body: `{"now":true}`, Clear: true,
		},
		{Action: "copy", Label: "Copy", Value: "df -h"},
	}, got.Actions)

	require.Len(t, rec.Attempts, 1)
	require.Equal(t, got.ID, rec.Attempts[0].NtfyID)
	require.Equal(t, http.StatusOK, rec.Attempts[0].Status)
	require.Equal(t, 3, rec.Version, "created, processing, completed: no write more")
	require.Empty(t, s.deadLetters())
	require.Empty(t, s.circuit(), "healthy traffic writes nothing for the breaker")
}

func quoted(text string) string {
	written, err := json.Marshal(text)
	if err != nil {
		panic(err) // a text is always JSON
	}
	return string(written)
}

func TestAMessageThatFailsTwiceIsDeliveredByTheSameExecution(t *testing.T) {
	s := begin(t)
	s.breakNtfy(standin.Fault{Kind: standin.Status, Status: http.StatusServiceUnavailable, Count: 2})
	rec := s.completed(soon, s.send("third time lucky"))

	s.books()
	require.Equal(t, []string{"unavailable", "unavailable", "delivered"}, outcomes(rec))
	require.Equal(t, 0, rec.Deferrals)
	runs := calls.runs(rec.ID)
	require.Len(t, runs, 1)
	require.Equal(t, contract.OutcomeCompleted, runs[0].outcome)
	require.Equal(t, 3, deployed.Standin.Counts().Requests)
	require.Empty(t, s.deadLetters())
	require.Len(t, s.circuit().Failures, 2)
	s.requireClosed()
}

func outcomes(rec message.Record) []string {
	all := make([]string, len(rec.Attempts))
	for i, attempt := range rec.Attempts {
		all[i] = attempt.Outcome
	}
	return all
}

func TestAMessageThatNtfyRefusesFailsWithItsReason(t *testing.T) {
	s := begin(t)
	const iconIsNoAddress = 40021
	s.breakNtfy(standin.Fault{Kind: standin.Status, Status: http.StatusBadRequest, Code: iconIsNoAddress})
	id := s.send("never shown")
	rec := s.until(soon, id, "has failed", func(rec message.Record) bool { return rec.Status.Final() })

	s.untilQueueEmpty(soon)
	s.books()
	require.Equal(t, message.StatusFailed, rec.Status)
	require.Equal(t, message.ReasonRefused, rec.Reason)
	require.Contains(t, rec.Detail, "400/40021")
	require.Equal(t, []string{"rejected"}, outcomes(rec))
	runs := calls.runs(id)
	require.Len(t, runs, 1)
	require.Equal(t, contract.ErrorDeliveryFailed, runs[0].errorName)
	require.Empty(t, s.deadLetters(), "the DLQ is not for what ntfy refuses")
	s.requireClosed()
}

func TestTheSameScheduledEventTwiceMakesOneMessage(t *testing.T) {
	s := begin(t)
	at := time.Now().Truncate(time.Second)
	const events = 4
	ids := make([]string, events)
	var all sync.WaitGroup
	for i := range events {
		all.Go(func() {
			id, err := deployed.Schedule(s.context(), at)
			if err != nil {
				t.Error(err)
			}
			ids[i] = id
		})
	}
	all.Wait()
	require.Equal(t, []string{ids[0], ids[0], ids[0], ids[0]}, ids)
	other, err := deployed.Schedule(s.context(), at.Add(time.Minute))
	require.NoError(t, err)
	require.NotEqual(t, ids[0], other, "the next event is another message")
	s.ids = []string{ids[0], other}
	s.allCompleted(soon)

	s.untilQueueEmpty(soon)
	s.books()
	require.Equal(t, "hello world", deployed.Standin.Shown(stack.Topic)[0].Message)
	require.Empty(t, s.deadLetters())
}

func TestHugeErrorPagesNeverBreakTheWorkflow(t *testing.T) {
	const huge = 2 << 20
	s := begin(t)
	s.breakNtfy(standin.Fault{Kind: standin.Status, Status: http.StatusInternalServerError, BodyBytes: huge})
	waits := s.send("waits behind a huge page")
	const deferrals = 6
	for n := range deferrals {
		s.until(soon, waits, "is deferred once more", func(rec message.Record) bool { return rec.Deferrals > n })
		s.forgetCircuit() // so that it is sent four times each time
		_, err := deployed.Intake().Replay(s.context(), waits, 0, "e2e")
		if err != nil {
			require.ErrorContains(t, err, "message", "its own ticket may have been faster")
		}
	}
	s.forgetCircuit()
	s.breakNtfy(standin.Fault{
		Kind: standin.Status, Status: http.StatusBadRequest,
		Body: `{"code":40018,"http":400,"error":"` + strings.Repeat("é", huge/4) + `"}`,
	})
	refused := s.send("refused with a huge page")
	s.until(soon, refused, "has failed", func(rec message.Record) bool { return rec.Status == message.StatusFailed })
	rec := s.until(soon, waits, "has failed too", func(rec message.Record) bool { return rec.Status == message.StatusFailed })

	s.books()
	require.Greater(t, len(rec.Attempts), 4*deferrals/2)
	for _, attempt := range rec.Attempts {
		require.LessOrEqual(t, len(attempt.Detail), ntfy.MaxDetailBytes)
	}
	for _, run := range calls.runs("") {
		require.NotEqual(t, contract.ErrorPipelineFault, run.errorName, run.name)
		require.NotEqual(t, "TIMED_OUT", run.status, run.name)
	}
	require.Empty(t, s.deadLetters())
}
