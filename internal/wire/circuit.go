package wire

import "time"

// Circuit is the state of a channel's circuit breaker and of its rate limit.
type Circuit struct {
	Channel      string          `json:"channel"                 doc:"The way out that it guards" maxLength:"64" example:"ntfy"`
	Channels     []string        `json:"channels"                doc:"Every channel that this stage has, each with a circuit of its own" nullable:"false" example:"[\"ntfy\"]"`
	State        string          `json:"state"                   doc:"closed: messages are sent; open: none is; half_open: one probes" enum:"closed,open,half_open" example:"open"`
	Cause        string          `json:"cause,omitempty"         doc:"Why it is open" enum:"unavailable,unauthorized,misconfigured,forced" example:"unavailable"`
	OpenedAt     *time.Time      `json:"opened_at,omitempty"     doc:"Since when it is not closed" example:"2026-11-25T08:00:05.000Z"`
	RetryAt      *time.Time      `json:"retry_at,omitempty"      doc:"When the next probe may be made" example:"2026-11-25T08:00:35.000Z"`
	ProbeUntil   *time.Time      `json:"probe_until,omitempty"   doc:"Until when the probe at work may take" example:"2026-11-25T08:00:50.000Z"`
	Trips        int             `json:"trips"                   doc:"Probes that failed since it opened" minimum:"0" example:"1"`
	Failures     []time.Time     `json:"failures"                doc:"The newest failures within the sliding window, while it is closed" nullable:"false"`
	Threshold    int             `json:"threshold"               doc:"So many failures within the window open it" minimum:"1" example:"5"`
	WindowMS     int64           `json:"window_ms"               doc:"The sliding window, in milliseconds" minimum:"1" example:"60000"`
	History      []CircuitChange `json:"history"             doc:"When it opened and closed, newest first, at most twenty" nullable:"false"`
	ChangedBy    string          `json:"changed_by,omitempty"    doc:"Who changed it last: an execution, or a person" maxLength:"512" example:"user:alice"`
	LimitedUntil *time.Time      `json:"limited_until,omitempty" doc:"Until when ntfy's rate limit is taken" example:"2026-11-25T08:00:30.000Z"`
	QuotaUntil   *time.Time      `json:"quota_until,omitempty"   doc:"Until when ntfy's daily quota is used up" example:"2026-11-26T00:00:00.000Z"`
}

// CircuitChange is one time that a circuit opened or closed, or stayed open for another cause.
type CircuitChange struct {
	At           time.Time `json:"at"                      doc:"When" example:"2026-11-25T08:00:05.000Z"`
	From         string    `json:"from"                    doc:"The state before" enum:"closed,open,half_open" example:"closed"`
	To           string    `json:"to"                      doc:"The state after" enum:"closed,open,half_open" example:"open"`
	Reason       string    `json:"reason"                  doc:"Why: the cause for which it is open; or answered (the probe), or reset (by an operator), where it closed" enum:"unavailable,unauthorized,misconfigured,forced,answered,reset" example:"unavailable"`
	FailedProbes int       `json:"failed_probes,omitempty" doc:"How many probes failed before that, while it was open" minimum:"0" example:"2"`
	By           string    `json:"by"                      doc:"Who: a person, or the beginning of an execution's name, which holds the message's id" maxLength:"40" example:"q-0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11-1"`
}
