package schedule

import (
	"slices"
	"strings"
	"time"
)

// suggestion finds a right expression near a wrong one; it is empty where none is near.
func suggestion(expression string, zone *time.Location) string {
	if len(expression) > maxExpression {
		return ""
	}
	for _, near := range candidates(expression) {
		if _, err := parse(near, zone); err == nil {
			return near
		}
	}
	return ""
}

// candidates are what a wrong expression may have meant, the likeliest first.
func candidates(expression string) []string {
	tidy := strings.Join(strings.Fields(expression), " ")
	keyword, rest, _ := strings.Cut(tidy, "(")
	inside := strings.TrimSpace(strings.TrimSuffix(rest, ")"))
	switch Kind(strings.ToLower(strings.TrimSpace(keyword))) {
	case Once:
		return likelyOnce(inside)
	case Rate:
		return likelyRate(inside)
	case Cron:
		return likelyCron(inside)
	default: // without its keyword
		return slices.Concat(likelyCron(tidy), likelyRate(tidy), likelyOnce(tidy))
	}
}

// likelyOnce mends the time: one of UTC, with a space in its middle, or without seconds.
func likelyOnce(inside string) []string {
	at := strings.Replace(strings.TrimSuffix(strings.ToUpper(inside), "Z"), " ", "T", 1)
	return []string{"at(" + at + ")", "at(" + at + ":00)", "at(" + at + "T00:00:00)"}
}

// likelyRate mends the unit's number, and the rate that is too fast.
func likelyRate(inside string) []string {
	number, unit, _ := strings.Cut(strings.ToLower(inside), " ")
	number = strings.TrimLeft(number, "0")
	one := strings.TrimSuffix(unit, "s")
	switch {
	case one == "second":
		return []string{"rate(1 minute)"}
	case number == "" || number == "1":
		return []string{"rate(1 " + one + ")"}
	default:
		return []string{"rate(" + number + " " + one + "s)"}
	}
}

// likelyCron mends letters in the wrong case, the ? that is missing, and the crontab's five fields.
func likelyCron(inside string) []string {
	parts := strings.Split(strings.ToUpper(inside), " ")
	if len(parts) == cronFields-1 {
		parts[4] = crontabDays(parts[4])
		parts = append(parts, "*")
	}
	if len(parts) != cronFields {
		return nil
	}
	written := "cron(" + strings.Join(parts, " ") + ")"
	switch ofMonth, ofWeek := &parts[2], &parts[4]; {
	case *ofWeek == "*":
		*ofWeek = "?"
	case *ofMonth == "*":
		*ofMonth = "?"
	case *ofMonth == "?" && *ofWeek == "?":
		*ofMonth = "*"
	}
	return []string{written, "cron(" + strings.Join(parts, " ") + ")"}
}

// crontabDays turns a crontab's weekdays, 0 to 7 from Sunday to Sunday, into names, which mean the same everywhere.
func crontabDays(text string) string {
	terms := strings.Split(text, ",")
	for i, term := range terms {
		span, step, stepped := strings.Cut(term, "/")
		ends := strings.Split(span, "-")
		for j, end := range ends {
			if number, ok := wholeNumber(end); ok && number <= daysOfWeek {
				at := number % daysOfWeek * nameLength
				ends[j] = dayNames[at : at+nameLength]
			}
		}
		terms[i] = strings.Join(ends, "-")
		if stepped {
			terms[i] += "/" + step
		}
	}
	return strings.Join(terms, ",")
}
