package bench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rezagent/rez_agent/internal/contract"
)

// Prices of us-east-1 in dollars, on demand, without free tiers, as known on 25 November 2026 and to be checked against
// https://aws.amazon.com/<service>/pricing/ before anybody relies on them.
const (
	priceDate       = "us-east-1, 25 Nov 2026, to be checked against aws.amazon.com/<service>/pricing"
	million         = 1e6
	gigabyte        = 1e9
	priceSNS        = 0.50 / million
	priceSQS        = 0.40 / million
	priceInvocation = 0.20 / million
	priceGBSecond   = 0.0000133334
	priceExecution  = 1.00 / million
	priceExecGBs    = 0.00001667
	priceWrite      = 0.625 / million
	priceRead       = 0.125 / million
	// priceWriteHour and priceReadHour are one provisioned unit's, which here does half of what it could: loads vary.
	priceWriteHour, priceReadHour = 0.00065, 0.00013
	provisionedUse                = 0.5
	priceLog                      = 0.50 / gigabyte
	priceTrace                    = 5.00 / million
	priceAPI                      = 3.50 / million
	priceOut                      = 0.09 / gigabyte
	traced                        = 0.05
	// bytesOut is one request to ntfy with its headers, on a connection that is open.
	bytesOut = 1500
	// accessBytes is a line of the API's access log.
	accessBytes = 500
)

// The goals in dollars for a million delivered messages, from publish to final.
const goalOnDemand, goalProvisioned = 8.50, 6.00

// priced is one line of the bill: dollars for one delivered message.
type priced struct {
	name    string
	dollars float64
}

func rollup(caller string) bool   { return strings.Contains(caller, string(contract.TaskRollup)) }
func delivery(caller string) bool { return !rollup(caller) }

// bill is what delivery costs, from publish to final; provisioned says how DynamoDB is paid.
func (u usage) bill(provisioned bool) []priced {
	n := float64(u.messages)
	invocations, gbs := u.gigabyteSeconds(func(t contract.Task) bool { return t != contract.TaskRollup })
	counts, countGBs := u.gigabyteSeconds(func(t contract.Task) bool { return t == contract.TaskRollup })
	executions := u.calls("states", "StartSyncExecution")
	read, write := u.units(delivery)
	countRead, countWrite := u.units(rollup)
	readPrice, writePrice := priceRead, priceWrite
	if provisioned {
		readPrice, writePrice = priceReadHour/3600/provisionedUse, priceWriteHour/3600/provisionedUse
	}
	// One receive and one delete for each batch, one send for each ticket that SNS hands over.
	sqs := u.calls("sns", "Publish") + u.calls("sqs", "SendMessage") + 2*float64(u.invocations[contract.TaskProcessor])
	logged := int64(0)
	for _, bytes := range u.logged {
		logged += bytes
	}
	return []priced{
		{"SNS", u.calls("sns", "Publish") * priceSNS / n},
		{"SQS", sqs * priceSQS / n},
		{"Lambda: requests", invocations * priceInvocation / n},
		{"Lambda: time", gbs * priceGBSecond / n},
		{"Step Functions Express", executions * (priceExecution + executionSeconds*executionGB*priceExecGBs) / n},
		{"DynamoDB: writes", write * writePrice / n},
		{"DynamoDB: reads", read * readPrice / n},
		{"Counters (rollup: Lambda and DynamoDB)", (counts*priceInvocation + countGBs*priceGBSecond + countRead*readPrice + countWrite*writePrice) / n},
		{"Lambda logs", float64(logged) * priceLog / n},
		{"X-Ray, 5 %", traced * executions * priceTrace / n},
		{"To ntfy", u.invocationsOf(contract.TaskSendNtfy) * bytesOut * priceOut / n},
	}
}

func (u usage) invocationsOf(task contract.Task) float64 { return float64(u.invocations[task]) }

// beside is what does not lie between publish and final.
func (u usage) beside() []priced {
	web, auth := assumed()[contract.TaskWebAPI], assumed()[contract.TaskAuthorizer]
	gbs := web.seconds*float64(web.memoryMB)/1024 + auth.seconds*float64(auth.memoryMB)/1024
	return []priced{
		{"Ingress: API Gateway, authorizer, webapi", priceAPI + 2*priceInvocation + gbs*priceGBSecond + accessBytes*priceLog},
		{"Ingress: the record", u.created() * priceWrite / float64(u.messages)},
		{"Executions' log, ALL with data", float64(u.history) * priceLog / float64(u.messages)},
	}
}

// fixed is what a stage costs in a month in which nothing happens.
func fixed() []priced {
	return []priced{
		{"Alarms: 53, which look at 58 metrics, and 2 composites (stage, prod)", 58*0.10 + 2*0.50},
		{"CloudWatch dashboards: 2", 2 * 3},
		{"Own metrics: circuit_open_seconds alone has data when nothing happens", 0.30},
		{"Sweeper, hello, polls of queue and stream", 0.60},
		{"KMS keys: data, logs, secrets", 3 * 1.00},
	}
}

func costReport(well, away usage) Report {
	return Report{Machine: machine(), Tables: []Table{
		billTable(well, away), besideTable(well, away), fixedTable(), volumeTable(well), assumedTable(well, away),
	}}
}

func sum(lines []priced) float64 {
	total := 0.0
	for _, line := range lines {
		total += line.dollars
	}
	return total
}

func dollars(each float64) string { return fmt.Sprintf("%.2f", each*million) }

func billTable(well, away usage) Table {
	demand, provisioned, ill := well.bill(false), well.bill(true), away.bill(false)
	t := Table{
		Title: "Dollars for a million delivered messages, from publish to final",
		Note: fmt.Sprintf("Counted over %d messages at %d/s, and as many during an outage of %v (503). Prices: %s.",
			well.messages, costPace, outage, priceDate),
		Header: []string{"", "on demand", "provisioned", "outage, on demand"},
	}
	for i, line := range demand {
		t.Rows = append(t.Rows, []string{line.name, dollars(line.dollars), dollars(provisioned[i].dollars), dollars(ill[i].dollars)})
	}
	largest := slices.MaxFunc(demand, func(a, b priced) int { return int((a.dollars - b.dollars) * million * million) })
	t.Rows = append(t.Rows,
		[]string{"Sum", dollars(sum(demand)), dollars(sum(provisioned)), dollars(sum(ill))},
		[]string{"Goal", goal(sum(demand)*million, goalOnDemand, ""), goal(sum(provisioned)*million, goalProvisioned, ""), ""},
		[]string{"Largest line", largest.name, "", ""})
	return t
}

func besideTable(well, away usage) Table {
	t := Table{Title: "Beside it, for a million messages", Header: []string{"", "well", "outage"}}
	ill := away.beside()
	for i, line := range well.beside() {
		t.Rows = append(t.Rows, []string{line.name, dollars(line.dollars), dollars(ill[i].dollars)})
	}
	return t
}

func fixedTable() Table {
	t := Table{Title: "Dollars a month for a stage in which nothing happens", Header: []string{"", "dollars"}}
	for _, line := range fixed() {
		t.Rows = append(t.Rows, []string{line.name, fmt.Sprintf("%.2f", line.dollars)})
	}
	t.Rows = append(t.Rows, []string{"Sum", fmt.Sprintf("%.2f", sum(fixed()))})
	return t
}

// volumeTable is the whole bill of a month.
func volumeTable(well usage) Table {
	t := Table{
		Title:  "Dollars a month, everything",
		Note:   "With ingress by the API and the executions' log; without volume discounts and free tiers.",
		Header: []string{"messages a month", "on demand", "provisioned", "on demand, a million"},
	}
	beside := sum(well.beside())
	for _, n := range []float64{1e3, 1e6, 1e8} {
		demand := n*(sum(well.bill(false))+beside) + sum(fixed())
		provisioned := n*(sum(well.bill(true))+beside) + sum(fixed())
		t.Rows = append(t.Rows, []string{
			fmt.Sprintf("%.0f", n), fmt.Sprintf("%.2f", demand), fmt.Sprintf("%.2f", provisioned), fmt.Sprintf("%.2f", demand/n*million),
		})
	}
	return t
}

func assumedTable(well, away usage) Table {
	t := Table{
		Title: "What was counted, and what is assumed",
		Note: fmt.Sprintf("Durations on AWS are assumed, as of 25 Nov 2026, and were measured by nobody; an execution is taken for %.1f s at 64 MB.",
			executionSeconds),
		Header: []string{"Lambda", "invocations a message", "in an outage", "MB", "ms (assumed)", "bytes logged a message"},
	}
	for _, task := range contract.Tasks() {
		if well.invocations[task]+away.invocations[task] == 0 {
			continue
		}
		one, each, ill := assumed()[task], perMessage(well.messages), perMessage(away.messages)
		t.Rows = append(t.Rows, []string{
			string(task), each.of(well.invocationsOf(task)), ill.of(away.invocationsOf(task)), fmt.Sprint(one.memoryMB),
			fmt.Sprintf("%.0f", one.seconds*1000), each.bytes(well.logged[task]),
		})
	}
	return t
}
