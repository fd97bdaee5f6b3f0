package messagetype_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/ntfy"
)

// Whatever a payload holds: what is taken fits ntfy, with the longest topic and sequence id too, and reads the same once
// it was written again.
func FuzzRender(f *testing.F) {
	for _, payload := range examples() {
		f.Add([]byte(payload))
	}
	for _, payload := range []string{
		``, `null`, `[]`, `{}{}`, `{"message":1}`, `{"message":"x","Message":"y"}`, `{"sequence_id":"x"}`, `{"message":"` + "\xff" + `"}`,
		`{"message":"\u0000\ud800"}`, `{"message":"` + strings.Repeat("界", 1366) + `"}`, `{"message":"` + strings.Repeat(`\"`, 4095) + `"}`,
		`{"message":"x","actions":[{"action":"http","label":"l","url":"https://h","headers":{"a":"b"},"body":"{}"}]}`,
		`{"message":"x","delay":"999999999d","tags":[",",""],"click":"javascript:alert(1)","icon":"ftp://h/x","filename":"f"}`,
		`{"message":"x","priority":6}`, `{"title":" ","attach":"https://h/f"}`, `{"actions":[null]}`,
	} {
		f.Add([]byte(payload))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, name := range messagetype.Names() {
			kind, err := messagetype.Lookup(name)
			require.NoError(t, err)
			if err := kind.Check(payload); err != nil {
				require.True(t, utf8.ValidString(err.Error()))
				require.NotContains(t, err.Error(), "\n")
				continue
			}
			if kind.Render == nil {
				continue
			}
			n, err := kind.Render(payload)
			require.NoError(t, err)
			requireFits(t, n)
			again, err := json.Marshal(n)
			require.NoError(t, err)
			same, err := messagetype.Notification.Render(again)
			require.NoError(t, err)
			require.Equal(t, encoded(t, n), encoded(t, same))
		}
	})
}

func requireFits(t *testing.T, n ntfy.Notification) {
	t.Helper()
	require.Empty(t, n.SequenceID)
	require.LessOrEqual(t, len(n.Message), ntfy.MaxMessageBytes)
	if n.Topic == "" {
		n.Topic = strings.Repeat("t", ntfy.MaxTopicLength)
	}
	n.SequenceID = strings.Repeat("s", ntfy.MaxTopicLength)
	require.LessOrEqual(t, len(encoded(t, n)), ntfy.MaxBodyBytes)
}

func encoded(t *testing.T, n ntfy.Notification) string {
	t.Helper()
	body, err := n.Encode()
	require.NoError(t, err)
	return string(body)
}
