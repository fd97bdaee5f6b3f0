package storetest

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/message"
)

// maxTime is the latest generated time, in milliseconds: the year 2200.
const maxTime = 7_258_118_400_000

// anyTime generates times as precise as the table keeps them, and now and then the zero time.
func anyTime() *rapid.Generator[time.Time] {
	return rapid.OneOf(rapid.Just(time.Time{}), rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMilli(rapid.Int64Range(1, maxTime).Draw(t, "ms")).UTC()
	}))
}

func anyText() *rapid.Generator[string] { return rapid.StringN(0, 20, 80) }

func anyCount() *rapid.Generator[int] { return rapid.IntRange(0, 1_000_000) }

func anyAttempt() *rapid.Generator[message.Attempt] {
	return rapid.Custom(func(t *rapid.T) message.Attempt {
		return message.Attempt{
			At:      anyTime().Draw(t, "at"),
			Outcome: anyText().Draw(t, "outcome"),
			Status:  rapid.IntRange(0, 599).Draw(t, "status"),
			Code:    anyCount().Draw(t, "code"),
			Latency: time.Duration(rapid.Int64Range(0, 60_000).Draw(t, "latency")) * time.Millisecond,
			NtfyID:  anyText().Draw(t, "ntfy id"),
			Detail:  anyText().Draw(t, "detail"),
			RetryAt: anyTime().Draw(t, "retry at"),
		}
	})
}

func anyAct() *rapid.Generator[message.Act] {
	return rapid.Custom(func(t *rapid.T) message.Act {
		return message.Act{
			At:         anyTime().Draw(t, "at"),
			By:         anyText().Draw(t, "by"),
			What:       rapid.SampledFrom(message.ActKinds()).Draw(t, "what"),
			Generation: anyCount().Draw(t, "generation"),
		}
	})
}

// anyRecord generates records with an id and a version of the caller's. They need not make sense: a store does not ask.
func anyRecord(id string, version int) *rapid.Generator[message.Record] {
	return rapid.Custom(func(t *rapid.T) message.Record {
		rec := message.Record{
			ID:               id,
			CreatedAt:        time.UnixMilli(rapid.Int64Range(1, maxTime).Draw(t, "created")).UTC(),
			UpdatedAt:        anyTime().Draw(t, "updated"),
			CreatedBy:        anyText().Draw(t, "created by"),
			Stage:            rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "stage"),
			Type:             anyText().Draw(t, "type"),
			Channel:          anyText().Draw(t, "channel"),
			Status:           rapid.SampledFrom(message.Statuses()).Draw(t, "status"),
			Reason:           rapid.SampledFrom(append(message.Reasons(), "")).Draw(t, "reason"),
			Detail:           anyText().Draw(t, "detail"),
			Payload:          anyText().Draw(t, "payload"),
			BodyHash:         anyText().Draw(t, "body hash"),
			Generation:       anyCount().Draw(t, "generation"),
			Deferrals:        anyCount().Draw(t, "deferrals"),
			Deadline:         anyTime().Draw(t, "deadline"),
			NextAttemptAt:    anyTime().Draw(t, "next attempt"),
			SlotAt:           anyTime().Draw(t, "slot"),
			LeaseUntil:       anyTime().Draw(t, "lease"),
			ExecutionARN:     anyText().Draw(t, "execution"),
			ExecutionStarted: anyTime().Draw(t, "started"),
			TraceID:          anyText().Draw(t, "trace"),
			Swept:            anyCount().Draw(t, "swept"),
			NextSweepAt:      anyTime().Draw(t, "next sweep"),
			ExpiresAt:        anyTime().Draw(t, "expires").Truncate(time.Second),
			Version:          version,
		}
		for range rapid.IntRange(0, 3).Draw(t, "attempts") {
			rec.Attempts = append(rec.Attempts, anyAttempt().Draw(t, "attempt"))
		}
		for range rapid.IntRange(0, 3).Draw(t, "acts") {
			rec.Acts = append(rec.Acts, anyAct().Draw(t, "act"))
		}
		return rec
	})
}

// anyCircuit generates circuits of a version of the caller's.
func anyCircuit(version int) *rapid.Generator[circuit.Circuit] {
	return rapid.Custom(func(t *rapid.T) circuit.Circuit {
		c := circuit.Circuit{
			State: rapid.SampledFrom([]circuit.State{"", circuit.Closed, circuit.Open, circuit.HalfOpen}).Draw(t, "state"),
			Cause: rapid.SampledFrom([]circuit.Cause{
				"", circuit.CauseUnavailable, circuit.CauseUnauthorized, circuit.CauseMisconfigured, circuit.CauseForced,
			}).Draw(t, "cause"),
			OpenedAt:   anyTime().Draw(t, "opened"),
			RetryAt:    anyTime().Draw(t, "retry"),
			Trips:      anyCount().Draw(t, "trips"),
			ProbeOwner: anyText().Draw(t, "owner"),
			ProbeUntil: anyTime().Draw(t, "probe until"),
			ChangedBy:  anyText().Draw(t, "changed by"),
			WriteID:    fmt.Sprintf("%s %d", anyText().Draw(t, "write id"), version), // never empty, as the breaker's own
			Version:    version,
		}
		for range rapid.IntRange(0, 5).Draw(t, "failures") {
			c.Failures = append(c.Failures, circuit.Failure{At: anyTime().Draw(t, "at"), ID: anyText().Draw(t, "id")})
		}
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			c.History = append(c.History, anyChange().Draw(t, "change"))
		}
		return c
	})
}

func anyChange() *rapid.Generator[circuit.Change] {
	states := []circuit.State{circuit.Closed, circuit.Open, circuit.HalfOpen}
	return rapid.Custom(func(t *rapid.T) circuit.Change {
		return circuit.Change{
			At:   anyTime().Draw(t, "at"),
			From: rapid.SampledFrom(states).Draw(t, "from"),
			To:   rapid.SampledFrom(states).Draw(t, "to"),
			Reason: rapid.SampledFrom([]circuit.Reason{
				circuit.ReasonAnswered, circuit.ReasonReset, circuit.Reason(circuit.CauseUnavailable), circuit.Reason(circuit.CauseForced),
			}).Draw(t, "reason"),
			FailedProbes: anyCount().Draw(t, "failed probes"),
			By:           anyText().Draw(t, "by"),
		}
	})
}

func anyLimit() *rapid.Generator[circuit.Limit] {
	return rapid.Custom(func(t *rapid.T) circuit.Limit {
		return circuit.Limit{
			NextSlot:   anyTime().Draw(t, "next slot"),
			Spacing:    time.Duration(rapid.Int64Range(0, 300_000).Draw(t, "spacing")) * time.Millisecond,
			QuotaUntil: anyTime().Draw(t, "quota until"),
			CanaryAt:   anyTime().Draw(t, "canary at"),
		}
	})
}
