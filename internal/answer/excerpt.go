// Package answer puts into words what came back over HTTP, whichever channel asked: bounded, in one line, and without what
// the request held that is nobody's business.
package answer

import (
	"html"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// MaxDetailBytes bounds what an attempt says of itself, in bytes of UTF-8: it goes onto the record each time.
const MaxDetailBytes = 200

const ellipsis = "…"

// Compiled when they are first needed: every Lambda of a channel links them, and few ever see a page.
var (
	htmlNoise = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?is)<!--.*?(?:-->|\z)|<(?:script|style|svg)\b.*?(?:</(?:script|style|svg)\s*>|\z)`)
	})
	htmlTag = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?s)<[^>]*(?:>|\z)`) })
)

// PageText is what a person would read of an HTML page.
func PageText(body string) string {
	return html.UnescapeString(htmlTag().ReplaceAllString(htmlNoise().ReplaceAllString(body, " "), " "))
}

// OneLine makes one line of printable UTF-8 of whatever came over the wire.
func OneLine(text string) string {
	text = strings.ToValidUTF8(text, " ")
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// Clip cuts text to size bytes, never inside a character, and shows that it did.
func Clip(text string, size int) string {
	if len(text) <= size {
		return text
	}
	end := size - len(ellipsis)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + ellipsis
}
