package faults

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/local/proxy"
	"github.com/rezagent/rez_agent/local/standin"
)

// period is a version of the circuit: it took effect between written and sure, and the next between the same of the next.
type period struct {
	state         circuit.State
	written, sure time.Time
	probes        int
}

// inFlight is how long a request may be on its way that was allowed before the circuit opened: from the read of the
// circuit to ntfy. The first request of an execution that began before may take longer on a slow machine, since it was
// CheckCircuit that read, a start of a Lambda ago.
const inFlight = time.Second

// openness: while the circuit was open no request reached ntfy but those in flight when it opened, and while it was
// half-open one, the probe.
func (b *books) openness(periods []period) {
	for _, request := range b.requests {
		at, known := during(periods, request.At)
		if !known {
			continue
		}
		now, opened := &periods[at], openedAt(periods, at)
		if now.state == circuit.Closed || b.wasInFlight(request, opened) {
			continue
		}
		if now.state == circuit.HalfOpen {
			now.probes++
		}
		if now.state == circuit.Open || now.probes > 1 {
			b.wrongf("a request at %s, %v after the circuit opened, while it was %s and %d probes were out",
				request.At.Format("15:04:05.000"), request.At.Sub(opened), now.state, now.probes)
		}
	}
}

func (b *books) wasInFlight(request standin.Request, opened time.Time) bool {
	if request.At.Sub(opened) <= inFlight {
		return true
	}
	began := time.Time{}
	for _, start := range b.starts[messageOf(request.SequenceID)] {
		if start.Before(request.At) {
			began = start
		}
	}
	first := !slices.ContainsFunc(b.byMessage[messageOf(request.SequenceID)], func(other standin.Request) bool {
		return other.At.After(began) && other.At.Before(request.At)
	})
	return first && !began.IsZero() && began.Before(opened)
}

// circuitPeriods reads the writes of the circuit off the wire.
func circuitPeriods(calls []proxy.Seen, table string) []period {
	var periods []period
	for _, seen := range calls {
		if seen.Operation != "UpdateItem" || seen.Resource != table || seen.Status != http.StatusOK {
			continue
		}
		if state, ok := written(seen.Body); ok {
			periods = append(periods, period{state: state, written: seen.Began, sure: seen.Ended})
		}
	}
	return periods
}

// assignment is a part of an update expression: #name = :value.
var assignment = regexp.MustCompile(`(#\w+) = (:\w+)`)

// written is the state that an update of the circuit's item sets; ok is false where it sets another part of the item.
func written(body []byte) (state circuit.State, ok bool) {
	var call struct {
		UpdateExpression          string
		ExpressionAttributeNames  map[string]string
		ExpressionAttributeValues map[string]struct{ S string }
	}
	if json.Unmarshal(body, &call) != nil {
		return "", false
	}
	for _, part := range assignment.FindAllStringSubmatch(call.UpdateExpression, -1) {
		if call.ExpressionAttributeNames[part[1]] == "state" {
			return circuit.State(call.ExpressionAttributeValues[part[2]].S), true
		}
	}
	return "", false
}

// during finds the period that surely held at a time; at the edges nobody can say.
func during(periods []period, at time.Time) (index int, known bool) {
	for i, p := range periods {
		last := i == len(periods)-1
		if at.After(p.sure) && (last || at.Before(periods[i+1].written)) {
			return i, true
		}
	}
	return 0, false
}

// openedAt is when the circuit last left closed, before a period.
func openedAt(periods []period, at int) time.Time {
	for at > 0 && periods[at-1].state != circuit.Closed {
		at--
	}
	return periods[at].sure
}
