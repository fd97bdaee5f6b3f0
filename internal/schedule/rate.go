package schedule

import (
	"fmt"
	"strings"
	"time"
)

// maxRate is the most units between two runs: more than two centuries of days would not fit into a time.Duration.
const maxRate = 99_999

// rate fires again and again, the same time apart. A day is 24 hours, whatever the clocks do.
type rate struct {
	count int
	unit  string // minute, hour or day
	start time.Time
}

// parseRate reads the inside of rate(…).
func parseRate(inside string) (plan, error) {
	const allowed = "rate(1 minute), rate(1 hour), rate(1 day), or 2 to 99999 minutes, hours or days"
	number, word, _ := strings.Cut(inside, " ")
	count, ok := wholeNumber(number)
	unit := strings.TrimSuffix(word, "s")
	switch {
	case !ok || count < 1 || count > maxRate || number[0] == '0':
		return nil, wrong(fmt.Sprintf("has %.20q where the number goes", number), allowed)
	case unitOf(unit) == 0:
		return nil, wrong(fmt.Sprintf("has the unit %.20q", word), allowed)
	case count == 1 && word != unit:
		return nil, wrong("has the plural "+word+" for 1", allowed)
	case count > 1 && word == unit:
		return nil, wrong(fmt.Sprintf("has the singular %s for %d", word, count), allowed)
	}
	return rate{count: count, unit: unit}, nil
}

// unitOf is the length of a unit, 0 where there is none of this name.
func unitOf(name string) time.Duration {
	switch name {
	case "minute":
		return time.Minute
	case "hour":
		return time.Hour
	case "day":
		return hoursOfDay * time.Hour
	default:
		return 0
	}
}

func (r rate) every() time.Duration { return time.Duration(r.count) * unitOf(r.unit) }

func (r rate) next(after time.Time, n int) []time.Time {
	run := after
	if !r.start.IsZero() {
		run = r.start
	}
	if passed := after.Sub(r.start); !r.start.IsZero() && passed > 0 {
		run = run.Add(passed.Truncate(r.every()))
	}
	runs := make([]time.Time, 0, n)
	for range n {
		run = run.Add(r.every())
		runs = append(runs, run)
	}
	return runs
}

func (r rate) sentence() string {
	words := "Every " + r.unit
	if r.count > 1 {
		words = fmt.Sprintf("Every %d %ss", r.count, r.unit)
	}
	if r.unit == "day" {
		words += ", counted as 24 hours"
	}
	return words
}
