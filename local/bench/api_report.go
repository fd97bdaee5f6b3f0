package bench

import (
	"fmt"
	"strings"
	"time"
)

// maxRatio is how much slower than an empty Lambda the API may be, at the 95th percentile.
const maxRatio = 2.0

func apiTable(results []apiResult) Table {
	t := Table{
		Title: fmt.Sprintf("REST API at %d requests a second", apiPace),
		Note: fmt.Sprintf("From sent to the answer's last byte; %d records in the table. The empty Lambda stands behind the same "+
			"authorizer. Turn by turn on one emulator, Lambdas warm. What is created waits in the queue meanwhile. CPU is that "+
			"of one request and of all that runs beside it.", apiRecords),
		Header: []string{"", "rez_agent", "empty Lambda", "ratio", "goal"},
	}
	for _, one := range results {
		ours, empty := one.samples[0], one.samples[1]
		for _, percent := range []int{50, 95, 99} {
			row := compared(fmt.Sprintf("%s: p%d", one.of.name, percent), percentile(ours.latencies, percent), percentile(empty.latencies, percent))
			if row = append(row, ""); percent == 95 {
				row[len(row)-1] = apiGoal(one)
			}
			t.Rows = append(t.Rows, row)
		}
		t.Rows = append(t.Rows, cpuRow(one.of.name+": CPU of the Lambdas", ours.lambdas, ours, empty.lambdas, empty),
			cpuRow(one.of.name+": CPU of the emulator", ours.emulator, ours, empty.emulator, empty))
		t.Rows = append(t.Rows, []string{
			one.of.name + ": errors", fmt.Sprint(ours.failed), fmt.Sprint(empty.failed), "", failures(ours),
		})
	}
	return t
}

func cpuRow(name string, spent time.Duration, ours apiSample, spentEmpty time.Duration, empty apiSample) []string {
	each := func(sum time.Duration, s apiSample) string {
		return fmt.Sprintf("%.1f ms", milliseconds(sum)/float64(max(1, len(s.latencies))))
	}
	return []string{name, each(spent, ours), each(spentEmpty, empty), "", ""}
}

// apiGoal says whether both goals are met.
func apiGoal(one apiResult) string {
	ours, empty := percentile(one.samples[0].latencies, 95), percentile(one.samples[1].latencies, 95)
	verdict := goal(milliseconds(ours), float64(one.of.p95/time.Millisecond), "ms")
	if empty > 0 {
		verdict += "; " + goal(ours.Seconds()/empty.Seconds(), maxRatio, "×")
	}
	return verdict
}

func failures(s apiSample) string {
	return strings.TrimSuffix(goal(float64(s.failed), 0, "")+": "+strings.Join(s.faults[:min(len(s.faults), 3)], ", "), ": ")
}
