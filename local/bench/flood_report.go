package bench

import (
	"fmt"
	"slices"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

const (
	// goalShare is how much of what was accepted is promised to be delivered, in percent.
	goalShare = 99.95
	// goalGrowth is by how much a process's memory may grow from the middle of a load to its end, in percent, and still be
	// called flat: Go's collector lets a heap of a few megabytes breathe by as much.
	goalGrowth = 10.0
)

func (f *flood) floodReport() Report {
	report := Report{Machine: machine(), Broken: f.broken()}
	report.Tables = []Table{f.became()}
	if len(f.shown) > 0 {
		each := perMessage(len(f.shown))
		report.Tables = append(report.Tables, f.held(), unitTable(f.counts, each), calls(f.counts, each))
	}
	return report
}

// broken are the promises that a load broke. How fast it was is none of them.
func (f *flood) broken() []string {
	var all []string
	for id := range f.sent {
		rec, there := f.records[id]
		switch {
		case !there:
			all = append(all, "message "+id+" has no record")
		case !rec.Status.Final():
			all = append(all, fmt.Sprintf("message %s is not final: %s, %d deferrals", id, rec.Status, rec.Deferrals))
		case rec.Status != message.StatusCompleted:
			all = append(all, fmt.Sprintf("message %s failed: %s %s", id, rec.Reason, rec.Detail))
		case f.shown[id].IsZero():
			all = append(all, "message "+id+" is completed and was never shown")
		}
	}
	slices.Sort(all)
	if f.deadLetters > 0 {
		all = append(all, fmt.Sprintf("%d items are in the DLQ", f.deadLetters))
	}
	for _, sequence := range f.repeated {
		all = append(all, sequence+" was shown more than once")
	}
	return all
}

// became says what became of the messages.
func (f *flood) became() Table {
	notFinal := 0
	for id := range f.sent {
		if !f.records[id].Status.Final() {
			notFinal++
		}
	}
	took := sample{shown: f.shown}
	for _, at := range f.shown {
		took.took = max(took.took, at.Sub(f.began))
	}
	waits := latencies(f.sent, f.shown)
	requests := float64(f.ntfy.Requests-f.already.Requests) / float64(max(1, len(f.shown)))
	return Table{
		Title: fmt.Sprintf("%d messages as fast as the local stack takes them", f.options.Burst),
		Note: fmt.Sprintf("%d senders, Lambdas warm, ntfy well. They are accepted faster than delivered, so that the time from accepted to shown "+
			"is the time in the queue.", senders),
		Header: []string{"", "measured", "goal"},
		Rows: [][]string{
			{"accepted", fmt.Sprint(len(f.sent)), ""},
			{"accepted within", brief(f.accepting), ""},
			{"delivered", fmt.Sprint(len(f.shown)), ""},
			{"delivered share", fmt.Sprintf("%.2f %%", f.share()), atLeast(f.share(), goalShare, "%")},
			{"all shown after", brief(took.took), ""},
			{"messages a second", rate(took), ""},
			{"accepted to shown, p50", brief(percentile(waits, 50)), ""},
			{"accepted to shown, p95", brief(percentile(waits, 95)), ""},
			{"accepted to shown, p99", brief(percentile(waits, 99)), ""},
			{"requests to ntfy a message", perMessage(1).of(requests), goal(requests, 1, "")},
			{"not final", fmt.Sprint(notFinal), goal(float64(notFinal), 0, "")},
			{"in the DLQ", fmt.Sprint(f.deadLetters), goal(float64(f.deadLetters), 0, "")},
			{"shown twice", fmt.Sprint(len(f.repeated)), goal(float64(len(f.repeated)), 0, "")},
			{"tickets published again by the sweeper", fmt.Sprint(f.swept()), goal(float64(f.swept()), 0, "")},
		},
	}
}

// share is how much of what was accepted was delivered, in percent.
func (f *flood) share() float64 {
	const whole = 100
	return whole * float64(len(f.shown)) / float64(max(1, len(f.sent)))
}

func atLeast(measured, least float64, unit string) string {
	verdict := "met"
	if measured < least {
		verdict = "MISSED"
	}
	return fmt.Sprintf("≥ %g %s, %s", least, unit, verdict)
}

// held is the memory of our Lambdas.
func (f *flood) held() Table {
	t := Table{
		Title: "Memory of the Lambdas",
		Note: "Processes and what each of them holds (resident, from /proc) before the first message, when half of them was shown, and after the " +
			"last. Growth is that of the processes which were there at both times. Garbage is collected often here (GOGC=" + oftenPercent + "), " +
			"so that this is what they hold, and not what they have not thrown away yet.",
		Header: []string{"", "start", "middle", "end", "growth, middle to end", "goal"},
	}
	for _, task := range contract.Tasks() {
		name := f.stack.Functions[task]
		if middle, end := f.middle.of(name), f.end.of(name); len(middle)+len(end) > 0 {
			t.Rows = append(t.Rows, heldRow(string(task), f.start.of(name), middle, end))
		}
	}
	t.Rows = append(t.Rows, heldRow("all", f.start, f.middle, f.end))
	return t
}

func heldRow(name string, start, middle, end memory) []string {
	row := []string{name, start.String(), middle.String(), end.String(), "–", ""}
	if percent, ok := end.growth(middle); ok {
		row[4], row[5] = fmt.Sprintf("%.1f %%", percent), goal(percent, goalGrowth, "%")
	}
	return row
}
