package ntfy

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxDetailBytes bounds Result.Detail, in bytes of UTF-8: it goes onto the record with every attempt.
const MaxDetailBytes = 200

const ellipsis = "…"

var (
	htmlNoise = lazily(`(?is)<!--.*?(?:-->|\z)|<(?:script|style|svg)\b.*?(?:</(?:script|style|svg)\s*>|\z)`)
	htmlTag   = lazily(`(?s)<[^>]*(?:>|\z)`)
)

// pageText is what a person would read of an HTML page.
func pageText(body string) string {
	return html.UnescapeString(htmlTag().ReplaceAllString(htmlNoise().ReplaceAllString(body, " "), " "))
}

// oneLine makes one line of printable UTF-8 of whatever came over the wire.
func oneLine(text string) string {
	text = strings.ToValidUTF8(text, " ")
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// clip cuts text to size bytes, never inside a character, and shows that it did.
func clip(text string, size int) string {
	if len(text) <= size {
		return text
	}
	end := size - len(ellipsis)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + ellipsis
}
