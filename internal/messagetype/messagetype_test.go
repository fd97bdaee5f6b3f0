package messagetype_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/ntfy"
)

// examples has a payload for each type.
func examples() map[string]string {
	return map[string]string{
		"notification":    `{"title":"Disk","message":"95 % full","priority":4,"tags":["warning"]}`,
		"scheduled_hello": `{}`,
		"webhook":         `{"title":"Backup","message":"done","data":{"tables":12}}`,
	}
}

func TestEveryTypeHasAChannelAndAnExample(t *testing.T) {
	t.Parallel()
	for _, name := range messagetype.Names() {
		kind, err := messagetype.Lookup(name)
		require.NoError(t, err)
		_, known := contract.ChannelNamed(kind.Channel)
		require.True(t, known, name)
		require.Equal(t, kind.Channel == contract.ChannelNtfy, kind.Render != nil, name)
		require.Equal(t, kind.Channel == contract.ChannelWebhook, kind.Event != nil, name)
		require.Contains(t, examples(), name, "give an example of the new type")
		require.NoError(t, kind.Check([]byte(examples()[name])), name)
		require.Error(t, kind.Check([]byte(`{"massage":"x"}`)), name)
	}
	require.ElementsMatch(t, messagetype.Names(), messagetype.NamesOn(contract.ChannelNames()))
	require.Equal(t, []string{"webhook"}, messagetype.NamesOn([]string{contract.ChannelWebhook}))
}

func TestAnEventIsReadAsItIs(t *testing.T) {
	t.Parallel()
	e, err := messagetype.Webhook.Event([]byte(`{"title":"Backup","data": {"n":1e3,"<":"&"}}`))
	require.NoError(t, err)
	require.Equal(t, messagetype.Event{Title: "Backup", Data: []byte(`{"n":1e3,"<":"&"}`)}, e)
}

func TestEveryNtfyTypeRendersWhatNtfyTakes(t *testing.T) {
	t.Parallel()
	for _, name := range messagetype.NamesOn([]string{contract.ChannelNtfy}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			payload, ok := examples()[name]
			require.True(t, ok, "give an example of the new type")
			kind, err := messagetype.Lookup(name)
			require.NoError(t, err)
			require.Equal(t, name, kind.Name)
			require.Equal(t, contract.ChannelNtfy, kind.Channel)
			n, err := kind.Render([]byte(payload))
			require.NoError(t, err)
			require.NoError(t, n.Validate())
			require.NotEmpty(t, n.Message)
			require.Empty(t, n.SequenceID, "that belongs to the sender")
		})
	}
}

func TestANotificationIsRenderedAsItIs(t *testing.T) {
	t.Parallel()
	n, err := messagetype.Notification.Render([]byte(examples()["notification"]))
	require.NoError(t, err)
	require.Equal(t, ntfy.Notification{Title: "Disk", Message: "95 % full", Priority: 4, Tags: []string{"warning"}}, n)
}

func TestAPayloadThatIsWrongNamesItsField(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ kind, payload, says string }{
		"unknown field":             {"notification", `{"massage":"x"}`, `unknown field "massage"`},
		"field of the sender":       {"notification", `{"message":"x","sequence_id":"1"}`, `"sequence_id"`},
		"text where a number goes":  {"notification", `{"priority":"high"}`, `field "priority" holds a string, want a whole number`},
		"number where a text goes":  {"notification", `{"message":17}`, `field "message" holds a number, want a string`},
		"text where a list goes":    {"notification", `{"tags":"x"}`, `field "tags" holds a string, want a list`},
		"out of range":              {"notification", `{"message":"x","priority":6}`, "priority"},
		"no JSON":                   {"notification", `hello`, "JSON object"},
		"nothing":                   {"notification", ``, "JSON object"},
		"a list":                    {"notification", `[]`, "JSON object"},
		"null":                      {"scheduled_hello", `null`, "JSON object"},
		"two objects":               {"scheduled_hello", `{}{}`, "JSON object"},
		"data that is a list":       {"webhook", `{"data":[1]}`, "data is not a JSON object"},
		"data that is null":         {"webhook", `{"data":null}`, "data"},
		"nothing to tell":           {"webhook", `{"title":" "}`, "message is empty"},
		"an event too large":        {"webhook", `{"message":"` + strings.Repeat("x", 8180) + `"}`, "event is 8194 bytes"},
		"broken text":               {"webhook", "{\"message\":\"\xff\"}", "UTF-8"},
		"a field where none is due": {"scheduled_hello", `{"name":"x"}`, `unknown field "name"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind, err := messagetype.Lookup(c.kind)
			require.NoError(t, err)
			require.ErrorContains(t, kind.Check([]byte(c.payload)), c.says)
		})
	}
}

func TestAnErrorQuotesNoValueAndIsShort(t *testing.T) {
	t.Parallel()
	_, err := messagetype.Notification.Render([]byte(`{"message":271828}`))
	require.Error(t, err)
	require.NotContains(t, err.Error(), "271828")
	_, err = messagetype.Notification.Render([]byte(`{"` + strings.Repeat("x", 1<<20) + `":1}`))
	require.Error(t, err)
	require.Less(t, len(err.Error()), 200)
}

func TestAnUnknownTypeNamesTheOnesThatAreAllowed(t *testing.T) {
	t.Parallel()
	_, err := messagetype.Lookup("telegram")
	require.ErrorIs(t, err, messagetype.ErrUnknownType)
	for _, name := range messagetype.Names() {
		require.ErrorContains(t, err, name)
	}
}
