package schedule_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/schedule"
)

func noon() time.Time { return time.Date(2027, time.March, 1, 12, 0, 30, 0, time.UTC) }

func entry() schedule.Entry {
	return schedule.Entry{
		ID: "0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11", Name: "Nightly backup", Expression: "cron(30 2 * * ? *)", Timezone: "Europe/Berlin",
		Type: "notification", Payload: `{"message":"Is the backup done?","priority":4}`, CreatedBy: "user:alice", CreatedAt: noon(),
	}
}

func TestAnEntryThatIsRightIsTaken(t *testing.T) {
	t.Parallel()
	require.NoError(t, entry().Check(noon()))
	longest := entry()
	longest.Name = strings.Repeat("ü", schedule.MaxName)
	longest.Payload = `{"message":"` + strings.Repeat("x", schedule.MaxPayload-len(`{"message":""}`)) + `"}`
	require.Len(t, longest.Payload, schedule.MaxPayload)
	require.NoError(t, longest.Check(noon()))
}

func TestEachFaultOfAnEntryNamesItsField(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change      func(*schedule.Entry)
		field, says string
	}{
		"no name":           {func(e *schedule.Entry) { e.Name = "" }, "name", "is empty"},
		"a blank name":      {func(e *schedule.Entry) { e.Name = " \t " }, "name", "is empty"},
		"a long name":       {func(e *schedule.Entry) { e.Name = strings.Repeat("ü", 129) }, "name", "129 characters"},
		"a name of lines":   {func(e *schedule.Entry) { e.Name = "a\nb" }, "name", "cannot be shown"},
		"a name of no text": {func(e *schedule.Entry) { e.Name = "\xff" }, "name", "cannot be shown"},
		"no expression":     {func(e *schedule.Entry) { e.Expression = "" }, "expression", "0 bytes"},
		"a past time":       {func(e *schedule.Entry) { e.Expression = "at(2027-03-01T12:00:00)" }, "expression", "already past"},
		"a past year":       {func(e *schedule.Entry) { e.Expression = "cron(0 9 1 1 ? 2020)" }, "expression", "never fires again"},
		"a bad zone":        {func(e *schedule.Entry) { e.Timezone = "europe/berlin" }, "timezone", "Europe/Berlin"},
		"an unknown type":   {func(e *schedule.Entry) { e.Type = "telegram" }, "message_type", "telegram"},
		"no payload":        {func(e *schedule.Entry) { e.Payload = "" }, "payload", "not one JSON object"},
		"an unknown field":  {func(e *schedule.Entry) { e.Payload = `{"massage":"x"}` }, "payload", "massage"},
		"a bad field":       {func(e *schedule.Entry) { e.Payload = `{"message":"x","priority":9}` }, "payload.priority", ""},
		"a large payload":   {func(e *schedule.Entry) { e.Payload = strings.Repeat(" ", 4097) }, "payload", "4097 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := entry()
			c.change(&e)
			faults := schedule.Faults(e.Check(noon()))
			require.Len(t, faults, 1)
			require.Equal(t, c.field, faults[0].Field)
			require.Contains(t, faults[0].Problem, c.says)
			require.NotEmpty(t, faults[0].Allowed)
		})
	}
}

func TestAllFaultsAreSaidAtOnce(t *testing.T) {
	t.Parallel()
	var fields []string
	for _, fault := range schedule.Faults(schedule.Entry{
		Expression: "CRON(0 9 * * ? *)", Timezone: "Berlin", Type: "notification", Payload: `{"priority":9,"tags":[""]}`,
	}.Check(noon())) {
		fields = append(fields, fault.Field)
	}
	require.Subset(t, fields, []string{"name", "expression", "timezone", "payload.priority"})
	require.Empty(t, schedule.Faults(nil))
	require.Empty(t, schedule.Faults(schedule.ErrNotFound))
}

func TestARateIsCountedFromTheMinuteInWhichItsEntryWasSet(t *testing.T) {
	t.Parallel()
	e := entry()
	e.Expression = "rate(2 hours)"
	s, err := e.Schedule()
	require.NoError(t, err)
	requireRuns(t, s, "2027-03-01T12:00:30Z", "2027-03-01T14:00:00Z", "2027-03-01T16:00:00Z")
	e.ChangedAt = noon().Add(45 * time.Minute)
	s, err = e.Schedule()
	require.NoError(t, err)
	requireRuns(t, s, "2027-03-01T14:00:00Z", "2027-03-01T14:45:00Z")
}

func TestAnEntrySurvivesItsInput(t *testing.T) {
	t.Parallel()
	changed := entry()
	changed.ChangedBy, changed.ChangedAt = "user:bob", noon().Add(time.Hour)
	for _, e := range []schedule.Entry{entry(), changed} {
		input, err := e.Input()
		require.NoError(t, err)
		got, err := schedule.Restore(input)
		require.NoError(t, err)
		e.Expression, e.Timezone = "", "" // AWS keeps them itself
		require.Equal(t, e, got)
	}
}

func TestTheInputIsWhatAWSFillsIn(t *testing.T) {
	t.Parallel()
	input, err := entry().Input()
	require.NoError(t, err)
	require.Equal(t, `{"schedule_id":"0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11","scheduled_time":"<aws.scheduler.scheduled-time>",`+
		`"message_type":"notification","payload":{"message":"Is the backup done?","priority":4},`+
		`"entry":{"name":"Nightly backup","created_by":"user:alice","created_at":"2027-03-01T12:00:30Z"}}`, input)
}

func TestAPlaceholderInAUsersTextStaysText(t *testing.T) {
	t.Parallel()
	const text = "<aws.scheduler.scheduled-time> & <aws.scheduler.execution-id>"
	e := entry()
	e.Name, e.Payload = text, `{"message":"`+text+`"}`
	require.NoError(t, e.Check(noon()))
	input, err := e.Input()
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(input, "<aws.scheduler."), "AWS replaces only ours")
	got, err := schedule.Restore(strings.ReplaceAll(input, "<aws.scheduler.scheduled-time>", "2027-03-02T01:30:00Z"))
	require.NoError(t, err)
	require.Equal(t, text, got.Name)
	require.JSONEq(t, e.Payload, got.Payload)
}

func TestAnInputThatIsNotOursIsNoEntry(t *testing.T) {
	t.Parallel()
	for _, input := range []string{
		"", "{}", "null", `"secret"`, `{"schedule_id":"x","message_type":"notification"}`, `{"schedule_id":"` + uuid.NewString() + `"}`,
	} {
		_, err := schedule.Restore(input)
		require.ErrorContains(t, err, "read a schedule's event", input)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestRunNowIsAMessageOfItsOwnByWhoAskedForIt(t *testing.T) {
	t.Parallel()
	e := entry()
	require.Equal(t, intake.Request{Type: e.Type, Payload: e.Payload, CreatedBy: "user:bob"}, e.RunNow("user:bob"))
}

func fired(at string) schedule.FiredEvent {
	return schedule.FiredEvent{
		ScheduleID: entry().ID, ScheduledTime: at, Type: "notification", Payload: json.RawMessage(`{"message":"x"}`),
	}
}

func TestAFiredEventIsOneMessageOfItsTime(t *testing.T) {
	t.Parallel()
	first, err := fired("2027-03-02T01:30:00Z").Request()
	require.NoError(t, err)
	require.Equal(t, intake.Request{
		ID: "3ab1d4d5-5327-510c-944d-40a6ea9b4a21", Type: "notification", Payload: `{"message":"x"}`, CreatedBy: "schedule:" + entry().ID,
	}, first, "another id would make another message of an event that comes again after a deploy")
	require.EqualValues(t, 5, uuid.MustParse(first.ID).Version())
	for at, same := range map[string]bool{
		"2027-03-02T01:30:00Z": true, "2027-03-02T02:30:00+01:00": true, "2027-03-02T01:30:00.000Z": true,
		"2027-03-02T01:31:00Z": false, "2027-10-31T00:30:00Z": false, "2027-10-31T01:30:00Z": false,
	} {
		other, err := fired(at).Request()
		require.NoError(t, err)
		require.Equal(t, same, other.ID == first.ID, at)
	}
	another := fired("2027-03-02T01:30:00Z")
	another.ScheduleID = uuid.NewString()
	other, err := another.Request()
	require.NoError(t, err)
	require.NotEqual(t, first.ID, other.ID)
}

func TestAFiredEventWithoutItsTimeOrScheduleIsAnError(t *testing.T) {
	t.Parallel()
	for at, says := range map[string]string{
		"<aws.scheduler.scheduled-time>": `scheduled_time is "<aws.scheduler.scheduled-time>"; allowed: an RFC 3339 time`,
		"":                               `scheduled_time is ""`,
		"2027-03-02 01:30:00":            "RFC 3339",
	} {
		_, err := fired(at).Request()
		require.ErrorContains(t, err, says)
	}
	event := fired("2027-03-02T01:30:00Z")
	event.ScheduleID = ""
	_, err := event.Request()
	require.ErrorContains(t, err, "schedule_id")
}
