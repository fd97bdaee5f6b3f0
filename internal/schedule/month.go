package schedule

import "time"

const daysOfWeek = 7

// month is a month of the calendar, without a zone.
type month struct {
	year  int
	month time.Month
}

// day is midnight of one of its days, as if the zone were UTC.
func (m month) day(number int) time.Time {
	return time.Date(m.year, m.month, number, 0, 0, 0, 0, time.UTC)
}

// last is the number of its last day.
func (m month) last() int { return time.Date(m.year, m.month+1, 0, 0, 0, 0, 0, time.UTC).Day() }

// weekday is that of one of its days.
func (m month) weekday(number int) time.Weekday { return m.day(number).Weekday() }

// nearWorkday is the day from Monday to Friday that is nearest to one of its days, and not in another month.
func (m month) nearWorkday(number int) int {
	const acrossWeekend = 2
	switch m.weekday(number) {
	case time.Saturday:
		if number == 1 {
			return number + acrossWeekend
		}
		return number - 1
	case time.Sunday:
		if number == m.last() {
			return number - acrossWeekend
		}
		return number + 1
	default:
		return number
	}
}
