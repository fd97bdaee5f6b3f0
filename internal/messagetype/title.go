package messagetype

import (
	"strings"
	"unicode"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// MaxTitle is the longest Title, in runes.
const MaxTitle = 80

// Title is a message in one line, as lists show it: its title, or else the first line of its text that says something, cut
// where a reader sees a character end. A payload that cannot be read, or shows no text, has none.
func Title(name, payload string) string {
	kind, err := Lookup(name)
	if err != nil {
		return ""
	}
	title, text := kind.says([]byte(payload))
	for line := range strings.Lines(title + "\n" + text) {
		if line = oneLine(line); line != "" {
			return cut(line)
		}
	}
	return ""
}

// says is a payload's title and text, whatever the channel. What breaks a limit of today can be named all the same.
func (t Type) says(payload []byte) (title, text string) {
	if t.Event != nil {
		e, _ := t.Event(payload)
		return e.Title, e.Message
	}
	n, _ := t.Render(payload)
	return n.Title, n.Message
}

// oneLine leaves out what cannot be seen, or would move what is beside it: control characters and those that turn the
// reading direction; all white space becomes single blanks.
func oneLine(text string) string {
	shown := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(shown), " ")
}

// cut bounds a line. A family emoji is one character of several runes: it is shown whole or not at all.
func cut(line string) string {
	const more = "…"
	runes := []rune(line)
	if len(runes) <= MaxTitle {
		return line
	}
	kept, length := "", 0
	for characters := graphemes.FromString(line); characters.Next(); {
		length += len([]rune(characters.Value()))
		if length >= MaxTitle { // one is left for more
			break
		}
		kept += characters.Value()
	}
	if kept = strings.TrimSpace(kept); kept == "" { // one character of eighty runes and more
		kept = string(runes[:MaxTitle-1])
	}
	return kept + more
}
