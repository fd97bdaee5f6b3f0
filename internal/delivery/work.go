// Package delivery is the work of the workflow's states, one file each: take the message, ask the breaker, send, and
// write down how it ended. It knows neither AWS nor Lambda; package statemachine strings the states together, and
// tasks/<name> wires each to the real stores.
package delivery

import (
	"time"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

// Work is what the states hand on: ids, numbers and outcomes, never the message's text, since the console and the logs
// show it.
type Work struct {
	MessageID  string `json:"message_id"`
	Generation int    `json:"generation"`
	// Deferral is the number of deferrals at which the execution took the message.
	Deferral  int               `json:"deferral"`
	Channel   string            `json:"channel,omitempty"`
	Outcome   contract.Outcome  `json:"outcome"`
	Execution message.Execution `json:"execution"`
	Deadline  time.Time         `json:"deadline,omitzero"`
	// OnSlot: the message came on its own rate-limit slot, so it is sent although the channel is limited.
	OnSlot bool `json:"on_slot,omitempty"`
	// ProbeUntil is set where the execution holds the half-open circuit's probe: the request must have ended by then.
	ProbeUntil time.Time `json:"probe_until,omitzero"`
	// Wait is set by CheckCircuit where the message may not be sent now.
	Wait *Wait `json:"wait,omitempty"`
	// Attempt is the delivery that SendNtfy made, for MarkCompleted to write down.
	Attempt *Delivery `json:"attempt,omitempty"`
	// Error is set by the workflow's Catch.
	Error *Caught `json:"error,omitempty"`
}

// Wait says why and until when a message waits.
type Wait struct {
	Reason message.Reason `json:"reason"`
	Until  time.Time      `json:"until"`
	Detail string         `json:"detail,omitempty"`
	// Slot: Until is a rate-limit slot of the message's own.
	Slot bool `json:"slot,omitempty"`
}

// Delivery is an attempt that delivered.
type Delivery struct {
	At        time.Time `json:"at"`
	Status    int       `json:"status"`
	LatencyMS int64     `json:"latency_ms"`
	NtfyID    string    `json:"ntfy_id"`
}

// Caught is an error as Step Functions' Catch hands it on.
type Caught struct {
	Error string `json:"Error"` //nolint:tagliatelle // Step Functions' own names
	Cause string `json:"Cause"` //nolint:tagliatelle // Step Functions' own names
}

// Subject names the message and the execution, for the log.
func (w Work) Subject() (messageID, executionARN string) { return w.MessageID, w.Execution.ARN }

// Probe reports whether the execution holds the circuit's probe.
func (w Work) Probe() bool { return !w.ProbeUntil.IsZero() }

func (w Work) ended(outcome contract.Outcome) Work {
	w.Outcome = outcome
	return w
}
