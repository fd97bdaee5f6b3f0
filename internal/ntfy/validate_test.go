package ntfy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/ntfy"
)

// faultsOf gives the faulty fields, and how they are described.
func faultsOf(t *testing.T, n ntfy.Notification) ([]string, string) {
	t.Helper()
	err := n.Validate()
	if err == nil {
		return nil, ""
	}
	var invalid *ntfy.Invalid
	require.ErrorAs(t, err, &invalid)
	var fields []string
	for _, fault := range invalid.Faults {
		require.NotEmpty(t, fault.Problem)
		require.NotEmpty(t, fault.Allowed)
		fields = append(fields, fault.Field)
	}
	require.NotContains(t, err.Error(), "\n")
	return fields, err.Error()
}

func TestValidateTakesWhatNtfyShows(t *testing.T) {
	t.Parallel()
	text := func(message string) ntfy.Notification { return ntfy.Notification{Message: message} }
	for name, n := range map[string]ntfy.Notification{
		"a text":                              text("Backup done"),
		"a title alone":                       {Title: "Backup done"},
		"an attachment alone":                 {Attach: "https://example.com/a.jpg", Filename: "a.jpg"},
		"4095 bytes of ASCII":                 text(strings.Repeat("a", 4095)),
		"1365 times 界, 4095 bytes":            text(strings.Repeat("界", 1365)),
		"1400 times <":                        text(strings.Repeat("<", 1400)),
		"4095 times <":                        text(strings.Repeat("<", 4095)),
		"4095 times &":                        text(strings.Repeat("&", 4095)),
		"a family emoji":                      text("👨‍👩‍👧‍👦"),
		"priority unset":                      {Message: "x", Priority: 0},
		"priority 5":                          {Message: "x", Priority: 5},
		"a topic of 64 characters":            {Message: "x", Topic: strings.Repeat("t", 64)},
		"a sequence id of 64 characters":      {Message: "x", SequenceID: strings.Repeat("s", 64)},
		"three actions of different kinds":    {Message: "x", Actions: actions()},
		"a click that writes a mail":          {Message: "x", Click: "mailto:ops@example.com"},
		"a click on a map":                    {Message: "x", Click: "geo:52.5,13.4"},
		"a text with line breaks and quotes":  text("a\n\"b\"\tc\\"),
		"the largest body that is still read": text(fillBody(t, ntfy.MaxBodyBytes)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, n.Validate())
		})
	}
}

// fillBody makes a text whose encoded body, with the longest names, has exactly size bytes.
func fillBody(t *testing.T, size int) string {
	t.Helper()
	long := strings.Repeat("x", 64)
	bare, err := ntfy.Notification{Topic: long, Message: "-", SequenceID: long}.Encode()
	require.NoError(t, err)
	rest := size - len(bare) + 1
	return strings.Repeat(`"`, rest/2) + strings.Repeat("a", rest%2)
}

func actions() []ntfy.Action {
	return []ntfy.Action{
		{Action: ntfy.ActionView, Label: "Open", URL: "https://example.com"},
		{Action: ntfy.ActionHTTP, Label: "Close", URL: "https://example.com/door", Method: "PUT", Body: "{}"},
		{Action: ntfy.ActionCopy, Label: "Copy", Value: "4711"},
	}
}

func TestValidateNamesWhatNtfyRefuses(t *testing.T) {
	t.Parallel()
	action := func(a ntfy.Action) ntfy.Notification {
		return ntfy.Notification{Message: "x", Actions: []ntfy.Action{a}}
	}
	for name, test := range map[string]struct {
		n      ntfy.Notification
		fields []string
		says   []string
	}{
		"nothing to show":  {ntfy.Notification{Priority: 3}, []string{"message"}, []string{"title and attach"}},
		"white space only": {ntfy.Notification{Message: " \n"}, []string{"message"}, nil},
		"1366 times 界":     {ntfy.Notification{Message: strings.Repeat("界", 1366)}, []string{"message"}, []string{"4098", "4095"}},
		"4096 bytes, which become a file": {
			ntfy.Notification{Message: strings.Repeat("a", 4096)}, []string{"message"}, []string{"is 4096 bytes", "at most 4095"},
		},
		"4095 bytes and an é": {
			ntfy.Notification{Message: strings.Repeat("a", 4095) + "é"}, []string{"message"}, []string{"4097", "4095"},
		},
		"an emoji across the limit": {
			ntfy.Notification{Message: strings.Repeat("a", 4090) + "👨‍👩‍👧‍👦"}, []string{"message"}, []string{"4115", "4095"},
		},
		"4096 quotes, too long twice": {
			ntfy.Notification{Message: strings.Repeat(`"`, 4096)}, []string{"message", "notification"}, []string{"8191"},
		},
		"4095 quotes, double in JSON": {
			ntfy.Notification{Message: strings.Repeat(`"`, 4095)}, []string{"notification"}, []string{"8191"},
		},
		"one byte over the body limit": {
			ntfy.Notification{Message: fillBody(t, ntfy.MaxBodyBytes+1)}, []string{"notification"}, []string{"is 8192 bytes", "at most 8191"},
		},
		"title and actions over the body limit": {
			ntfy.Notification{Title: strings.Repeat("t", 7000), Message: strings.Repeat("m", 1000), Actions: actions()},
			[]string{"notification"},
			[]string{"8191"},
		},
		"a topic with a dot":       {ntfy.Notification{Message: "x", Topic: "a.b"}, []string{"topic"}, []string{"1 to 64"}},
		"a topic that is too long": {ntfy.Notification{Message: "x", Topic: strings.Repeat("t", 65)}, []string{"topic"}, nil},
		"a sequence id with a dot": {ntfy.Notification{Message: "x", SequenceID: "a.b"}, []string{"sequence_id"}, nil},
		"priority 6":               {ntfy.Notification{Message: "x", Priority: 6}, []string{"priority"}, []string{"is 6", "1 (min) to 5"}},
		"priority -1":              {ntfy.Notification{Message: "x", Priority: -1}, []string{"priority"}, nil},
		"four actions": {
			ntfy.Notification{Message: "x", Actions: append(actions(), actions()[0])}, []string{"actions"}, []string{"are 4", "at most 3"},
		},
		"a tag with a comma":        {ntfy.Notification{Message: "x", Tags: []string{"ok", "a,b"}}, []string{"tags[1]"}, nil},
		"a filename without a file": {ntfy.Notification{Message: "x", Filename: "a.txt"}, []string{"filename"}, nil},
		"an icon without a scheme":  {ntfy.Notification{Message: "x", Icon: "example.com/i.png"}, []string{"icon"}, []string{"http"}},
		"an icon in capitals":       {ntfy.Notification{Message: "x", Icon: "HTTPS://example.com/i.png"}, []string{"icon"}, nil},
		"an attachment by ftp":      {ntfy.Notification{Message: "x", Attach: "ftp://example.com/a"}, []string{"attach"}, nil},
		"a click that runs code":    {ntfy.Notification{Message: "x", Click: "javascript:alert(1)"}, []string{"click"}, nil},
		"a click without a host":    {ntfy.Notification{Message: "x", Click: "https:///path"}, []string{"click"}, nil},
		"a click with a space":      {ntfy.Notification{Message: "x", Click: "https://example.com/a b"}, []string{"click"}, nil},
		"text that is not UTF-8":    {ntfy.Notification{Message: "caf\xe9!"}, []string{"message"}, []string{"byte 3"}},
		"a tag that is not UTF-8":   {ntfy.Notification{Message: "x", Tags: []string{"\xff"}}, []string{"tags[0]"}, nil},
		"a header that is not UTF-8": {
			action(ntfy.Action{Action: "http", Label: "L", URL: "https://e.org", Headers: map[string]string{"a": "\xff"}}),
			[]string{"actions[0].headers"},
			nil,
		},
		"an action of no known kind": {
			action(ntfy.Action{Action: "call", Label: "L"}), []string{"actions[0].action"}, []string{"view, http"},
		},
		"an action without a label": {action(ntfy.Action{Action: "broadcast"}), []string{"actions[0].label"}, nil},
		"a view without an address": {action(ntfy.Action{Action: "view", Label: "L"}), []string{"actions[0].url"}, nil},
		"a request to a mail address": {
			action(ntfy.Action{Action: "http", Label: "L", URL: "mailto:a@b"}), []string{"actions[0].url"}, nil,
		},
		"a copy of nothing": {action(ntfy.Action{Action: "copy", Label: "L"}), []string{"actions[0].value"}, nil},
		"a GET with a body": {
			action(ntfy.Action{Action: "http", Label: "L", URL: "https://e.org", Method: "get", Body: "b"}), []string{"actions[0].body"}, nil,
		},
		"everything at once": {
			ntfy.Notification{Topic: "a b", Message: "", Priority: 9, Icon: "x", Delay: "soon"},
			[]string{"topic", "priority", "message", "icon", "delay"},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fields, text := faultsOf(t, test.n)
			require.Equal(t, test.fields, fields, text)
			for _, part := range test.says {
				require.Contains(t, text, part)
			}
		})
	}
}

func TestValidateReadsDelaysAsNtfyDocumentsThem(t *testing.T) {
	t.Parallel()
	for delay, ok := range map[string]bool{
		"": true, "30m": true, "10s": true, "1h30m": true, "30 min": true, "2 hours": true, "1d": true, "3 days": true, "72h": true,
		"1795000000": true, "9am": true, "9:30 PM": true, "20:30": true, "tomorrow": true, "tomorrow, 10am": true,
		"Tuesday, 7am": true, "at 8:15am": true,
		"9s": false, "-5m": false, "4 days": false, "73h": false, "999999999d": false, "soon": false, "30": false, "25:00": false,
		"13pm": false, "yesterday": false, "next year": false, "1e3": false, "9am; rm": false,
	} {
		t.Run(delay, func(t *testing.T) {
			t.Parallel()
			fields, text := faultsOf(t, ntfy.Notification{Message: "x", Delay: delay})
			if ok {
				require.Empty(t, fields, text)
				return
			}
			require.Equal(t, []string{"delay"}, fields)
		})
	}
}

func TestEncodeWritesNtfysNamesAndNothingElse(t *testing.T) {
	t.Parallel()
	n := ntfy.Notification{
		Topic: "t", Title: "T", Message: "<b>&\"界\"</b>", Priority: 4, Tags: []string{"warning"}, Click: "https://e.org", Icon: "https://e.org/i",
		Actions: []ntfy.Action{{Action: "view", Label: "L", URL: "https://e.org", Clear: true}},
		Attach:  "https://e.org/a", Filename: "a", Markdown: true, Delay: "1h", SequenceID: "s-1",
	}
	body, err := n.Encode()
	require.NoError(t, err)
	require.Equal(t, `{"topic":"t","title":"T","message":"<b>&\"界\"</b>","priority":4,"tags":["warning"],"click":"https://e.org",`+
		`"icon":"https://e.org/i","actions":[{"action":"view","label":"L","clear":true,"url":"https://e.org"}],`+
		`"attach":"https://e.org/a","filename":"a","markdown":true,"delay":"1h","sequence_id":"s-1"}`, string(body))

	var back ntfy.Notification
	require.NoError(t, json.Unmarshal(body, &back))
	require.Equal(t, n, back)

	empty, err := ntfy.Notification{}.Encode()
	require.NoError(t, err)
	require.Equal(t, "{}", string(empty))
}

func TestValidateNeverRepeatsTheText(t *testing.T) {
	t.Parallel()
	const secret = "hunter2hunter2"
	long := strings.Repeat(secret, 1000)
	n := ntfy.Notification{
		Topic: secret + ".", Title: secret + "\xff", Message: long, Tags: []string{secret + ","}, Click: secret, Icon: secret, Attach: secret,
		Filename: secret, Delay: secret, SequenceID: secret + ".",
		Actions: []ntfy.Action{{Action: secret, Label: ""}, {Action: "view", Label: "L", URL: secret}},
	}
	_, text := faultsOf(t, n)
	require.NotContains(t, text, "hunter")
	require.NotContains(t, fmt.Sprintf("%+v", n.Validate()), "hunter")
}
