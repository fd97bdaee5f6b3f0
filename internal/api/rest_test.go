package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/deadletter"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/wire"
)

func TestAReplayByFilterIsCountedThenStarted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		w.end(w.accepted(), true)
	}
	dry := w.call(operator(), http.MethodPost, "/api/replays", `{"filter":{"status":"failed"},"dry_run":true}`)
	require.Equal(t, http.StatusOK, dry.status, string(dry.body))
	var job wire.ReplayJob
	dry.into(t, &job)
	require.Equal(t, "3", job.Count)
	require.Equal(t, "counted", job.State)
	started := w.call(operator(), http.MethodPost, "/api/replays", `{"filter":{"status":"failed"}}`)
	require.Equal(t, http.StatusAccepted, started.status)
	started.into(t, &job)
	require.Equal(t, "running", job.State)
	require.Equal(t, "user:ann", job.CreatedBy)
	var seen, ended wire.ReplayJob
	w.call(viewer(), http.MethodGet, "/api/replays/"+job.ID, "").into(t, &seen)
	require.Equal(t, job.ID, seen.ID)
	w.call(operator(), http.MethodPost, "/api/replays/"+job.ID+"/cancel", "").into(t, &ended)
	require.Equal(t, "cancelled", ended.State)
}

func TestAReplayByFilterNeedsAStatusThatCanBeReplayed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, body := range []string{`{"filter":{}}`, `{"filter":{"status":"created"}}`, `{"filter":{"status":"processing"},"dry_run":true}`} {
		p := w.call(operator(), http.MethodPost, "/api/replays", body).problem(t)
		require.Equal(t, "filter.status", p.Errors[0].Field, body)
	}
	require.Equal(t, "not_found", w.call(operator(), http.MethodGet, "/api/replays/"+anID, "").problem(t).Code)
}

func TestAnOperatorOpensAndResetsTheCircuit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var c wire.Circuit
	w.call(viewer(), http.MethodGet, "/api/circuit", "").into(t, &c)
	require.Equal(t, "closed", c.State)
	require.Equal(t, 5, c.Threshold)
	w.call(operator(), http.MethodPost, "/api/circuit/open", "").into(t, &c)
	require.Equal(t, "open", c.State)
	require.Equal(t, "forced", c.Cause)
	require.Equal(t, "user:ann", c.ChangedBy)
	require.Nil(t, c.RetryAt, "it never half-opens by itself")
	opened := w.now
	w.now = w.now.Add(time.Minute)
	w.call(operator(), http.MethodPost, "/api/circuit/reset", "").into(t, &c)
	require.Equal(t, "closed", c.State)
	require.Equal(t, []wire.CircuitChange{
		{At: w.now, From: "open", To: "closed", Reason: "reset", By: "user:ann"},
		{At: opened, From: "closed", To: "open", Reason: "forced", By: "user:ann"},
	}, c.History, "newest first")
}

func TestDeadLettersAreShownAndRedriven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.letters.view = deadletter.View{Depth: 2, Sample: []deadletter.Letter{
		{ItemID: "i", MessageID: anID, Status: message.StatusFailed, Reason: "expired", SentAt: w.now, Receives: 1, Redrivable: true},
	}}
	var got wire.DeadLetters
	w.call(viewer(), http.MethodGet, "/api/dlq", "").into(t, &got)
	require.Equal(t, 2, got.Depth)
	require.Equal(t, "expired", got.Sample[0].Reason)
	require.Equal(t, http.StatusAccepted, w.call(operator(), http.MethodPost, "/api/dlq/redrive", `{"message_id":"`+anID+`"}`).status)
	require.Equal(t, http.StatusAccepted, w.call(operator(), http.MethodPost, "/api/dlq/redrive", `{"all":true}`).status)
	require.Equal(t, []string{anID, "all"}, w.letters.redriven)
	for _, body := range []string{`{}`, `{"all":true,"message_id":"` + anID + `"}`} {
		require.Equal(t, "invalid_field", w.call(operator(), http.MethodPost, "/api/dlq/redrive", body).problem(t).Code)
	}
	w.letters.refusal = deadletter.ErrNotRedrivable
	require.Equal(t, "not_redrivable", w.call(operator(), http.MethodPost, "/api/dlq/redrive", `{"message_id":"`+anID+`"}`).problem(t).Code)
	w.letters.refusal = message.ErrNotFound
	require.Equal(t, "not_found", w.call(operator(), http.MethodPost, "/api/dlq/redrive", `{"message_id":"`+anID+`"}`).problem(t).Code)
	w.letters.refusal = deadletter.ErrMoving
	require.Equal(t, "changed_meanwhile", w.call(operator(), http.MethodPost, "/api/dlq/redrive", `{"all":true}`).problem(t).Code)
}

const nightly = `{"name":"Nightly","expression":"cron(30 2 * * ? *)","timezone":"Europe/Berlin","message_type":"notification","payload":{"message":"x"}}`

func TestAScheduleLivesThroughItsLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.call(operator(), http.MethodPost, "/api/schedules", nightly)
	require.Equal(t, http.StatusCreated, made.status, string(made.body))
	var s wire.Schedule
	made.into(t, &s)
	require.Len(t, s.NextRuns, 5)
	require.Equal(t, time.Date(2026, 11, 26, 1, 30, 0, 0, time.UTC), s.NextRuns[0])
	require.NotEmpty(t, s.Sentence)
	require.Equal(t, "user:ann", s.CreatedBy)
	at := "/api/schedules/" + s.ID
	var paused, resumed, changed wire.Schedule
	w.call(operator(), http.MethodPost, at+"/pause", "").into(t, &paused)
	require.True(t, paused.Paused)
	require.Empty(t, paused.NextRuns)
	w.call(operator(), http.MethodPost, at+"/resume", "").into(t, &resumed)
	require.False(t, resumed.Paused)
	w.call(operator(), http.MethodPut, at, `{"name":"Hourly","expression":"rate(1 hour)","message_type":"scheduled_hello","payload":{}}`).into(t, &changed)
	require.Equal(t, "Hourly", changed.Name)
	require.Equal(t, "user:ann", changed.CreatedBy)
	require.Equal(t, "UTC", changed.Timezone)
	require.NotNil(t, changed.ChangedAt)
	run := w.call(operator(), http.MethodPost, at+"/run", "")
	require.Equal(t, http.StatusAccepted, run.status)
	require.Len(t, w.published.all, 1)
	require.Equal(t, http.StatusNoContent, w.call(operator(), http.MethodDelete, at, "").status)
	require.Equal(t, "not_found", w.call(operator(), http.MethodGet, at, "").problem(t).Code)
}

func TestWhatIsWrongWithAScheduleIsNamedBeforeAWSIsAsked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ expression, zone, payload, field, says string }{
		"plural":       {"rate(1 minutes)", "", `{"message":"x"}`, "expression", "rate(1 minute)"},
		"unix":         {"*/5 * * * *", "", `{"message":"x"}`, "expression", "cron("},
		"zone":         {"cron(0 9 * * ? *)", "UTC+2", `{"message":"x"}`, "timezone", ""},
		"past":         {"at(2020-01-01T00:00:00)", "", `{"message":"x"}`, "expression", ""},
		"priority 9":   {"rate(1 hour)", "", `{"message":"x","priority":9}`, "payload.priority", "1 (min)"},
		"empty":        {"rate(1 hour)", "", `{}`, "payload.message", ""},
		"never at all": {"cron(0 0 31 2 ? *)", "", `{"message":"x"}`, "expression", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			zone := ""
			if c.zone != "" {
				zone = `"timezone":"` + c.zone + `",`
			}
			a := w.call(operator(), http.MethodPost, "/api/schedules",
				`{"name":"x",`+zone+`"expression":"`+c.expression+`","message_type":"notification","payload":`+c.payload+`}`)
			p := a.problem(t)
			require.Equal(t, http.StatusUnprocessableEntity, a.status)
			require.Equal(t, c.field, p.Errors[0].Field)
			require.Contains(t, p.Errors[0].Allowed+p.Errors[0].Problem, c.says)
			require.Empty(t, w.schedules.all)
		})
	}
}

func TestHealthNamesThePartThatIsIll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.probes["messages"] = func(context.Context) error { return nil }
	w.probes["queue"] = func(context.Context) error { return errIll }
	var h wire.Health
	w.call(nil, http.MethodGet, "/api/health", "").into(t, &h)
	require.Equal(t, "ok", h.Status)
	require.Empty(t, h.Parts)
	deep := w.call(nil, http.MethodGet, "/api/health?deep=true", "")
	require.Equal(t, http.StatusServiceUnavailable, deep.status)
	require.Contains(t, string(deep.body), `"name":"queue","status":"ill"`)
	require.Contains(t, string(deep.body), `"name":"messages","status":"ok"`)
	require.NotContains(t, string(deep.body), "10.0.0.7", "no cause is shown")
}

func TestMetricsAnswerForEachPeriod(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.end(w.accepted(), true)
	for _, period := range []string{"1h", "24h", "7d"} {
		var m wire.Metrics
		w.call(viewer(), http.MethodGet, "/api/metrics?period="+period, "").into(t, &m)
		require.Equal(t, period, m.Period)
		require.Len(t, m.LatestFailures, 1)
		require.NotEmpty(t, m.Hours)
	}
	require.Equal(t, "invalid_field", w.call(viewer(), http.MethodGet, "/api/metrics?period=1y", "").problem(t).Code)
}

func TestWhoIsSignedInIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var me wire.Me
	w.call(viewer(), http.MethodGet, "/api/auth/me", "").into(t, &me)
	require.Equal(t, wire.Me{Subject: "sub-2", Name: "user:vic", Role: "viewer", Via: "bearer"}, me)
	var config wire.SignInConfig
	w.call(nil, http.MethodGet, "/api/auth/config", "").into(t, &config)
	require.Equal(t, "cli", config.ClientID)
}

func TestAnInnerFaultShowsAReferenceAndNeverItsCause(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.letters.refusal = errIll
	a := w.call(operator(), http.MethodPost, "/api/dlq/redrive", `{"all":true}`)
	require.Equal(t, http.StatusInternalServerError, a.status)
	p := a.problem(t)
	require.Equal(t, "internal", p.Code)
	require.Equal(t, "ref-1", p.Instance)
	require.NotContains(t, string(a.body), "10.0.0.7")
	w.letters.refusal = context.DeadlineExceeded
	require.Equal(t, "unavailable", w.call(operator(), http.MethodPost, "/api/dlq/redrive", `{"all":true}`).problem(t).Code)
}

func TestASpanThatEndsBeforeItBeginsIsEmpty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.accepted()
	var page wire.MessagePage
	w.call(viewer(), http.MethodGet, "/api/messages?created_after=2026-11-26T00:00:00Z&created_before=2026-11-25T00:00:00Z", "").into(t, &page)
	require.Empty(t, page.Items)
}
