package api_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/wire"
)

// previewed asks what an expression means.
func (w *world) previewed(as *auth.Caller, expression, zone string) answer {
	w.t.Helper()
	body, err := json.Marshal(wire.PreviewSchedule{Expression: expression, Timezone: zone})
	require.NoError(w.t, err)
	return w.call(as, http.MethodPost, "/api/schedules/preview", string(body))
}

// made makes a schedule of it.
func (w *world) made(expression, zone string) answer {
	w.t.Helper()
	body, err := json.Marshal(wire.SetSchedule{
		Name: "x", Expression: expression, Timezone: zone, MessageType: "scheduled_hello", Payload: json.RawMessage(`{}`),
	})
	require.NoError(w.t, err)
	return w.call(operator(), http.MethodPost, "/api/schedules", string(body))
}

func TestAPreviewSaysWhatTheScheduleWouldSayAndMakesNothing(t *testing.T) {
	t.Parallel()
	day := func(text string) time.Time {
		at, err := time.Parse(time.DateOnly, text)
		require.NoError(t, err)
		return at
	}
	for name, c := range map[string]struct {
		expression, zone string
		now              time.Time
		sentence, zoned  string
		runs             []string
		warnings         int
	}{
		"CRON-1, to summer": {
			"cron(30 2 * * ? *)", "Europe/Berlin", day("2027-03-27"), "At 02:30 every day, Europe/Berlin", "Europe/Berlin",
			[]string{"2027-03-27T01:30", "2027-03-29T00:30"},
			2,
		},
		"CRON-1, to winter": {
			"cron(30 2 * * ? *)", "Europe/Berlin", day("2027-10-30"), "At 02:30 every day, Europe/Berlin", "Europe/Berlin",
			[]string{"2027-10-30T00:30", "2027-10-31T00:30", "2027-11-01T01:30"},
			2,
		},
		"CRON-1, a rate": {
			"rate(1 day)", "Europe/Berlin", day("2027-03-27"), "Every day, counted as 24 hours", "Europe/Berlin",
			[]string{"2027-03-28T00:00", "2027-03-29T00:00", "2027-03-30T00:00"},
			2,
		},
		"CRON-1, an old zone": {
			"cron(30 2 * * ? *)", "EST5EDT", day("2027-03-13"), "At 02:30 every day, EST5EDT", "EST5EDT",
			[]string{"2027-03-13T07:30", "2027-03-15T06:30"},
			1,
		},
		"CRON-1, no zone": {
			"cron(30 2 * * ? *)", "", day("2027-03-27"), "At 02:30 every day, UTC", "UTC", []string{"2027-03-27T02:30", "2027-03-28T02:30"}, 0,
		},
		"CRON-2, Monday to Friday": {
			"cron(0 9 ? * 2-6 *)", "", day("2027-01-01"), "At 09:00 every Monday to Friday, UTC", "UTC",
			[]string{"2027-01-01T09:00", "2027-01-04T09:00"},
			0,
		},
		"CRON-2, Sunday is 1": {"cron(0 9 ? * 1 *)", "", day("2027-01-01"), "At 09:00 every Sunday, UTC", "UTC", []string{"2027-01-03T09:00"}, 0},
		"CRON-2, the last Friday": {
			"cron(0 9 ? * 6L *)", "", day("2027-01-01"), "At 09:00 on the last Friday of the month, UTC", "UTC", []string{"2027-01-29T09:00"}, 0,
		},
		"CRON-2, the first Monday": {
			"cron(0 9 ? * 2#1 *)", "", day("2027-01-01"), "At 09:00 on the 1st Monday of the month, UTC", "UTC", []string{"2027-01-04T09:00"}, 0,
		},
		"CRON-2, the last day": {
			"cron(0 9 L * ? *)", "", day("2027-01-01"), "At 09:00 on the last day of the month, UTC", "UTC",
			[]string{"2027-01-31T09:00", "2027-02-28T09:00"},
			0,
		},
		"CRON-2, the nearest weekday": {
			"cron(0 9 15W 8 ? 2027)", "", day("2027-01-01"), "At 09:00 on the weekday nearest the 15th of the month in August 2027, UTC", "UTC",
			[]string{"2027-08-16T09:00"},
			0,
		},
		"CRON-4, ranges of one": {
			"cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)", "", day("2027-01-01"), "At the minutes 0 to 15 in the hour 8 every Monday to Saturday, UTC", "UTC",
			[]string{"2027-01-01T08:00", "2027-01-01T08:01"},
			0,
		},
		"CRON-4, a range with a step": {
			"cron(0 11-23/2 * * ? *)", "", day("2027-01-01"), "At 11:00, 13:00, 15:00, 17:00, 19:00, 21:00 and 23:00 every day, UTC", "UTC",
			[]string{"2027-01-01T11:00", "2027-01-01T13:00"},
			0,
		},
		"a single time": {
			"at(2027-03-01T09:00:00)", "", day("2027-01-01"), "Once, on Monday, 1 March 2027 at 09:00, UTC", "UTC", []string{"2027-03-01T09:00"}, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.now = c.now
			var got wire.SchedulePreview
			w.previewed(viewer(), c.expression, c.zone).into(t, &got)
			require.Empty(t, w.schedules.all)
			require.Equal(t, c.sentence, got.Sentence)
			require.Equal(t, c.zoned, got.Timezone)
			require.Equal(t, c.expression, got.Expression)
			require.Len(t, got.Warnings, c.warnings)
			for i, run := range c.runs {
				require.Equal(t, run, got.NextRuns[i].Format("2006-01-02T15:04"))
			}
			var made wire.Schedule
			w.made(c.expression, c.zone).into(t, &made)
			require.Equal(t, made.Sentence, got.Sentence)
			require.Equal(t, made.NextRuns, got.NextRuns)
			require.Equal(t, made.Timezone, got.Timezone)
		})
	}
}

func TestAPreviewRefusesWhatCreateRefusesInTheSameWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ expression, zone, says string }{
		// CRON-4
		{"rate(1 minutes)", "", "did you mean rate(1 minute)?"},
		{"rate(5 minute)", "", "did you mean rate(5 minutes)?"},
		{"rate(0 hours)", "", "did you mean rate(1 hour)?"},
		{"rate(30 seconds)", "", "did you mean rate(1 minute)?"},
		{"*/5 * * * *", "", "did you mean cron(*/5 * * * ? *)?"},
		{"cron(0 12 * * * *)", "", "did you mean cron(0 12 * * ? *)?"},
		{"cron(*/60 * * * ? *)", "", "steps of 1 to 59"},
		{"cron(0 0 31 2 ? *)", "", "never fires"},
		{"cron(0 9 1 1 ? 2020)", "", "never fires again"},
		{"CRON(0 9 * * ? *)", "", "did you mean cron(0 9 * * ? *)?"},
		// CRON-2
		{"cron(0 9 ? * 0 *)", "", "1 to 7 (1 is SUN)"},
		// CRON-1
		{"cron(30 2 * * ? *)", "UTC+2", "did you mean Etc/GMT-2?"},
		{"cron(30 2 * * ? *)", "europe/berlin", "did you mean Europe/Berlin?"},
		{"at(2027-03-28T02:30:00)", "Europe/Berlin", "the clocks leave out"},
		{"at(2020-01-01T00:00:00)", "", "already past"},
		{"rate(1 minutes)", "europe/berlin", "did you mean"},
		{"", "", ""},
	} {
		t.Run(c.expression+" "+c.zone, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			got, want := w.previewed(viewer(), c.expression, c.zone), w.made(c.expression, c.zone)
			require.Equal(t, http.StatusUnprocessableEntity, got.status)
			require.Equal(t, want.problem(t), got.problem(t))
			require.Contains(t, string(got.body), c.says)
			require.Empty(t, w.schedules.all)
		})
	}
}

func TestAPreviewNeedsItsProofAndIsNoSchedule(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	byCookie := *viewer()
	byCookie.Via = auth.ViaCookie
	require.Equal(t, "csrf", w.previewed(&byCookie, "rate(1 hour)", "").problem(t).Code)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodPatch} {
		a := w.call(operator(), method, "/api/schedules/preview", "")
		require.Equal(t, http.StatusMethodNotAllowed, a.status, method)
		require.Equal(t, "POST", a.header.Get("Allow"), method)
		require.Equal(t, "method_not_allowed", a.problem(t).Code, method)
	}
	unknown := w.call(viewer(), http.MethodPost, "/api/schedules/preview", `{"expression":"rate(1 hour)","name":"x"}`)
	require.Equal(t, "name", unknown.problem(t).Errors[0].Field)
}
