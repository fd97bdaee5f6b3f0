package output

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Clean makes one harmless line of a text from outside: what would move the cursor, colour the terminal or turn the
// reading direction becomes a replacement character.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\r' {
			return ' '
		}
		return harmless(r)
	}, text)
}

// CleanLines does the same and keeps the lines.
func CleanLines(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return harmless(r)
	}, text)
}

func harmless(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
		return unicode.ReplacementChar
	}
	return r
}

// Time gives a time as the person's clock shows it; the zero time is nothing.
func Time(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Local().Format("2006-01-02 15:04:05") //nolint:gosmopolitan // people read their own clock
}

// TimeIf gives a time that may be absent.
func TimeIf(at *time.Time) string {
	if at == nil {
		return ""
	}
	return Time(*at)
}

// Number gives a count; zero is nothing.
func Number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
