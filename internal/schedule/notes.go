package schedule

import (
	"fmt"
	"slices"
	"time"
)

// change is a moment at which the clocks of a zone are put forward, by more than 0, or back.
type change struct {
	at time.Time
	by time.Duration
	// wall is what the clocks showed right before, as if it were UTC.
	wall time.Time
	zone *time.Location
}

// changes lists what the clocks of a zone do between two times.
func changes(zone *time.Location, from, until time.Time) []change {
	var all []change
	for at := from.In(zone); ; {
		_, next := at.ZoneBounds()
		if next.IsZero() || next.After(until) {
			return all
		}
		_, before := next.Add(-time.Nanosecond).Zone()
		_, after := next.Zone()
		if before != after { // else only the zone's name changes
			all = append(all, change{
				at: next, by: time.Duration(after-before) * time.Second, zone: zone,
				wall: next.UTC().Add(time.Duration(before) * time.Second),
			})
		}
		at = next
	}
}

// odd are the times, as if they were UTC, that the clocks leave out or show twice: from the first up to the second, which
// is not one of them.
func (c change) odd() (first, end time.Time) {
	if c.by > 0 {
		return c.wall, c.wall.Add(c.by)
	}
	return c.wall.Add(c.by), c.wall
}

// notesAhead is how many days Notes looks ahead: nearly a year, so that a yearly change is named once.
const notesAhead = 350

// Notes says what the clocks' changes of the coming year do to a schedule: runs that are left out, times that come twice,
// a rate that moves by the clock. Of a single time it says that it comes twice.
func (s Schedule) Notes(after time.Time) []string {
	notes := []string{}
	until := after.AddDate(0, 0, notesAhead)
	if single, ok := s.plan.(once); ok {
		const day = 24 * time.Hour
		after, until = single.at.Add(-day), single.at.Add(day)
	}
	for _, c := range changes(s.zone, after, until) {
		if note := s.plan.note(c); note != "" {
			notes = append(notes, note)
		}
	}
	return notes
}

func (c cron) note(ch change) string {
	first, end := ch.odd()
	if ch.by > 0 && len(c.hours) == hoursOfDay && ch.by%time.Hour == 0 {
		return "" // the hour before and the hour after follow on each other: nobody misses a run
	}
	var clocks []time.Time
	for at := first; at.Before(end); at = at.Add(time.Minute) {
		if c.fires(at) {
			clocks = append(clocks, at)
		}
	}
	return ch.sentence(clocks, "it does not fire then", "it fires the first time only")
}

// fires finds out whether a time by the clock, given as if it were UTC, is one of its own.
func (c cron) fires(at time.Time) bool {
	return slices.Contains(c.years, at.Year()) && slices.Contains(c.months, int(at.Month())) &&
		slices.Contains(c.days.in(month{at.Year(), at.Month()}), at.Day()) &&
		slices.Contains(c.hours, at.Hour()) && slices.Contains(c.minutes, at.Minute())
}

func (o once) note(ch change) string {
	first, end := ch.odd()
	at := o.at.In(ch.zone)
	wall := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
	if ch.by > 0 || wall.Before(first) || !wall.Before(end) {
		return "" // what the clocks leave out is no schedule
	}
	return ch.sentence([]time.Time{wall}, "", "it fires the first time")
}

// note says that a rate of days moves by the clock, which looks like a fault to whoever did not expect it.
func (r rate) note(ch change) string {
	if r.every()%unitOf("day") != 0 {
		return ""
	}
	way, by := "later", ch.by
	if by < 0 {
		way, by = "earlier", -by
	}
	return fmt.Sprintf("From %s on it fires %s %s by the clocks of %s: a rate does not follow their change.",
		ch.at.Format(dayLayout), spanPhrase(by), way, ch.zone)
}

// dayLayout is a day as sentences say it.
const dayLayout = "Monday, 2 January 2006"

// sentence says what a change does to times of its; empty where there are none.
func (c change) sentence(clocks []time.Time, leftOut, twice string) string {
	if len(clocks) == 0 {
		return ""
	}
	last := clocks[len(clocks)-1]
	words := clocks[0].Format(clockLayout) + " to " + last.Format(clockLayout)
	if len(clocks) <= mostClocks {
		all := make([]string, 0, len(clocks))
		for _, at := range clocks {
			all = append(all, at.Format(clockLayout))
		}
		words = list(all)
	}
	day := clocks[0].Format(dayLayout)
	if c.by > 0 {
		return fmt.Sprintf("On %s the clocks of %s are put forward and leave out %s: %s.", day, c.zone, words, leftOut)
	}
	return fmt.Sprintf("On %s the clocks of %s are put back and show %s twice: %s.", day, c.zone, words, twice)
}

// clockLayout is a time of day as sentences say it.
const clockLayout = "15:04"

// spanPhrase says by how much clocks are changed: nearly always by an hour.
func spanPhrase(by time.Duration) string {
	switch {
	case by == time.Hour:
		return "an hour"
	case by%time.Hour == 0:
		return fmt.Sprintf("%d hours", int(by.Hours()))
	default:
		return fmt.Sprintf("%d minutes", int(by.Minutes()))
	}
}
