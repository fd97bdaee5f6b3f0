// Package wire holds what the REST API takes and gives: the Go types from which the OpenAPI document is generated, shared
// by the server (package api) and the Go client (package client). It holds no behaviour.
package wire

import (
	"encoding/json"
	"time"
)

// CreateMessage is a message to deliver.
type CreateMessage struct {
	MessageType string          `json:"message_type"        doc:"What kind of message it is; it decides what the payload may hold" enum:"notification,scheduled_hello,webhook" example:"notification" maxLength:"64"`
	Payload     json.RawMessage `json:"payload" doc:"The message type's JSON object: of a notification ntfy's fields, of a webhook title, message and data, of scheduled_hello nothing; at most 8 KiB"`
}

// Message is a message with everything that happened to it.
type Message struct {
	Summary

	Payload      json.RawMessage `json:"payload"                   doc:"The message type's JSON object, as it was accepted"`
	Attempts     []Attempt       `json:"attempts"                  doc:"The requests that were made to ntfy, oldest first, over all generations; the first ten and the newest ninety are kept" nullable:"false"`
	Acts         []Act           `json:"acts"                      doc:"What people and programs did to the message since it was accepted, oldest first; the newest twenty are kept" nullable:"false"`
	StartedAt    *time.Time      `json:"started_at,omitempty"      doc:"When the newest execution started" example:"2026-11-25T08:00:00.041Z"`
	FinishedAt   *time.Time      `json:"finished_at,omitempty"     doc:"When the message became completed or failed" example:"2026-11-25T08:00:00.116Z"`
	LeaseUntil   *time.Time      `json:"lease_until,omitempty"     doc:"Until when the execution at work owns the message" example:"2026-11-25T08:01:00.041Z"`
	ExecutionARN string          `json:"execution_arn,omitempty"   doc:"The newest execution of the delivery workflow" maxLength:"512" example:"arn:aws:states:eu-central-1:123456789012:express:rez-agent-deliver-prod:q-0198c1f2-1-0-1:6f2c"`
	TraceID      string          `json:"trace_id,omitempty"        doc:"The newest execution's X-Ray trace" maxLength:"64" example:"1-67458a3c-2f1e0a6d5b7c8d9e0f1a2b3c"`
	Deferrals    int             `json:"deferrals"                 doc:"How often this generation was put off" minimum:"0" example:"0"`
	ExpiresAt    *time.Time      `json:"expires_at,omitempty"      doc:"When the record may be deleted" example:"2027-02-23T08:00:00Z"`
	Links        Links           `json:"links"                     doc:"Where to look further"`
}

// Summary is a message as a list shows it.
type Summary struct {
	ID            string     `json:"id"                        doc:"The message's UUID" format:"uuid" example:"0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11"`
	Status        string     `json:"status"                    doc:"Where the message stands" enum:"created,processing,deferred,completed,failed" example:"completed"`
	Reason        string     `json:"reason,omitempty"          doc:"Why it waits or failed" enum:"unavailable,rate_limited,unauthorized,misconfigured,circuit_open,refused,expired,pipeline_fault" example:"unavailable"`
	Detail        string     `json:"detail,omitempty"          doc:"The words behind the reason, without the message's text" maxLength:"1024" example:"ntfy answered 503 after 12 ms"`
	Title         string     `json:"title,omitempty"           doc:"What it says, in one line: its title, or else the first line of its text, cut to 80 characters; absent where it shows no text" maxLength:"80" example:"Backup"`
	Stage         string     `json:"stage"                     doc:"The deployment it belongs to" maxLength:"32" example:"prod"`
	MessageType   string     `json:"message_type"              doc:"Its kind" maxLength:"64" example:"notification"`
	Channel       string     `json:"channel"                   doc:"Its way out" maxLength:"64" example:"ntfy"`
	CreatedBy     string     `json:"created_by"                doc:"The user, program or schedule that made it" maxLength:"256" example:"user:alice"`
	CreatedAt     time.Time  `json:"created_at"                doc:"When it was accepted" example:"2026-11-25T08:00:00.000Z"`
	UpdatedAt     time.Time  `json:"updated_at"                doc:"When its record last changed" example:"2026-11-25T08:00:00.116Z"`
	Generation    int        `json:"generation"                doc:"1, and one more for each replay" minimum:"1" example:"1"`
	AttemptCount  int        `json:"attempt_count"             doc:"How many attempts the record holds" minimum:"0" example:"1"`
	Deadline      time.Time  `json:"deadline"                  doc:"When it expires if it still waits then" example:"2026-11-26T08:00:00.000Z"`
	NextAttemptAt *time.Time `json:"next_attempt_at,omitempty" doc:"When a deferred message is due" example:"2026-11-25T08:00:30.000Z"`
}

// Attempt is one request to ntfy.
type Attempt struct {
	At        time.Time  `json:"at"                 doc:"When it began" example:"2026-11-25T08:00:00.061Z"`
	Outcome   string     `json:"outcome"            doc:"What the answer meant" maxLength:"32" example:"delivered"`
	Status    int        `json:"status,omitempty"   doc:"The answer's HTTP status; absent where no answer came" minimum:"0" maximum:"599" example:"200"`
	Code      int        `json:"code,omitempty"     doc:"ntfy's own error code" minimum:"0" example:"42901"`
	LatencyMS int64      `json:"latency_ms"         doc:"From sending to the end of the answer, in milliseconds" minimum:"0" example:"48"`
	NtfyID    string     `json:"ntfy_id,omitempty"  doc:"The id that ntfy gave the notification" maxLength:"64" example:"JSRS2HKTXBRR"`
	Detail    string     `json:"detail,omitempty"   doc:"What happened, in a line" maxLength:"1024" example:"ntfy answered 503"`
	RetryAt   *time.Time `json:"retry_at,omitempty" doc:"When to come again, as the destination said" example:"2026-11-25T08:00:30.000Z"`
}

// Act is something that a person or program did to a message.
type Act struct {
	At         time.Time `json:"at"         doc:"When" example:"2026-11-25T09:00:00.000Z"`
	By         string    `json:"by"         doc:"Who" maxLength:"256" example:"user:alice"`
	What       string    `json:"what"       doc:"What was done" enum:"replayed,made_due,redriven" example:"replayed"`
	Generation int       `json:"generation" doc:"The generation that followed from it" minimum:"1" example:"2"`
}

// Links lead further.
type Links struct {
	Self      string `json:"self"                doc:"This message in the API" format:"uri-reference" example:"/api/messages/0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11"`
	Execution string `json:"execution,omitempty" doc:"The newest execution in the AWS console" format:"uri" example:"https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/express-executions/details/arn"`
	Logs      string `json:"logs,omitempty"      doc:"The message's log lines in the AWS console" format:"uri" example:"https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:logs-insights"`
	Trace     string `json:"trace,omitempty"     doc:"The newest execution's trace in the AWS console" format:"uri" example:"https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#xray:traces/1-67458a3c-2f1e0a6d5b7c8d9e0f1a2b3c"`
}

// Accepted answers a message that was accepted or replayed.
type Accepted struct {
	ID         string    `json:"id"         doc:"The message's UUID" format:"uuid" example:"0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11"`
	Status     string    `json:"status"     doc:"Where the message stands" enum:"created,processing,deferred,completed,failed" example:"created"`
	Generation int       `json:"generation" doc:"1, and one more for each replay" minimum:"1" example:"1"`
	CreatedAt  time.Time `json:"created_at" doc:"When it was accepted" example:"2026-11-25T08:00:00.000Z"`
	Links      Links     `json:"links"      doc:"Where to look further"`
}

// MessagePage is one page of a list, newest first.
type MessagePage struct {
	Items      []Summary  `json:"items"                 doc:"The messages, newest first; fewer than the limit, and even none, is not the end" nullable:"false"`
	Next       string     `json:"next,omitempty"        doc:"The cursor of the next page; absent on the last one" maxLength:"1024" example:"eyJwIjoi…"`
	SearchedTo *time.Time `json:"searched_to,omitempty" doc:"How far back this page looked, where there is more" example:"2026-11-24T17:03:11.000Z"`
}

// MessageFilter chooses messages; what is absent does not matter.
type MessageFilter struct {
	Status        string     `json:"status,omitempty"         doc:"Where the messages stand" enum:"created,processing,deferred,completed,failed" example:"failed"`
	Stage         string     `json:"stage,omitempty"          doc:"The deployment they belong to" maxLength:"32" example:"prod"`
	MessageType   string     `json:"message_type,omitempty"   doc:"Their kind" maxLength:"64" example:"notification"`
	CreatedBy     string     `json:"created_by,omitempty"     doc:"Who made them" maxLength:"256" example:"user:alice"`
	CreatedAfter  *time.Time `json:"created_after,omitempty"  doc:"Only messages accepted at this time or later" example:"2026-11-25T00:00:00Z"`
	CreatedBefore *time.Time `json:"created_before,omitempty" doc:"Only messages accepted before this time" example:"2026-11-26T00:00:00Z"`
}

// ReplayMessage says which generation the caller saw.
type ReplayMessage struct {
	Generation int `json:"generation,omitempty" doc:"The generation that you saw: the replay is refused where the message has changed since" minimum:"1" example:"1"`
}
