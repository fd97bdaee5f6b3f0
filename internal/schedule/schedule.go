// Package schedule is what users' schedules are: when they fire, in the three forms of EventBridge Scheduler, and which
// message each makes. It reads an expression as EventBridge Scheduler does, but says what is wrong with one, and what
// was perhaps meant, before AWS is asked.
package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The years in which EventBridge Scheduler fires.
const (
	firstYear = 1970
	lastYear  = 2199
)

// maxExpression is AWS's limit of an expression, in bytes.
const maxExpression = 256

// Kind is one of the three forms of an expression.
type Kind string

// The kinds of schedules.
const (
	// Once fires at one time: at(…).
	Once Kind = "at"
	// Rate fires again and again after the same time: rate(…).
	Rate Kind = "rate"
	// Cron fires by the calendar: cron(…).
	Cron Kind = "cron"
)

// Schedule says when something fires. It is made by Parse.
type Schedule struct {
	kind Kind
	zone *time.Location
	plan plan
}

// plan is the rule of one kind of schedule.
type plan interface {
	// next gives the first n times after a time, ascending; fewer where it does not fire that often.
	next(after time.Time, n int) []time.Time
	// sentence says the rule in words.
	sentence() string
	// note says what a change of the clocks does to it; empty where that is nothing.
	note(ch change) string
}

// Parse reads an expression and the IANA zone in which at and cron are meant; no zone is UTC. It takes an expression
// whose times are past, as that of a schedule that was made long ago, but none that could never fire at all. Errors:
// one *FieldError for each of "expression" and "timezone" that is wrong.
func Parse(expression, timezone string) (Schedule, error) {
	zone, zoneErr := loadZone(timezone)
	if zoneErr != nil {
		zone = time.UTC // the expression can be judged all the same
	}
	s, err := parse(expression, zone)
	if err == nil {
		return s, zoneErr
	}
	var fault *FieldError
	if meant := suggestion(expression, zone); meant != "" && errors.As(err, &fault) {
		fault.Problem += "; did you mean " + meant + "?"
	}
	return Schedule{}, errors.Join(err, zoneErr)
}

// parse reads an expression without looking for what was meant by a wrong one.
func parse(expression string, zone *time.Location) (Schedule, error) {
	if expression == "" || len(expression) > maxExpression {
		return Schedule{}, wrong(fmt.Sprintf("has %d bytes", len(expression)), fmt.Sprintf("1 to %d bytes", maxExpression))
	}
	keyword, rest, _ := strings.Cut(expression, "(")
	inside, closed := strings.CutSuffix(rest, ")")
	s := Schedule{kind: Kind(keyword), zone: zone}
	var err error
	switch {
	case closed && s.kind == Once:
		s.plan, err = parseOnce(inside, zone)
	case closed && s.kind == Rate:
		s.plan, err = parseRate(inside)
	case closed && s.kind == Cron:
		s.plan, err = parseCron(inside, zone)
	default:
		err = wrong(fmt.Sprintf("is %.60q, none of the three forms", expression), "at(…), rate(…) or cron(…), in small letters")
	}
	if err != nil {
		return Schedule{}, err
	}
	if len(s.plan.next(time.Time{}, 1)) == 0 {
		return Schedule{}, wrong("never fires", fmt.Sprintf("a time that exists, in the years %d to %d", firstYear, lastYear))
	}
	return s, nil
}

// Kind says which of the three forms it has.
func (s Schedule) Kind() Kind { return s.kind }

// Timezone is the name of the zone in which at and cron are read.
func (s Schedule) Timezone() string { return s.zone.String() }

// Starting gives the same schedule whose rate is counted from a time; at and cron stay what they are. Without it a rate
// counts from wherever one looks.
func (s Schedule) Starting(at time.Time) Schedule {
	if r, ok := s.plan.(rate); ok {
		r.start = at
		s.plan = r
	}
	return s
}

// Next gives the next n times after a time at which it fires, in UTC and ascending: fewer, and even none, where it does
// not fire that often. A local time that the clocks leave out is left out; one that comes twice counts the first time.
func (s Schedule) Next(after time.Time, n int) []time.Time {
	runs := []time.Time{}
	if n < 1 {
		return runs
	}
	for _, at := range s.plan.next(after, n) {
		runs = append(runs, at.UTC())
	}
	return runs
}

// Ahead finds out whether it still fires after a time. Errors: a *FieldError of "expression".
func (s Schedule) Ahead(now time.Time) error {
	switch {
	case len(s.Next(now, 1)) > 0:
		return nil
	case s.kind == Once:
		return wrong("is already past", "a time after "+now.In(s.zone).Format(atLayout)+", "+s.Timezone())
	default:
		return wrong("never fires again", "a time after "+now.In(s.zone).Format(atLayout)+", "+s.Timezone())
	}
}

// Sentence says in plain English when it fires, in which zone.
func (s Schedule) Sentence() string {
	if s.kind == Rate { // the same in every zone
		return s.plan.sentence()
	}
	return s.plan.sentence() + ", " + s.Timezone()
}
