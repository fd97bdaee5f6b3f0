package ntfy

import (
	"strconv"
	"strings"
	"time"
)

// ntfy's bounds for a delay.
const (
	minDelay = 10 * time.Second
	maxDelay = 3 * 24 * time.Hour
)

const allowedDelay = "a duration of 10 s to 3 days (30m, 2 hours, 1d), a Unix time in seconds, " +
	"or a time of day (9am, 20:30, tomorrow 10am, friday 7am)"

var (
	delayNumber = lazily(`(?i)^(\d{1,9})\s*(d|days?|h|hours?|m|mins?|minutes?|s|secs?|seconds?)$`)
	delayUnix   = lazily(`^\d{10,11}$`)
	delayClock  = lazily(
		`(?i)^tomorrow$|^(?:(?:today|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day),?\s+)?(?:at\s+)?` +
			`(?:(?:0?[1-9]|1[0-2])(?::[0-5]\d)?\s*[ap]m|(?:[01]?\d|2[0-3]):[0-5]\d)$`)
)

// checkDelay takes the forms that ntfy documents. ntfy reads more natural language than that, but what it reads cannot
// be told from here, and a delay that ntfy refuses would fail the message only after it was accepted.
func (n Notification) checkDelay(faults *Invalid) {
	raw := strings.TrimSpace(n.Delay)
	if n.Delay == "" || delayUnix().MatchString(raw) || delayClock().MatchString(raw) {
		return
	}
	wait, ok := delayDuration(raw)
	if !ok {
		faults.add("delay", "has a form that is not known", allowedDelay)
		return
	}
	if wait < minDelay || wait > maxDelay {
		faults.add("delay", "is "+wait.String(), allowedDelay)
	}
}

func delayDuration(raw string) (time.Duration, bool) {
	if wait, err := time.ParseDuration(raw); err == nil {
		return wait, true
	}
	match := delayNumber().FindStringSubmatch(raw)
	if match == nil {
		return 0, false
	}
	count, err := strconv.Atoi(match[1])
	if err != nil {
		return 0, false
	}
	units := map[byte]time.Duration{'d': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute, 's': time.Second}
	unit := units[strings.ToLower(match[2])[0]]
	// Far above the bound is above it; the product could overflow.
	return time.Duration(min(count, int(maxDelay/time.Second)+1)) * unit, true
}
