package schedule

import (
	"fmt"
	"iter"
	"strings"
	"time"
)

// cron fires by the calendar of a zone.
type cron struct {
	minutes, hours, months, years values
	days                          days
	zone                          *time.Location
}

// cronFields is how many fields a cron has.
const cronFields = 6

// parseCron reads the inside of cron(…).
func parseCron(inside string, zone *time.Location) (plan, error) {
	parts := strings.Split(inside, " ")
	if len(parts) != cronFields {
		return nil, wrong(fmt.Sprintf("has %d fields", len(parts)),
			"cron(minutes hours day-of-month month day-of-week year), one space between them")
	}
	c := cron{zone: zone}
	var errs [5]error
	c.minutes, errs[0] = minuteField().parse(parts[0])
	c.hours, errs[1] = hourField().parse(parts[1])
	c.days, errs[2] = parseDays(parts[2], parts[4])
	c.months, errs[3] = monthField().parse(parts[3])
	c.years, errs[4] = yearField().parse(parts[5])
	for _, err := range errs {
		if err != nil { // the first is enough: the next attempt shows the next
			return nil, err
		}
	}
	return c, nil
}

// next walks through the calendar. It ends at the last of the years at the latest, and looks only at days that can
// match: a few milliseconds for the rarest expression.
func (c cron) next(after time.Time, n int) []time.Time {
	runs := make([]time.Time, 0, n)
	for day := range c.dates(after.In(c.zone)) {
		for _, hour := range c.hours {
			for _, minute := range c.minutes {
				at, exists := instant(day.Add(time.Duration(hour)*time.Hour+time.Duration(minute)*time.Minute), c.zone)
				if !exists || !at.After(after) {
					continue
				}
				if runs = append(runs, at); len(runs) == n {
					return runs
				}
			}
		}
	}
	return runs
}

// dates gives the days on which it fires, from that of a local time on. A day is midnight UTC, as if the zone were UTC:
// so days can be counted without the clocks' changes.
func (c cron) dates(from time.Time) iter.Seq[time.Time] {
	first := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, time.UTC)
	return func(yield func(time.Time) bool) {
		for _, year := range c.years {
			if year < first.Year() {
				continue
			}
			for _, number := range c.months {
				m := month{year, time.Month(number)}
				for _, number := range c.days.in(m) {
					if day := m.day(number); !day.Before(first) && !yield(day) {
						return
					}
				}
			}
		}
	}
}

// instant is the moment at which the clocks of a zone show a time, given as if it were UTC: the first where they show
// it twice. Where the clocks are put forward they leave some times out, which do not exist.
func instant(clock time.Time, zone *time.Location) (at time.Time, exists bool) {
	at = time.Date(clock.Year(), clock.Month(), clock.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, zone)
	if !shows(at, clock) {
		return at, false
	}
	began, _ := at.ZoneBounds()
	if began.IsZero() {
		return at, true
	}
	_, now := at.Zone()
	_, before := began.Add(-time.Nanosecond).Zone()
	// What the clocks showed before they were put back is the same time, earlier by the difference.
	if earlier := at.Add(time.Duration(now-before) * time.Second); earlier.Before(began) && shows(earlier, clock) {
		return earlier, true
	}
	return at, true
}

// shows finds out whether the clocks of at's zone show a time.
func shows(at, clock time.Time) bool {
	return at.Format(atLayout) == clock.Format(atLayout)
}
