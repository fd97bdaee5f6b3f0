package bench

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/build"
	"github.com/rezagent/rez_agent/local/proxy"
)

// The goals that stand beside the figures.
const (
	goalWriteUnits = 6.0
	goalBinary     = 12.0 // MB
)

// Report is what was measured.
type Report struct {
	// Machine says on what.
	Machine string
	Tables  []Table
	// Lost are the ids of accepted messages that were never shown.
	Lost []string
	// Broken are promises that did not hold, in words.
	Broken []string
}

// NewReport is a report of this machine.
func NewReport(tables ...Table) Report { return Report{Machine: machine(), Tables: tables} }

// Table is one part of a report.
type Table struct {
	Title string
	// Note says what the figures are.
	Note   string
	Header []string
	Rows   [][]string
}

func (b *bench) report(results []result) (Report, error) {
	counts := b.stack.Proxy.Counts().Since(b.before).Of(b.ours)
	messages := 0
	report := Report{Machine: machine()}
	for _, one := range results {
		messages += len(one.samples[0].shown)
		report.Lost = append(report.Lost, append(one.samples[0].lost(), one.samples[1].lost()...)...)
	}
	if messages == 0 {
		return report, nil
	}
	each := perMessage(messages)
	lambdas, err := b.lambdas(each)
	report.Tables = []Table{
		b.speed(results), b.cost(counts, results, each), calls(counts, each), unitTable(counts, each), lambdas,
	}
	return report, err
}

// perMessage divides by the number of messages.
type perMessage float64

func (n perMessage) of(sum float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.2f", sum/float64(n)), ".00")
}

// bytes divides without a fraction.
func (n perMessage) bytes(sum int64) string { return fmt.Sprintf("%.0f", float64(sum)/float64(n)) }

func (b *bench) speed(results []result) Table {
	t := Table{
		Title: "Speed",
		Note: "From accepted to shown by ntfy; of the empty chain, from published to its execution's end. " +
			"“Done” is the end of our own execution. Turn by turn on one emulator, Lambdas warm.",
		Header: []string{"", "rez_agent", "empty chain", "ratio"},
	}
	for _, one := range results {
		ours, empty := one.samples[0], one.samples[1]
		if !one.paced {
			t.Rows = append(t.Rows,
				compared(one.name+": all shown after", ours.took, empty.took),
				[]string{one.name + ": messages a second", rate(ours), rate(empty), ""})
			continue
		}
		shown, ended := latencies(ours.sent, ours.shown), latencies(empty.sent, empty.shown)
		for _, percent := range []int{50, 95, 99} {
			name := fmt.Sprintf("%s: shown, p%d", one.name, percent)
			t.Rows = append(t.Rows, compared(name, percentile(shown, percent), percentile(ended, percent)))
		}
		done := percentile(latencies(ours.sent, ours.ended), 50)
		t.Rows = append(t.Rows, compared(one.name+": done, p50", done, percentile(ended, 50)))
	}
	return t
}

func compared(name string, ours, empty time.Duration) []string {
	ratio := "–"
	if empty > 0 {
		ratio = fmt.Sprintf("%.1f", ours.Seconds()/empty.Seconds())
	}
	return []string{name, brief(ours), brief(empty), ratio}
}

func brief(d time.Duration) string {
	if d >= 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

func rate(s sample) string {
	if s.took == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f", float64(len(s.shown))/s.took.Seconds())
}

// cost is what one message takes, with the goals beside it.
func (b *bench) cost(counts proxy.Counts, results []result, each perMessage) Table {
	total, units := counts.Total(), counts.TotalUnits()
	now := b.stack.Standin.Counts()
	lost, lostEmpty := 0, 0
	for _, one := range results {
		lost += len(one.samples[0].lost())
		lostEmpty += len(one.samples[1].lost())
	}
	ours, empty := b.cpuOfBoth()
	return Table{
		Title: "Cost of one message",
		Note: fmt.Sprintf("Averages of %d delivered messages. AWS calls are those that our code makes, accepting included; "+
			"AWS's own (queue → Lambda, workflow → Lambda) are not among them.", int(each)),
		Header: []string{"", "measured", "goal"},
		Rows: [][]string{
			{"DynamoDB write units", each.of(units.Write), goal(units.Write/float64(each), goalWriteUnits, "")},
			{"DynamoDB read units", each.of(units.Read), ""},
			{"AWS calls", each.of(float64(total.Calls)), ""},
			{"of them refused (4xx, 5xx)", each.of(float64(total.Failed)), ""},
			{"bytes sent to AWS", each.bytes(total.Sent), ""},
			{"bytes received", each.bytes(total.Received), ""},
			{"requests to ntfy", each.of(float64(now.Requests - b.already.Requests)), goal(
				float64(now.Requests-b.already.Requests)/float64(each), 1, "")},
			{"CPU of our Lambdas", each.of(milliseconds(ours)) + " ms", ""},
			{"CPU of the empty chain's Lambdas", each.of(milliseconds(empty)) + " ms", ""},
			{"shown twice, all messages", fmt.Sprint(now.Replaced - b.already.Replaced), goal(float64(now.Replaced-b.already.Replaced), 0, "")},
			{"lost, all messages", fmt.Sprint(lost), goal(float64(lost), 0, "")},
			{"lost by the empty chain", fmt.Sprint(lostEmpty), goal(float64(lostEmpty), 0, "")},
		},
	}
}

func goal(measured, most float64, unit string) string {
	verdict := "met"
	if measured > most {
		verdict = "MISSED"
	}
	return strings.TrimSpace(fmt.Sprintf("≤ %g %s", most, unit)) + ", " + verdict
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (b *bench) cpuOfBoth() (ours, empty time.Duration) {
	for function, spent := range b.cpu.spent() {
		switch {
		case strings.HasPrefix(function, prefix):
			empty += spent
		case b.ours(function):
			ours += spent
		}
	}
	return ours, empty
}

func calls(counts proxy.Counts, each perMessage) Table {
	t := Table{Title: "AWS calls of one message", Header: []string{"caller", "service", "operation", "calls", "refused", "bytes sent", "received"}}
	for _, key := range slices.SortedFunc(maps.Keys(counts.Calls), func(a, b proxy.Key) int {
		return cmp.Or(cmp.Compare(a.Caller, b.Caller), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Operation, b.Operation))
	}) {
		one := counts.Calls[key]
		t.Rows = append(t.Rows, []string{
			short(key.Caller), key.Service, key.Operation, each.of(float64(one.Calls)), each.of(float64(one.Failed)),
			each.bytes(one.Sent), each.bytes(one.Received),
		})
	}
	return t
}

func unitTable(counts proxy.Counts, each perMessage) Table {
	t := Table{Title: "DynamoDB units of one message", Header: []string{"caller", "operation", "table or index", "read", "write"}}
	for _, key := range slices.SortedFunc(maps.Keys(counts.Units), func(a, b proxy.UnitKey) int {
		return cmp.Or(cmp.Compare(a.Caller, b.Caller), cmp.Compare(a.Operation, b.Operation),
			cmp.Compare(a.Table, b.Table), cmp.Compare(a.Index, b.Index))
	}) {
		one := counts.Units[key]
		t.Rows = append(t.Rows, []string{
			short(key.Caller), key.Operation, cmp.Or(key.Index, key.Table), each.of(one.Read), each.of(one.Write),
		})
	}
	return t
}

// short is a function's task; calls without a name are the benchmark's own, which accepts the messages.
func short(caller string) string {
	if caller == "" {
		return "accept"
	}
	return strings.TrimSuffix(strings.TrimPrefix(caller, "rez-agent-"), "-local")
}

func (b *bench) lambdas(each perMessage) (Table, error) {
	t := Table{
		Title: "Lambdas",
		Note: "CPU is user and system time of all processes of a function, from /proc/<pid>/stat (steps of 10 ms), " +
			"divided by the messages.",
		Header: []string{"Lambda", "CPU a message", "CPU, empty one", "binary", "goal"},
	}
	spent := b.cpu.spent()
	for _, task := range contract.Tasks() {
		info, err := os.Stat(filepath.Join(b.options.Root, build.Assets, runtime.GOARCH, string(task), "bootstrap"))
		if err != nil {
			return t, fmt.Errorf("measure the Lambda %s: %w", task, err)
		}
		size := float64(info.Size()) / 1e6
		t.Rows = append(t.Rows, []string{
			string(task), took(spent, b.stack.Functions[task], each), took(spent, prefix+string(task), each),
			fmt.Sprintf("%.1f MB", size), goal(size, goalBinary, "MB"),
		})
	}
	return t, nil
}

func took(spent map[string]time.Duration, function string, each perMessage) string {
	if spent[function] == 0 {
		return "–"
	}
	return each.of(milliseconds(spent[function])) + " ms"
}

// machine says what the figures were measured on.
func machine() string {
	text := fmt.Sprintf("%d cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		text += ", load of the machine at the end " + strings.Fields(string(load))[0]
	}
	return text
}
