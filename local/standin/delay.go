package standin

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	minDelay = 10 * time.Second
	maxDelay = 72 * time.Hour
	day      = 24 * time.Hour
)

var (
	countedDelay = regexp.MustCompile(`(?i)^(\d+)\s*(d|days?|h|hours?|m|mins?|minutes?|s|secs?|seconds?)$`)
	clockDelay   = regexp.MustCompile(`(?i)^(?:(today|tomorrow|[a-z]+day),?\s*)?(?:at\s+)?` +
		`(?:(\d{1,2})(?::(\d{2}))?\s*([ap]m)?)?$`)
)

// showAt is when a delayed message is to be shown; now where nothing is delayed.
func (d *draft) showAt(now time.Time) (time.Time, *apiError) {
	if d.Delay == "" {
		return now, nil
	}
	at, ok := parseDelay(strings.TrimSpace(d.Delay), now)
	switch {
	case !ok:
		return now, errorOf(codeDelayForm)
	case at.Unix() < now.Add(minDelay).Unix():
		return now, errorOf(codeDelayTooSmall)
	case at.Unix() > now.Add(maxDelay).Unix():
		return now, errorOf(codeDelayTooLarge)
	}
	return at, nil
}

func parseDelay(raw string, now time.Time) (time.Time, bool) {
	if seconds, err := strconv.ParseInt(raw, 10, 64); err == nil {
		return time.Unix(seconds, 0), seconds >= now.Unix()
	}
	if wait, err := time.ParseDuration(raw); err == nil {
		return now.Add(wait), true
	}
	if match := countedDelay.FindStringSubmatch(raw); match != nil {
		return countedAt(match, now)
	}
	if match := clockDelay.FindStringSubmatch(raw); match != nil {
		return clockAt(match, now)
	}
	return now, false
}

func countedAt(match []string, now time.Time) (time.Time, bool) {
	count, err := strconv.Atoi(match[1])
	if err != nil || count > int(maxDelay/time.Second) {
		return now.Add(2 * maxDelay), true // more than is allowed, whatever the unit
	}
	units := map[byte]time.Duration{'d': day, 'h': time.Hour, 'm': time.Minute, 's': time.Second}
	return now.Add(time.Duration(count) * units[strings.ToLower(match[2])[0]]), true
}

// clockAt reads "tomorrow, 10am", "friday 7am", "20:30" in the server's own zone, as ntfy does.
func clockAt(match []string, now time.Time) (time.Time, bool) {
	word, hour, minute, half := strings.ToLower(match[1]), match[2], match[3], strings.ToLower(match[4])
	if hour == "" {
		return now.Add(day), word == "tomorrow"
	}
	if minute == "" && half == "" {
		return now, false
	}
	h, _ := strconv.Atoi(hour) // one or two digits
	m, _ := strconv.Atoi(minute)
	if half != "" {
		h %= 12
	}
	if half == "pm" {
		h += 12
	}
	days, step, ok := dayOffset(word, now)
	at := time.Date(now.Year(), now.Month(), now.Day()+days, h, m, 0, 0, now.Location())
	if !at.After(now) {
		at = at.AddDate(0, 0, step)
	}
	return at, ok
}

// dayOffset is how many days ahead the word means, and how many more when that time of day has passed; false where it is
// no day.
func dayOffset(word string, now time.Time) (int, int, bool) {
	switch word {
	case "", "today":
		return 0, 1, true
	case "tomorrow":
		return 1, 1, true
	}
	for ahead := range 7 {
		if strings.EqualFold(now.AddDate(0, 0, ahead).Weekday().String(), word) {
			return ahead, 7, true
		}
	}
	return 0, 0, false
}
