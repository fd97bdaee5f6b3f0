package metrics

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/messagetype"
)

// Period is how far back a report reaches.
type Period string

// The periods.
const (
	PeriodHour Period = "1h"
	PeriodDay  Period = "24h"
	PeriodWeek Period = "7d"
)

// Periods lists the closed set.
func Periods() []Period { return []Period{PeriodHour, PeriodDay, PeriodWeek} }

// ErrUnknownPeriod means: there is no such period.
var ErrUnknownPeriod = errors.New("unknown period")

// length is how long the period is. Errors: ErrUnknownPeriod, with the periods that are allowed.
func (p Period) length() (time.Duration, error) {
	switch p {
	case PeriodHour:
		return time.Hour, nil
	case PeriodDay:
		return 24 * time.Hour, nil
	case PeriodWeek:
		return 7 * 24 * time.Hour, nil
	}
	allowed := make([]string, 0, len(Periods()))
	for _, known := range Periods() {
		allowed = append(allowed, string(known))
	}
	return 0, fmt.Errorf("%w %q; allowed are %s", ErrUnknownPeriod, string(p), strings.Join(allowed, ", "))
}

// Report is what happened in a period.
type Report struct {
	Period Period
	// From is the whole hour in which the period began, To is now.
	From, To time.Time
	// Total is all that the report is about; Opened and Closed are always 0 in it.
	Total Counters
	// Groups are the same by series, one for each message type; Hours by hour, oldest first, without a gap.
	Groups []Group
	Hours  []Hour
	// CircuitOpened and CircuitClosed count the changes of the stage's circuits.
	CircuitOpened, CircuitClosed int
}

// Group is the part of a report that is one stage and message type.
type Group struct {
	Stage, MessageType string
	Counters           Counters
}

// Hour is the part of a report that is one hour.
type Hour struct {
	// Start is when the hour began, in UTC.
	Start    time.Time
	Counters Counters
}

// Reader reads reports.
type Reader struct {
	Store Store
	// Stage is the deployment's own, which a report is about unless it is asked for another.
	Stage string
	// Channels are those that the stage has; nil is ntfy alone. Nothing is asked of types and circuits of others.
	Channels []string
}

// Read reports on a period that ends now. Counters are kept by the hour, so the period begins with the whole hour in
// which its first moment lies: "1h" is the running hour and the one before it, up to two hours in all; "24h" is the
// running hour and the 24 before it, "7d" the running one and the 168 before it. An event is counted in the hour in
// which it happened, a moment after it did.
//
// An empty stage is the deployment's own, an empty messageType all of them. One query for each message type and each
// channel is all that is read, however many messages there are.
//
// Errors: ErrUnknownPeriod, messagetype.ErrUnknownType.
func (r *Reader) Read(ctx context.Context, now time.Time, period Period, stage, messageType string) (Report, error) {
	length, err := period.length()
	if err != nil {
		return Report{}, err
	}
	messageTypes, err := r.chosen(messageType)
	if err != nil {
		return Report{}, err
	}
	if stage == "" {
		stage = r.Stage
	}
	report := Report{
		Period: period, From: HourOf(now.Add(-length)), To: now.UTC(), Groups: make([]Group, 0, len(messageTypes)),
	}
	if err := r.readMessages(ctx, &report, stage, messageTypes); err != nil {
		return Report{}, err
	}
	return report, r.readCircuits(ctx, &report, stage)
}

// chosen is the message types that a report is about.
func (r *Reader) chosen(messageType string) ([]string, error) {
	if messageType == "" {
		return messagetype.NamesOn(r.channels()), nil
	}
	if _, err := messagetype.Lookup(messageType); err != nil {
		return nil, err
	}
	return []string{messageType}, nil
}

// readMessages fills the report with the counters of the stage's message types.
func (r *Reader) readMessages(ctx context.Context, report *Report, stage string, messageTypes []string) error {
	byHour := make(map[time.Time]Counters)
	for _, name := range messageTypes {
		hours, err := r.Store.Hours(ctx, MessageSeries(stage, name), report.From, report.To)
		if err != nil {
			return err
		}
		group := Group{Stage: stage, MessageType: name, Counters: sum(hours)}
		report.Groups = append(report.Groups, group)
		report.Total = report.Total.Plus(group.Counters)
		for hour, counters := range hours {
			byHour[hour] = byHour[hour].Plus(counters)
		}
	}
	for hour := report.From; !hour.After(report.To); hour = hour.Add(time.Hour) {
		report.Hours = append(report.Hours, Hour{Start: hour, Counters: byHour[hour]})
	}
	return nil
}

// readCircuits fills in how often the circuits of the stage's channels changed.
func (r *Reader) readCircuits(ctx context.Context, report *Report, stage string) error {
	for _, channel := range r.channels() {
		hours, err := r.Store.Hours(ctx, CircuitSeries(stage, channel), report.From, report.To)
		if err != nil {
			return err
		}
		counters := sum(hours)
		report.CircuitOpened += counters.Opened
		report.CircuitClosed += counters.Closed
	}
	return nil
}

func (r *Reader) channels() []string {
	if r.Channels == nil {
		return []string{contract.ChannelNtfy}
	}
	return r.Channels
}

func sum(hours map[time.Time]Counters) Counters {
	var total Counters
	for _, counters := range slices.Collect(maps.Values(hours)) {
		total = total.Plus(counters)
	}
	return total
}
