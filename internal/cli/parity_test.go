package cli

import (
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/ntfy"
)

// said are a value for each field of a notification but its text, as the command line takes it and as ntfy gets it.
func said() map[string]struct {
	flag string
	sent any
} {
	type pair = struct {
		flag string
		sent any
	}
	return map[string]pair{
		"topic": {"backups", "backups"}, "title": {"T", "T"}, "priority": {"4", 4.0}, "tags": {"a,b", []any{"a", "b"}},
		"click": {"https://example.com/", "https://example.com/"}, "icon": {"https://example.com/i.png", "https://example.com/i.png"},
		"attach": {"https://example.com/a.pdf", "https://example.com/a.pdf"}, "filename": {"a.pdf", "a.pdf"}, "markdown": {"", true},
		"delay": {"30m", "30m"},
		"actions": {
			`[{"action":"view","label":"Open","url":"https://example.com/"}]`,
			[]any{map[string]any{"action": "view", "label": "Open", "url": "https://example.com/"}},
		},
	}
}

// What the API takes can be said on the command line: a field that is new there is missed here.
func TestEveryFieldOfANotificationCanBeSent(t *testing.T) {
	t.Parallel()
	notification := reflect.TypeFor[ntfy.Notification]()
	want := map[string]any{"message": "hello"}
	args := []string{"hello"}
	for field := range notification.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "message" || name == "sequence_id" { // the text, and what belongs to the sender
			continue
		}
		value, known := said()[name]
		require.True(t, known, "say how %s is sent", name)
		want[name] = value.sent
		args = append(args, "--"+name)
		if value.flag != "" {
			args = append(args, value.flag)
		}
	}
	for name, command := range map[string][]string{"send": {"send"}, "schedules": {"schedules", "create", "name", "rate(1 hour)"}} {
		var line grammar
		parser, err := newParser(&line, io.Discard, io.Discard)
		require.NoError(t, err)
		_, err = parser.Parse(append(command, args...))
		require.NoError(t, err, name)
		flags := map[string]*notificationFlags{
			"send": &line.Send.notificationFlags, "schedules": &line.Schedules.Create.notificationFlags,
		}[name]
		payload, err := flags.payload("hello")
		require.NoError(t, err, name)
		var got map[string]any
		require.NoError(t, json.Unmarshal(payload, &got), name)
		require.Equal(t, want, got, name)
	}
}
