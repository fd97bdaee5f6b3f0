package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/proxy"
	"github.com/rezagent/rez_agent/local/standin"
)

// books are a row's accounts: what was accepted against what ntfy, the records and the queues say.
type books struct {
	row     Row
	world   *World
	records map[string]message.Record
	// requests are all of ntfy's own log, byMessage the same by message.
	requests  []standin.Request
	byMessage map[string][]standin.Request
	// starts are when the executions of each message began.
	starts map[string][]time.Time
	// outrun are messages of which an execution took longer than its lease.
	outrun map[string]bool
	result Result
}

// books does the accounts. It looks at ntfy and AWS from outside, never at what our code says of itself but its records.
func (w *World) books(ctx context.Context, row Row) Result {
	records, err := w.records(ctx)
	b := &books{
		row: row, world: w, records: records, requests: w.stack.Standin.Requests(),
		result: Result{Row: row, Sent: len(w.row.sent), Ended: map[End]int{}},
	}
	if err != nil {
		b.wrongf("the records could not be read: %v", err)
		return b.result
	}
	b.byMessage = map[string][]standin.Request{}
	for _, request := range b.requests {
		id := messageOf(request.SequenceID)
		b.byMessage[id] = append(b.byMessage[id], request)
	}
	b.starts, b.outrun = starts(w.log.Calls()), outrun(w.log.Calls(), w.settings().Lease)
	b.ends()
	b.onOnePhone(b.deliveries())
	b.histories()
	b.openness(circuitPeriods(w.log.Calls(), w.stack.CircuitTable))
	letters, err := w.items(ctx, w.stack.DLQURL)
	if err != nil {
		b.wrongf("%v", err)
	}
	b.letters(letters)
	b.calls(w.log.Calls())
	return b.result
}

// messageOf is the message that a sequence id belongs to.
func messageOf(sequenceID string) string {
	return sequenceID[:max(0, strings.LastIndexByte(sequenceID, '-'))]
}

func (b *books) wrongf(format string, values ...any) {
	const most = 12 // one is enough to fail, some help to understand, hundreds do not
	if len(b.result.Wrong) < most {
		b.result.Wrong = append(b.result.Wrong, fmt.Sprintf(format, values...))
	}
}

// ends: every accepted message has ended, and in the way that was written down beforehand.
func (b *books) ends() {
	for _, id := range b.world.row.sent {
		rec, there := b.records[id]
		switch {
		case !there && b.world.row.deleted[id]:
			b.result.Ended[Gone]++
		case !there:
			b.result.Lost++
			b.wrongf("message %s has no record", id)
		case !rec.Status.Final():
			b.result.Lost++
			b.wrongf("message is not final: %s", tell(rec))
		default:
			b.result.Ended[endOf(rec)]++
		}
	}
	got := maps.Clone(b.result.Ended)
	for _, end := range b.row.Either { // as if each of them had ended as expected
		for wanted := range b.row.Ends {
			got[wanted] += got[end]
			delete(got, end)
		}
	}
	if !maps.Equal(got, b.row.Ends) {
		b.wrongf("ended %v, expected %v", b.result.Ended, b.row.Ends)
	}
}

func endOf(rec message.Record) End {
	if rec.Status == message.StatusCompleted {
		return Completed
	}
	return End(rec.Reason)
}

// deliveries: ntfy showed exactly the completed messages, each generation once. A delivery that was made again is one that
// ntfy had reported as failed, or one of the few that a crash of ours allows; anything else is wrong.
// It gives how many sequence ids were shown.
func (b *books) deliveries() int {
	want := map[string]bool{}
	for _, sequence := range b.world.row.earlier {
		want[sequence] = true
	}
	for _, rec := range b.records {
		if rec.Status == message.StatusCompleted {
			want[rec.SequenceID()] = true
		}
	}
	all := map[string][]standin.Request{}
	for _, request := range b.requests {
		if request.Shown {
			all[request.SequenceID] = append(all[request.SequenceID], request)
		}
	}
	for sequence := range want {
		if len(all[sequence]) == 0 {
			b.result.Lost++
			b.wrongf("%s is completed and ntfy never showed it", sequence)
		}
	}
	for sequence, made := range all {
		b.again(sequence, made)
		if !want[sequence] && !b.reportedAsFailed(made[len(made)-1]) {
			b.wrongf("ntfy showed %s, which did not end as completed", sequence)
		}
	}
	if b.result.Crashed > b.row.Crashes && b.row.Crashes > 0 {
		b.wrongf("%d deliveries were made again after a crash of ours, allowed are %d", b.result.Crashed, b.row.Crashes)
	}
	return len(all)
}

// again counts the deliveries of a sequence id that were followed by another, by whose fault that was.
func (b *books) again(sequence string, made []standin.Request) {
	for _, earlier := range made[:len(made)-1] {
		if b.reportedAsFailed(earlier) {
			b.result.Reported++
			continue
		}
		if b.outrun[messageOf(sequence)] && b.result.Crashed >= b.row.Crashes {
			b.result.Outrun++
			continue
		}
		b.result.Crashed++
		if b.row.Crashes == 0 {
			b.wrongf("%s was delivered at %s and again, though nothing had failed", sequence, earlier.At.Format("15:04:05.000"))
		}
	}
}

// reportedAsFailed: ntfy showed the message and said that it had not, or did not say so in time.
func (b *books) reportedAsFailed(request standin.Request) bool {
	if request.Status != http.StatusOK || request.Fault != "" {
		return true
	}
	// The answer was given but came too late for the client, which says so on the record.
	return slices.ContainsFunc(b.records[messageOf(request.SequenceID)].Attempts, func(a message.Attempt) bool {
		return a.Status == 0 && !request.At.Before(a.At) && request.At.Before(a.At.Add(a.Latency+b.world.settings().HTTPTimeout))
	})
}

// onOnePhone: what a phone shows that follows ntfy 2.16 or newer is each sequence id once.
func (b *books) onOnePhone(sequences int) {
	if shown := len(b.world.stack.Standin.Shown("")); shown != sequences {
		b.wrongf("a phone shows %d notifications of %d sequence ids", shown, sequences)
	}
}

// letters: the DLQ holds the poison, and a ticket of each message that expired or that the pipeline failed.
func (b *books) letters(letters []item) {
	poison, ticketed := slices.Clone(b.world.row.poison), map[string]bool{}
	for _, letter := range letters {
		if at := slices.Index(poison, letter.Body); at >= 0 {
			poison = slices.Delete(poison, at, at+1)
			continue
		}
		var t message.Ticket
		if json.Unmarshal([]byte(letter.Body), &t) != nil || t.MessageID == "" {
			b.wrongf("the DLQ holds %d bytes that are no ticket and were not sent as poison", len(letter.Body))
			continue
		}
		ticketed[t.MessageID] = true
	}
	if len(poison) > 0 {
		b.wrongf("the DLQ lacks %d of the items that are no tickets", len(poison))
	}
	b.ticketsFit(ticketed)
}

func (b *books) ticketsFit(ticketed map[string]bool) {
	for _, rec := range b.records {
		belongs := rec.Status == message.StatusFailed && rec.Reason != message.ReasonRefused
		if belongs && !ticketed[rec.ID] {
			b.wrongf("the DLQ lacks the ticket of %s", tell(rec))
		}
		if !belongs && ticketed[rec.ID] && !b.row.Stale {
			b.wrongf("the DLQ holds a ticket of %s", tell(rec))
		}
	}
}

// calls: no Lambda was refused what it needs, and no delay was longer than SQS takes, which the emulator may not mind.
func (b *books) calls(all []proxy.Seen) {
	for _, seen := range all {
		if seen.Service != ntfyService && (seen.Status == http.StatusForbidden || bytes.Contains(seen.Answer, []byte("AccessDenied"))) {
			b.wrongf("%s was refused %s %s", seen.Caller, seen.Service, seen.Operation)
		}
		if seen.Operation == "SendMessage" {
			b.delay(seen.Body)
		}
	}
}

func (b *books) delay(body []byte) {
	const longest = 900
	var call struct{ DelaySeconds int }
	if json.Unmarshal(body, &call) == nil && (call.DelaySeconds < 0 || call.DelaySeconds > longest) {
		b.wrongf("DelaySeconds %d: SQS takes 0 to %d", call.DelaySeconds, longest)
	}
}
