package bench

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/settings"
)

// The goals in dollars for a million delivered messages, from publish to final.
const goalOnDemand, goalProvisioned = 8.50, 6.00

// priced is one line of the bill: dollars for one delivered message.
type priced struct {
	name    string
	dollars float64
}

// inBatchesOf is what the run would have used, had each processor got n tickets instead of one.
func (u usage) inBatchesOf(n int) usage {
	u.invocations = maps.Clone(u.invocations)
	u.invocations[contract.TaskProcessor] /= n
	return u
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
		{"Storage: record and index entry for 90 days, with point-in-time recovery", storedGB * storedMonths * (priceStorage + priceRecovery)},
	}
}

func costReport(well, away usage) Report {
	return Report{Machine: machine(), Tables: []Table{
		billTable(well, away), batchTable(well), besideTable(well, away), fixedTable(), volumeTable(well, away), assumedTable(well, away),
		priceTable(),
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
		Note: fmt.Sprintf("Counted over %d messages at %d/s, and as many during an outage of %v (503). One ticket in each batch, "+
			"changes gathered for %v. Provisioned units are taken to be used to %.0f %%.",
			well.messages, costPace, outage, settings.StreamWindow, 100*provisionedUse),
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

// batchTable says what batches of tickets save: the run had one ticket in each.
func batchTable(well usage) Table {
	t := Table{
		Title: "The same with more tickets in a batch",
		Note: "Computed: a batch shares a processor, a receive and a delete. How large batches are on AWS depends on the load and on " +
			"the stage's QueueWindow; nobody has measured it.",
		Header: []string{"tickets in a batch", "on demand", "provisioned"},
	}
	for _, n := range []int{1, 2, 5, 10} {
		batched := well.inBatchesOf(n)
		demand, provisioned := sum(batched.bill(false)), sum(batched.bill(true))
		t.Rows = append(t.Rows, []string{
			fmt.Sprint(n), dollars(demand) + " (" + goal(demand*million, goalOnDemand, "") + ")",
			dollars(provisioned) + " (" + goal(provisioned*million, goalProvisioned, "") + ")",
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
