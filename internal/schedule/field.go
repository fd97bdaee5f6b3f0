package schedule

import (
	"fmt"
	"strconv"
	"strings"
)

const hoursOfDay = 24

// values are the numbers of a field at which a cron fires, ascending.
type values []int

// field is one of cron's fields that holds plain numbers.
type field struct {
	name      string
	low, high int
	// names are its numbers' names, three letters each, from low on; most fields have none.
	names string
}

// The names of days and months, as AWS writes them.
const (
	dayNames   = "SUNMONTUEWEDTHUFRISAT"
	monthNames = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"
	nameLength = 3
)

func minuteField() field   { return field{name: "minutes", low: 0, high: 59} }
func hourField() field     { return field{name: "hours", low: 0, high: hoursOfDay - 1} }
func monthDayField() field { return field{name: "day-of-month", low: 1, high: 31} }
func monthField() field    { return field{name: "month", low: 1, high: 12, names: monthNames} }
func weekDayField() field  { return field{name: "day-of-week", low: 1, high: 7, names: dayNames} }
func yearField() field     { return field{name: "year", low: firstYear, high: lastYear} }

// parse reads a field: numbers, ranges and steps, with commas between them.
func (f field) parse(text string) (values, error) {
	fires := make([]bool, f.high+1)
	for term := range strings.SplitSeq(text, ",") {
		from, to, step, err := f.term(term)
		if err != nil {
			return nil, err
		}
		for number := from; number <= to; number += step {
			fires[number] = true
		}
	}
	var all values
	for number, fire := range fires {
		if fire {
			all = append(all, number)
		}
	}
	return all, nil
}

// term reads one of a field's terms: *, a, a-b, and each of them with /step.
func (f field) term(text string) (from, to, step int, err error) {
	span, every, stepped := strings.Cut(text, "/")
	step = 1
	if stepped {
		var ok bool
		if step, ok = wholeNumber(every); !ok || step < 1 || step > f.high {
			return 0, 0, 0, f.wrong(fmt.Sprintf("has the step %.20q", every), fmt.Sprintf("steps of 1 to %d", f.high))
		}
	}
	first, last, ranged := strings.Cut(span, "-")
	switch {
	case span == "*":
		return f.low, f.high, step, nil
	case ranged:
		from, err = f.value(first)
		if err == nil {
			to, err = f.value(last)
		}
		if err == nil && to < from {
			err = f.wrong(fmt.Sprintf("has the range %s, which goes backwards", span), "ranges from the smaller to the greater number")
		}
	default:
		from, err = f.value(first)
		to = from
		if stepped {
			to = f.high
		}
	}
	return from, to, step, err
}

// value reads a number or a name.
func (f field) value(text string) (int, error) {
	if at := strings.Index(f.names, text); len(text) == nameLength && at >= 0 && at%nameLength == 0 {
		return f.low + at/nameLength, nil
	}
	number, ok := wholeNumber(text)
	if !ok || number < f.low || number > f.high {
		return 0, f.wrong(fmt.Sprintf("has %.20q", text), f.allowed())
	}
	return number, nil
}

// allowed says which numbers and names the field takes.
func (f field) allowed() string {
	numbers := fmt.Sprintf("%d to %d", f.low, f.high)
	if f.names == "" {
		return numbers
	}
	first, last := f.names[:nameLength], f.names[len(f.names)-nameLength:]
	return fmt.Sprintf("%s (%d is %s) or %s to %s", numbers, f.low, first, first, last)
}

func (f field) wrong(problem, allowed string) *FieldError {
	return wrong(problem+" in the field "+f.name, allowed)
}

// wholeNumber reads plain digits; no number of an expression has more than five.
func wholeNumber(text string) (int, bool) {
	const mostDigits = 5
	if text == "" || len(text) > mostDigits || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	number, err := strconv.Atoi(text)
	return number, err == nil
}
