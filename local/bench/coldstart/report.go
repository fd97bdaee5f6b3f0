package coldstart

import (
	"fmt"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/bench"
)

// The goals: how many times an empty Lambda's start a Lambda's may take.
const (
	goalTask = 1.5
	goalAPI  = 2.0
)

// Report is the table of what was measured. The first is the empty one, against which all others are held.
func Report(all []Measured) bench.Report {
	t := bench.Table{
		Title: "Cold start",
		Note: fmt.Sprintf("From the process's start (fork and exec included) until it asks for an event (ready), and until it has answered "+
			"its first (first event), with every call of it to AWS and ntfy, which a loopback server answers at once; the empty one calls nobody, onecall reads one item and does nothing else. "+
			"Medians of %d starts, all Lambdas by turns. Memory is what is in RAM after the first event.",
			len(all[0].Starts)),
		Header: []string{"Lambda", "binary", "memory", "ready", "÷ empty", "goal", "first event", "÷ empty", "goal", "calls of the first event"},
	}
	empty := all[0]
	for _, one := range all {
		ready, first := one.ready()/empty.ready(), one.first()/empty.first()
		t.Rows = append(t.Rows, []string{
			one.Name, fmt.Sprintf("%.1f MB", float64(one.Binary)/1e6), fmt.Sprintf("%.1f MB", one.memory()/1e6),
			fmt.Sprintf("%.1f ms", one.ready()), fmt.Sprintf("%.2f", ready), verdict(one.Name, ready),
			fmt.Sprintf("%.1f ms", one.first()), fmt.Sprintf("%.2f", first), verdict(one.Name, first), strings.Join(one.Calls, ", "),
		})
	}
	return bench.NewReport(t)
}

func verdict(name string, ratio float64) string {
	most := goalTask
	switch name {
	case emptyName, onecallName:
		return ""
	case string(contract.TaskWebAPI), string(contract.TaskAuthorizer):
		most = goalAPI
	}
	if ratio > most {
		return fmt.Sprintf("≤ %g, MISSED", most)
	}
	return fmt.Sprintf("≤ %g, met", most)
}

func (m Measured) ready() float64 {
	return median(m.Starts, func(s Start) float64 { return inMS(s.Ready) })
}

func (m Measured) first() float64 {
	return median(m.Starts, func(s Start) float64 { return inMS(s.First) })
}

func (m Measured) memory() float64 {
	return median(m.Starts, func(s Start) float64 { return float64(s.Memory) })
}

func inMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
