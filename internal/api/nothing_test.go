package api_test

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestNullIsNoValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct{ path, body, field string }{
		"which would replay":  {"/api/replays", `{"filter":{"status":"failed"},"dry_run":null}`, "dry_run"},
		"deeper":              {"/api/replays", `{"filter":{"status":"failed","stage":null},"dry_run":true}`, "filter.stage"},
		"beside its choice":   {"/api/dlq/redrive", `{"all":true,"message_id":null}`, "message_id"},
		"in a payload":        {"/api/messages", `{"message_type":"notification","payload":{"message":"x","title":null}}`, "payload.title"},
		"in a payload's list": {"/api/messages", `{"message_type":"notification","payload":{"message":"x","tags":["a",null]}}`, "payload.tags[1]"},
		"a whole payload":     {"/api/messages", `{"message_type":"scheduled_hello","payload":null}`, "payload"},
		"of a schedule": {
			"/api/schedules", `{"name":"x","expression":"rate(1 day)","message_type":"notification","payload":{"message":"x","icon":null}}`, "payload.icon",
		},
		"of a schedule's fields": {
			"/api/schedules", `{"name":"x","expression":"rate(1 day)","timezone":null,"message_type":"notification","payload":{"message":"x"}}`, "timezone",
		},
	} {
		p := w.call(operator(), http.MethodPost, c.path, c.body).problem(t)
		require.Equal(t, "invalid_field", p.Code, name)
		require.NotEmpty(t, p.Errors, name)
		require.Equal(t, c.field, p.Errors[0].Field, name)
	}
	require.Empty(t, w.published.all)
	require.Empty(t, w.letters.redriven)
}

func TestAParameterWithoutAValueIsNotTakenForAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, field := range map[string]string{
		"/api/messages?created_after=": "created_after", "/api/messages?status=": "status", "/api/messages?status=failed&cursor": "cursor",
		"/api/metrics?stage=": "stage", "/api/schedules?limit=": "limit", "/api/health?deep=": "deep",
	} {
		p := w.call(viewer(), http.MethodGet, path, "").problem(t)
		require.Equal(t, 422, p.Status, path)
		require.Equal(t, field, p.Errors[0].Field, path)
	}
	p := w.call(operator(), http.MethodPost, "/api/messages", `{"message_type":"scheduled_hello","payload":{}}`, header("Idempotency-Key", "")).problem(t)
	require.Equal(t, "Idempotency-Key", p.Errors[0].Field, "a key that a script forgot to fill would make each try a message")
	require.Empty(t, w.published.all)
}

func TestABodyThatCannotBeReadIsToldInOurWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for body, c := range map[string]struct {
		status int
		field  string
	}{
		`{"generation":1.0}`:                     {422, "generation"},
		`{"generation":1e3}`:                     {422, "generation"},
		`{"generation":99999999999999999999}`:    {422, "generation"},
		`{"generation":1`:                        {400, "body"},
		`hello`:                                  {400, "body"},
		`{"generation":"the secret of the key"}`: {422, "generation"},
	} {
		answer := w.call(operator(), http.MethodPost, "/api/messages/"+anID+"/replay", body)
		p := answer.problem(t)
		require.Equal(t, c.status, p.Status, body)
		require.Equal(t, c.field, p.Errors[0].Field, body)
		for _, foreign := range []string{"json:", "Go struct", "invalid character", "secret"} {
			require.NotContains(t, string(answer.body), foreign, body)
		}
	}
}

func TestAProblemKeepsTheLimitsThatTheDescriptionGives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tags := strings.TrimSuffix(strings.Repeat(`"",`, 9000), ",")
	for name, body := range map[string]string{
		"many faults":         `{"message_type":"notification","payload":{"message":"x","tags":[` + tags + `]}}`,
		"a long unknown name": `{"message_type":"notification","payload":{},"` + strings.Repeat("ü", 9000) + `":1}`,
		"a long wrong value":  `{"message_type":"` + strings.Repeat("ü", 9000) + `","payload":{}}`,
	} {
		p := w.call(operator(), http.MethodPost, "/api/messages", body).problem(t)
		require.Equal(t, "invalid_field", p.Code, name)
		require.LessOrEqual(t, utf8.RuneCountInString(p.Detail), 2048, name)
		require.NotEmpty(t, p.Errors, name)
		require.LessOrEqual(t, len(p.Errors), 100, name)
		for _, field := range p.Errors {
			require.LessOrEqual(t, utf8.RuneCountInString(field.Field), 256, name)
			require.LessOrEqual(t, utf8.RuneCountInString(field.Problem), 1024, name)
			require.LessOrEqual(t, utf8.RuneCountInString(field.Allowed), 512, name)
		}
	}
}
