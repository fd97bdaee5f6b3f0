package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	// mostClocks is how many times of day a sentence names one by one.
	mostClocks = 8
	// mostYears is how many years, or runs of years, it names.
	mostYears = 6
	// shortestRun is how many numbers in a row are said as “a to b”.
	shortestRun = 3
)

// sentence is made of the very numbers by which the times are computed, so the two cannot disagree.
func (c cron) sentence() string {
	return c.clocks() + " " + c.days.phrase() + c.monthsAndYears()
}

// clocks says at which times of a day.
func (c cron) clocks() string {
	if len(c.minutes)*len(c.hours) <= mostClocks {
		var all []string
		for _, hour := range c.hours {
			for _, minute := range c.minutes {
				all = append(all, fmt.Sprintf("%02d:%02d", hour, minute))
			}
		}
		return "At " + list(all)
	}
	minutes, every := minutesPhrase(c.minutes)
	switch {
	case len(c.hours) < hoursOfDay:
		return minutes + " in the " + plural("hour", c.hours)
	case every:
		return minutes
	default:
		return minutes + " of every hour"
	}
}

// minutesPhrase says which minutes of an hour; every tells that it reads on without naming the hours.
func minutesPhrase(minutes values) (phrase string, every bool) {
	const minutesOfHour = 60
	step := minutesOfHour / len(minutes)
	if evenly(minutes, step) && minutesOfHour%step == 0 && len(minutes) > 1 {
		if step == 1 {
			return "Every minute", true
		}
		return fmt.Sprintf("Every %d minutes", step), true
	}
	if len(minutes) == 1 {
		return "At " + plural("minute", minutes), false
	}
	return "At the " + plural("minute", minutes), false
}

// evenly finds out whether numbers go from 0 in equal steps.
func evenly(numbers values, step int) bool {
	for i, number := range numbers {
		if number != i*step {
			return false
		}
	}
	return true
}

func (c cron) monthsAndYears() string {
	words := ""
	if len(c.months) < monthField().high {
		words = " in " + list(runsOf(c.months, func(number int) string { return time.Month(number).String() }))
	}
	runs := runsOf(c.years, strconv.Itoa)
	switch {
	case len(c.years) == lastYear-firstYear+1:
		return words
	case len(c.years) == 1 && words != "":
		return words + " " + runs[0]
	case len(runs) <= mostYears:
		return words + " in " + list(runs)
	default:
		return words + fmt.Sprintf(" in %d of the years %d to %d", len(c.years), c.years[0], c.years[len(c.years)-1])
	}
}

// plural names numbers after what they count.
func plural(noun string, numbers values) string {
	if len(numbers) > 1 {
		noun += "s"
	}
	return noun + " " + list(runsOf(numbers, strconv.Itoa))
}

// runsOf names ascending numbers, and three or more in a row as “a to b”.
func runsOf(numbers values, name func(int) string) []string {
	var runs []string
	for i := 0; i < len(numbers); {
		end := i
		for end+1 < len(numbers) && numbers[end+1] == numbers[end]+1 {
			end++
		}
		if end-i+1 >= shortestRun {
			runs = append(runs, name(numbers[i])+" to "+name(numbers[end]))
			i = end + 1
			continue
		}
		runs = append(runs, name(numbers[i]))
		i++
	}
	return runs
}

// list joins words as people do: a, b and c.
func list(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// ordinal is 1st, 2nd, 3rd, 4th …, to 31st.
func ordinal(number int) string {
	const ten, teens = 10, 1
	if number/ten != teens {
		switch number % ten {
		case 1:
			return strconv.Itoa(number) + "st"
		case 2:
			return strconv.Itoa(number) + "nd"
		case 3:
			return strconv.Itoa(number) + "rd"
		}
	}
	return strconv.Itoa(number) + "th"
}
