package messagetype_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/messagetype"
)

// payloadOf writes a notification's payload.
func payloadOf(t require.TestingT, title, text string) string {
	written, err := json.Marshal(map[string]string{"title": title, "message": text})
	require.NoError(t, err)
	return string(written)
}

func TestTheTitleOfAListRow(t *testing.T) {
	t.Parallel()
	family := "👨‍👩‍👧‍👦" // one character of seven runes
	for name, c := range map[string]struct{ title, text, want string }{
		"the title":                      {"Backup", "12 tables", "Backup"},
		"or the text":                    {"", "12 tables", "12 tables"},
		"its first line":                 {"", "12 tables\n48 MB", "12 tables"},
		"that says something":            {" ", "\n \t\r\n 12 tables \n48 MB", "12 tables"},
		"in one line":                    {"Disk\tis \u00a0 full", "x", "Disk is full"},
		"without what moves its row":     {"a\u202eb\x1b[31mc\x00d", "x", "ab[31mcd"},
		"eighty are whole":               {strings.Repeat("界", 80), "x", strings.Repeat("界", 80)},
		"eighty-one are cut":             {strings.Repeat("界", 81), "x", strings.Repeat("界", 79) + "…"},
		"a family is shown":              {strings.Repeat("a", 72) + family, "x", strings.Repeat("a", 72) + family},
		"a family is shown before more":  {strings.Repeat("a", 72) + family + "bcd", "x", strings.Repeat("a", 72) + family + "…"},
		"or left out, and never cut":     {strings.Repeat("a", 74) + family, "x", strings.Repeat("a", 74) + "…"},
		"an accent stays on its letter":  {strings.Repeat("e\u0301", 50), "x", strings.Repeat("e\u0301", 39) + "…"},
		"one character longer than that": {"e" + strings.Repeat("\u0301", 90), "x", "e" + strings.Repeat("\u0301", 78) + "…"},
		"no blank before more":           {strings.Repeat("a", 78) + " bcd", "x", strings.Repeat("a", 78) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, messagetype.Title("notification", payloadOf(t, c.title, c.text)))
		})
	}
}

func TestAnEventHasATitleToo(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{
		`{"title":"Backup","message":"12 tables"}`: "Backup",
		`{"message":"12 tables\n48 MB"}`:           "12 tables",
		`{"data":{"tables":12}}`:                   "",
		`{"title":"Backup","data":[1]}`:            "Backup",
		`{"title":`:                                "",
	} {
		require.Equal(t, want, messagetype.Title("webhook", payload), payload)
	}
}

func TestATitleIsAtMostEightyRunesInOneLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		payload := payloadOf(rt, rapid.String().Draw(rt, "title"), rapid.String().Draw(rt, "text"))
		title := messagetype.Title("notification", payload)
		require.LessOrEqual(rt, utf8.RuneCountInString(title), messagetype.MaxTitle)
		require.True(rt, utf8.ValidString(title))
		require.Equal(rt, strings.Join(strings.Fields(title), " "), title)
	})
}

func TestATitleOfWhatIsNotRight(t *testing.T) {
	t.Parallel()
	require.Equal(t, "hello world", messagetype.Title("scheduled_hello", `{}`))
	require.Equal(t, "urgent", messagetype.Title("notification", `{"message":"urgent","priority":9}`), "it was taken once")
	for _, c := range []struct{ kind, payload string }{
		{"notification", `{"attach":"https://example.com/a.pdf"}`},
		{"notification", "hello"},
		{"notification", `{"message":17}`},
		{"notification", ""},
		{"scheduled_hello", `{"message":"x"}`},
		{"sms", `{"message":"x"}`},
	} {
		require.Empty(t, messagetype.Title(c.kind, c.payload), c.payload)
	}
}
