package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Header is the table's head, for Line.
func Header() string {
	return line("row", "sent", "ended", "lost", "reported", "crashed", "final", "") + "\n" + strings.Repeat("─", width)
}

const width = 112

func line(row, sent, ended, lost, reported, crashed, final, verdict string) string {
	const columns = "%-32s %5s  %-30s %5s %9s %8s %8s  %s"
	return strings.TrimRight(fmt.Sprintf(columns, row, sent, ended, lost, reported, crashed, final, verdict), " ")
}

// Line is a result as a line of the table, and what is wrong below it.
func (r Result) Line() string {
	verdict := "holds"
	if len(r.Wrong) > 0 {
		verdict = "WRONG"
	}
	if r.Outrun > 0 {
		verdict += fmt.Sprintf(" (%d outran their lease: this machine is too slow for the divided time)", r.Outrun)
	}
	crashed := fmt.Sprint(r.Crashed)
	if r.Row.Crashes > 0 {
		crashed += fmt.Sprintf(" ≤ %d", r.Row.Crashes)
	}
	text := line(r.Row.Name, fmt.Sprint(r.Sent), ends(r.Ended), fmt.Sprint(r.Lost), fmt.Sprint(r.Reported), crashed,
		r.Final.Round(100*time.Millisecond).String(), verdict)
	for _, wrong := range r.Wrong {
		text += "\n    " + wrong
	}
	return text
}

func ends(ended map[End]int) string {
	parts := []string{}
	for _, end := range slices.Sorted(maps.Keys(ended)) {
		parts = append(parts, fmt.Sprintf("%d %s", ended[end], end))
	}
	return strings.Join(parts, ", ")
}

// Summary are the sums of all rows, in one line.
func Summary(results []Result) string {
	sum, wrong := Result{}, 0
	for _, r := range results {
		sum.Sent += r.Sent
		sum.Lost += r.Lost
		sum.Reported += r.Reported
		sum.Crashed += r.Crashed
		if len(r.Wrong) > 0 {
			wrong++
		}
	}
	return fmt.Sprintf("%d rows, %d messages: %d lost, %d shown by ntfy and reported as failed, %d delivered again after a crash "+
		"(each updates the notification that is shown), %d rows wrong", len(results), sum.Sent, sum.Lost, sum.Reported, sum.Crashed, wrong)
}

// Legend explains the table's columns.
func Legend() string {
	return strings.Join([]string{
		"lost      accepted, and neither shown nor ended in a way that says why: must be 0",
		"reported  shown, and then reported as failed by ntfy or the network, so sent again: nobody can know better",
		"crashed   shown, and sent again because our side broke before the record said so: the one window, with its bound",
		"final     from the last of sending and healing until every message was final, in divided time",
	}, "\n")
}
