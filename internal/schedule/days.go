package schedule

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// days say on which days of a month a cron fires.
type days interface {
	// in gives the days of a month, ascending.
	in(m month) []int
	// phrase says them in words, as in “every day”.
	phrase() string
}

// parseDays reads the two fields for days, of which exactly one is “?”.
func parseDays(ofMonth, ofWeek string) (days, error) {
	switch {
	case (ofMonth == "?") == (ofWeek == "?"):
		return nil, wrong(fmt.Sprintf("has day-of-month %.20q and day-of-week %.20q", ofMonth, ofWeek),
			"a ? in exactly one of the two")
	case ofWeek == "?":
		return parseMonthDays(ofMonth)
	default:
		return parseWeekDays(ofWeek)
	}
}

// parseMonthDays reads the field day-of-month.
func parseMonthDays(text string) (days, error) {
	f := monthDayField()
	number, workday := strings.CutSuffix(text, "W")
	switch {
	case text == "L":
		return lastDay{}, nil
	case text == "LW":
		return lastWorkday{}, nil
	case strings.Contains(text, "L"):
		return nil, f.wrong(fmt.Sprintf("has %.20q", text), "L alone, for the last day of the month")
	case workday:
		day, err := f.value(number)
		return nearWorkday{day}, err
	case strings.Contains(text, "W"):
		return nil, f.wrong(fmt.Sprintf("has %.20q", text), "one W alone, as in 15W for the weekday nearest the 15th")
	}
	list, err := f.parse(text)
	return monthDays(list), err
}

// parseWeekDays reads the field day-of-week.
func parseWeekDays(text string) (days, error) {
	f := weekDayField()
	day, nth, numbered := strings.Cut(text, "#")
	weekday, last := strings.CutSuffix(text, "L")
	switch {
	case text == "L": // the last day of the week
		return weekDays{f.high}, nil
	case numbered:
		const most = 5
		number, ok := wholeNumber(nth)
		if !ok || number < 1 || number > most {
			return nil, f.wrong(fmt.Sprintf("has %.20q", text), "one # alone with 1 to 5 behind it, as in 2#1 for the first Monday")
		}
		value, err := f.value(day)
		return nthWeekday{weekdayOf(value), number}, err
	case last:
		value, err := f.value(weekday)
		return lastWeekday{weekdayOf(value)}, err
	}
	list, err := f.parse(text)
	return weekDays(list), err
}

// weekdayOf turns AWS's number of a weekday, 1 for Sunday, into Go's; 8 is Sunday again.
func weekdayOf(number int) time.Weekday { return time.Weekday((number - 1) % daysOfWeek) }

// monthDays are days by their numbers.
type monthDays values

func (d monthDays) in(m month) []int {
	last := m.last()
	return slices.DeleteFunc(slices.Clone(d), func(day int) bool { return day > last })
}

func (d monthDays) phrase() string {
	if len(d) == monthDayField().high {
		return "every day"
	}
	return "on the " + list(runsOf(values(d), ordinal)) + " of the month"
}

// lastDay is the last day of the month.
type lastDay struct{}

func (lastDay) in(m month) []int { return []int{m.last()} }
func (lastDay) phrase() string   { return "on the last day of the month" }

// lastWorkday is the last day of the month from Monday to Friday.
type lastWorkday struct{}

func (lastWorkday) in(m month) []int { return []int{m.nearWorkday(m.last())} }
func (lastWorkday) phrase() string   { return "on the last weekday of the month" }

// nearWorkday is the day from Monday to Friday that is nearest to a day, in the same month. A month that does not have
// the day is left out.
type nearWorkday struct{ day int }

func (d nearWorkday) in(m month) []int {
	if d.day > m.last() {
		return nil
	}
	return []int{m.nearWorkday(d.day)}
}

func (d nearWorkday) phrase() string {
	return "on the weekday nearest the " + ordinal(d.day) + " of the month"
}

// weekDays are weekdays by AWS's numbers.
type weekDays values

func (d weekDays) in(m month) []int {
	var all []int
	for day := 1; day <= m.last(); day++ {
		if slices.Contains(d, int(m.weekday(day))+1) {
			all = append(all, day)
		}
	}
	return all
}

func (d weekDays) phrase() string {
	if len(d) == weekDayField().high {
		return "every day"
	}
	// The week as people count it: Sunday, the first of AWS's numbers, comes last.
	ordered := values(slices.Clone(d))
	if ordered[0] == 1 {
		ordered = append(ordered[1:], weekDayField().high+1)
	}
	return "every " + list(runsOf(ordered, func(number int) string { return weekdayOf(number).String() }))
}

// lastWeekday is the last of a weekday in the month.
type lastWeekday struct{ weekday time.Weekday }

func (d lastWeekday) in(m month) []int {
	last := m.last()
	return []int{last - int(m.weekday(last)-d.weekday+daysOfWeek)%daysOfWeek}
}

func (d lastWeekday) phrase() string { return "on the last " + d.weekday.String() + " of the month" }

// nthWeekday is the first, second, … of a weekday in the month; a month that has no fifth is left out.
type nthWeekday struct {
	weekday time.Weekday
	nth     int
}

func (d nthWeekday) in(m month) []int {
	first := 1 + int(d.weekday-m.weekday(1)+daysOfWeek)%daysOfWeek
	if day := first + (d.nth-1)*daysOfWeek; day <= m.last() {
		return []int{day}
	}
	return nil
}

func (d nthWeekday) phrase() string {
	return "on the " + ordinal(d.nth) + " " + d.weekday.String() + " of the month"
}
