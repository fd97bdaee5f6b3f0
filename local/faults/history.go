package faults

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/proxy"
	"github.com/rezagent/rez_agent/local/standin"
)

// histories: what each record says of its attempts is what ntfy's own log says of its requests.
func (b *books) histories() {
	for _, id := range b.world.row.sent {
		rec, there := b.records[id]
		if !there || len(rec.Attempts) >= message.MaxAttempts { // then some are left out on purpose
			continue
		}
		b.history(rec, b.byMessage[id])
	}
}

func (b *books) history(rec message.Record, requests []standin.Request) {
	at := 0
	for _, attempt := range rec.Attempts {
		if notSent(attempt) {
			continue
		}
		for at < len(requests) && !agree(attempt, requests[at]) {
			b.unrecorded(rec, requests[at])
			at++
		}
		if at == len(requests) {
			b.wrongf("an attempt at %s of %s: ntfy knows of no such request", attempt.At.Format("15:04:05.000"), tell(rec))
			return
		}
		at++
	}
	for _, request := range requests[at:] {
		b.unrecorded(rec, request)
	}
}

func (b *books) unrecorded(rec message.Record, request standin.Request) {
	if !b.row.Unrecorded && !b.outrun[rec.ID] {
		b.wrongf("ntfy answered %d at %s, which no attempt tells of: %s",
			request.Status, request.At.Format("15:04:05.000"), tell(rec))
	}
}

// agree: an answer that did not arrive has no status on the record, whatever ntfy meant to say.
func agree(attempt message.Attempt, request standin.Request) bool {
	return attempt.Status == 0 || attempt.Status == request.Status
}

// notSent: the attempt was due and could not be made.
func notSent(attempt message.Attempt) bool {
	return strings.HasPrefix(attempt.Detail, "nothing sent") || strings.HasPrefix(attempt.Detail, "not sent")
}

// outrun are the messages of which an execution took longer than the lease.
func outrun(calls []proxy.Seen, lease time.Duration) map[string]bool {
	found := map[string]bool{}
	for _, seen := range calls {
		if seen.Operation == startExecution && seen.Ended.Sub(seen.Began) > lease {
			found[startedFor(seen.Body)] = true
		}
	}
	return found
}

func starts(calls []proxy.Seen) map[string][]time.Time {
	found := map[string][]time.Time{}
	for _, seen := range calls {
		if seen.Operation == startExecution {
			id := startedFor(seen.Body)
			found[id] = append(found[id], seen.Began)
		}
	}
	return found
}

// startedFor is the message in an execution's input.
func startedFor(body []byte) string {
	var call struct {
		Input string `json:"input"`
	}
	var t message.Ticket
	if json.Unmarshal(body, &call) != nil || json.Unmarshal([]byte(call.Input), &t) != nil {
		return ""
	}
	return t.MessageID
}
