// Package message is the record of one message: what it is, which statuses it passes through and who may move it from
// one to the next. Every transition is a pure function from the record as it was read to the record as it shall be;
// a store writes the difference on condition that nobody wrote in between. The package knows neither AWS nor Lambda.
//
// docs/state-machine.md draws the statuses.
package message

import (
	"time"

	"github.com/rezagent/rez_agent/internal/contract"
)

// Status is where a message stands.
type Status string

// The statuses. Failed and completed are final: only a replay leaves them.
const (
	StatusCreated    Status = "created"
	StatusProcessing Status = "processing"
	StatusDeferred   Status = "deferred"
	StatusCompleted  Status = "completed"
	StatusFailed     Status = "failed"
)

// Statuses lists the closed set.
func Statuses() []Status {
	return []Status{StatusCreated, StatusProcessing, StatusDeferred, StatusCompleted, StatusFailed}
}

// Final reports whether a message in this status waits for nothing more.
func (s Status) Final() bool { return s == StatusCompleted || s == StatusFailed }

// Pending is the sparse key of the status index: created and processing share one value, so that taking a message
// writes no index; a completed one has none.
func (s Status) Pending() string {
	switch s {
	case StatusCreated, StatusProcessing:
		return PendingOpen
	case StatusDeferred, StatusFailed:
		return string(s)
	case StatusCompleted:
	}
	return ""
}

// PendingOpen is the status index's key of created and processing messages.
const PendingOpen = "open"

// Reason says why a message waits or failed.
type Reason string

// The reasons of a deferred message.
const (
	ReasonUnavailable   Reason = "unavailable"
	ReasonRateLimited   Reason = "rate_limited"
	ReasonUnauthorized  Reason = "unauthorized"
	ReasonMisconfigured Reason = "misconfigured"
	ReasonCircuitOpen   Reason = "circuit_open"
)

// The reasons of a failed message.
const (
	// ReasonRefused: ntfy refused this message for good; Detail says which field or limit.
	ReasonRefused Reason = "refused"
	// ReasonExpired: its deadline passed while it waited.
	ReasonExpired Reason = "expired"
	// ReasonPipelineFault: something of ours broke on every receive; a redrive of the DLQ delivers it.
	ReasonPipelineFault Reason = "pipeline_fault"
)

// Reasons lists the closed set.
func Reasons() []Reason {
	return []Reason{
		ReasonUnavailable, ReasonRateLimited, ReasonUnauthorized, ReasonMisconfigured, ReasonCircuitOpen,
		ReasonRefused, ReasonExpired, ReasonPipelineFault,
	}
}

// Record is one message as the messages table keeps it. A zero time is an absent attribute.
type Record struct {
	// ID is a UUID: version 7 for a new message, version 5 where the same request must give the same message.
	ID string
	// CreatedAt and UpdatedAt are UTC, whole milliseconds.
	CreatedAt, UpdatedAt time.Time
	// CreatedBy names the schedule, user or program.
	CreatedBy string
	// Stage is the deployment the record belongs to.
	Stage string
	// Type names the message type, Channel the way out.
	Type, Channel string
	Status        Status
	Reason        Reason
	// Detail are the words behind Reason: one line, bounded, without the message's text.
	Detail string
	// Payload is the message type's JSON object.
	Payload string
	// BodyHash is the hash of the creating request, kept only where a repeat must be recognised.
	BodyHash string
	// Generation starts at 1 and goes one up at each replay; it is part of ntfy's sequence_id.
	Generation int
	// Deferrals counts how often this generation was put off; it makes older tickets stale.
	Deferrals int
	// Deadline: when it passes while the message waits, the message expires.
	Deadline time.Time
	// NextAttemptAt is when a deferred message is due.
	NextAttemptAt time.Time
	// SlotAt is the rate-limit slot that a deferred message holds; zero where it holds none.
	SlotAt time.Time
	// LeaseUntil is how long the execution ExecutionARN owns a processing message.
	LeaseUntil time.Time
	// ExecutionARN is the newest execution that took the message; while it is processing, the lease's owner.
	ExecutionARN string
	// ExecutionStarted is when that execution started: the console's link needs it.
	ExecutionStarted time.Time
	// TraceID is that execution's X-Ray trace; empty where it has none.
	TraceID string
	// Attempts are the requests made to the destination, oldest first, over all generations.
	Attempts []Attempt
	// Acts are what people and programs did to the message since it was accepted, oldest first.
	Acts []Act
	// Swept counts how often the sweeper published the ticket again; NextSweepAt is the earliest next time.
	Swept       int
	NextSweepAt time.Time
	// ExpiresAt is when DynamoDB may delete the record: a time to live in whole seconds, up to two days late, never a
	// timer.
	ExpiresAt time.Time
	// Version goes one up at each write: the condition of the next one.
	Version int
}

// Attempt is one request to the destination, or one that was due and could not be made.
type Attempt struct {
	At time.Time
	// Outcome is the class of the answer, as in package ntfy: delivered, unavailable, ….
	Outcome string
	// Status is the HTTP status, 0 where no answer came.
	Status int
	// Code is ntfy's own error code, 0 where there was none.
	Code int
	// Latency is the time from sending to the end of the answer.
	Latency time.Duration
	// NtfyID is the id that ntfy gave the delivered notification.
	NtfyID string
	// Detail says in a line what happened; empty for a delivery.
	Detail string
	// RetryAt is when the destination, or the slot taken for it, said to come again; zero where neither did.
	RetryAt time.Time
}

// Execution is the workflow execution that acts on a message.
type Execution struct {
	ARN     string    `json:"arn"`
	Name    string    `json:"name"`
	Started time.Time `json:"started"`
	// TraceID is its X-Ray trace; empty where it has none.
	TraceID string `json:"trace_id,omitempty"`
}

// Outcome is the final status as the outcome of an execution.
func (r Record) Outcome() contract.Outcome {
	switch {
	case r.Status == StatusCompleted:
		return contract.OutcomeCompleted
	case r.Status == StatusFailed && r.Reason == ReasonExpired:
		return contract.OutcomeExpired
	case r.Status == StatusFailed:
		return contract.OutcomeFailed
	default:
		return contract.OutcomeDeferred
	}
}

// SequenceID groups the deliveries of one generation for ntfy ≥ 2.16: a redelivery updates the notification that was
// shown, a replay shows a new one.
func (r Record) SequenceID() string { return sequenceID(r.ID, r.Generation) }

// LeaseLive reports whether an execution owns the message now.
func (r Record) LeaseLive(now time.Time) bool {
	return r.Status == StatusProcessing && now.Before(r.LeaseUntil)
}

// OnSlot reports whether the message holds a rate-limit slot that is due: it is sent then, never queued again.
func (r Record) OnSlot(now time.Time) bool {
	return !r.SlotAt.IsZero() && !now.Before(r.SlotAt)
}

// LastAttempt is the newest attempt; ok is false where there is none.
func (r Record) LastAttempt() (last Attempt, ok bool) {
	if len(r.Attempts) == 0 {
		return Attempt{}, false
	}
	return r.Attempts[len(r.Attempts)-1], true
}
