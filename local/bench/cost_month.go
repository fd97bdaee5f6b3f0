package bench

import (
	"fmt"

	"github.com/rezagent/rez_agent/internal/contract"
)

// What stands in a month of 30 days whether there are messages or not.
const (
	minutes = 30 * 24 * 60
	// A queue's mapping asks with five pollers that wait for 20 s each.
	pollers, pollsAMinute = 5, 3
	// alarmMetrics are what the 53 alarms look at, composites the alarms of alarms.
	alarms, alarmMetrics, composites = 53, 58, 2
	dashboards                       = 2
	// idleMetrics has circuit_open_seconds alone; usedMetrics are all, with two message types.
	idleMetrics, usedMetrics = 1, 35
	keys                     = 3
	// A caller of a table, and a publisher, asks KMS for a data key at most once in five minutes; queues ask once an hour.
	// There are 23 pairs of table and caller, 5 publishers who ask twice; the sweeper alone works when nothing happens.
	keyMinutes              = 5
	keyAskers, idleAskers   = 23 + 2*5, 2
	queueAskers, keyPerHour = 18, 30 * 24
)

// monthly is a line of a month's bill: of dev, which has no keys of its own, and of stage and prod, where nothing happens
// and where messages come.
type monthly struct {
	name            string
	dev, idle, used float64
}

func fixed() []monthly {
	same := func(name string, each float64) monthly { return monthly{name, each, each, each} }
	sweeper := assumed()[contract.TaskSweeper]
	sweep := priceInvocation + sweeper.seconds*float64(sweeper.memoryMB)/1024*priceGBSecond + priceSQS + 3*priceRead + accessBytes*priceLog
	return []monthly{
		same(fmt.Sprintf("%d alarms on %d metrics, and %d of alarms", alarms, alarmMetrics, composites), alarmMetrics*priceAlarm+composites*priceComposite),
		same("Dashboards of CloudWatch: 2 (an account's first three are free)", dashboards*priceDashboard),
		{"Metrics of our own: 1 where nothing happens, at most 35", idleMetrics * priceMetric, idleMetrics * priceMetric, usedMetrics * priceMetric},
		same("SQS: the mapping's pollers", pollers*pollsAMinute*minutes*priceSQS),
		same("The sweeper, each minute", minutes*sweep),
		{"KMS: keys for data, logs and secrets", 0, keys * priceKey, keys * priceKey},
		{"KMS: requests", 0, kms(idleAskers), kms(keyAskers)},
	}
}

// kms is what asking for data keys costs in a month.
func kms(askers float64) float64 {
	return (askers*minutes/keyMinutes + queueAskers*keyPerHour) * priceKMS
}

// total adds up one column.
func total(of func(monthly) float64) (sum float64) {
	for _, line := range fixed() {
		sum += of(line)
	}
	return sum
}

func fixedTable() Table {
	t := Table{
		Title:  "Dollars a month for a stage",
		Header: []string{"", "dev, idle", "stage or prod, idle", "stage or prod, in use"},
	}
	row := func(line monthly) []string {
		return []string{line.name, fmt.Sprintf("%.2f", line.dev), fmt.Sprintf("%.2f", line.idle), fmt.Sprintf("%.2f", line.used)}
	}
	all := monthly{name: "Sum"}
	for _, line := range fixed() {
		all.dev, all.idle, all.used = all.dev+line.dev, all.idle+line.idle, all.used+line.used
		t.Rows = append(t.Rows, row(line))
	}
	t.Rows = append(t.Rows, row(all))
	return t
}

// volumeTable is the whole bill of a month.
func volumeTable(well, away usage) Table {
	t := Table{
		Title: "Dollars a month, everything",
		Note: "With ingress by the API, the executions' log, storage and what is fixed; one ticket in each batch. " +
			"The outage lasts all month.",
		Header: []string{"messages a month", "on demand", "provisioned", "in an outage, on demand", "on demand, a million"},
	}
	base := total(func(line monthly) float64 { return line.used })
	for _, n := range []float64{1e3, 1e6, 1e8} {
		demand := n*(sum(well.bill(false))+sum(well.beside())) + base
		provisioned := n*(sum(well.bill(true))+sum(well.beside())) + base
		ill := n*(sum(away.bill(false))+sum(away.beside())) + base
		t.Rows = append(t.Rows, []string{
			fmt.Sprintf("%.0f", n), fmt.Sprintf("%.2f", demand), fmt.Sprintf("%.2f", provisioned), fmt.Sprintf("%.2f", ill),
			fmt.Sprintf("%.2f", demand/n*million),
		})
	}
	return t
}
