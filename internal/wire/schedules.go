package wire

import (
	"encoding/json"
	"time"
)

// SetSchedule is a schedule to make or to change: when, and which message.
type SetSchedule struct {
	Name        string          `json:"name"               doc:"What people call it" minLength:"1" maxLength:"128" example:"Nightly backup reminder"`
	Expression  string          `json:"expression"         doc:"at(yyyy-mm-ddThh:mm:ss), rate(n minutes|hours|days) or cron(minutes hours day-of-month month day-of-week year), as EventBridge Scheduler reads them" minLength:"1" maxLength:"256" example:"cron(30 2 * * ? *)"`
	Timezone    string          `json:"timezone,omitempty" doc:"The IANA time zone in which at and cron are read; UTC where absent" maxLength:"50" example:"Europe/Berlin"`
	MessageType string          `json:"message_type"       doc:"What kind of message it makes" enum:"notification,scheduled_hello,webhook" maxLength:"64" example:"notification"`
	Payload     json.RawMessage `json:"payload"            doc:"The message type's JSON object, at most 4 KiB"`
	Paused      bool            `json:"paused,omitempty"   doc:"Whether it rests" example:"false"`
}

// Schedule is a schedule.
type Schedule struct {
	ID          string          `json:"id"                   doc:"The schedule's UUID" format:"uuid" example:"0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11"`
	Name        string          `json:"name"                 doc:"What people call it" maxLength:"128" example:"Nightly backup reminder"`
	Expression  string          `json:"expression"           doc:"When it fires" maxLength:"256" example:"cron(30 2 * * ? *)"`
	Timezone    string          `json:"timezone"             doc:"The time zone in which the expression is read" maxLength:"50" example:"Europe/Berlin"`
	Sentence    string          `json:"sentence"             doc:"The expression in words" maxLength:"512" example:"At 02:30 every day, Europe/Berlin"`
	NextRuns    []time.Time     `json:"next_runs"            doc:"When it fires next, at most five; of a rate, counted from its start" nullable:"false"`
	MessageType string          `json:"message_type"         doc:"What kind of message it makes" maxLength:"64" example:"notification"`
	Payload     json.RawMessage `json:"payload"              doc:"The message type's JSON object"`
	Paused      bool            `json:"paused"               doc:"Whether it rests" example:"false"`
	CreatedBy   string          `json:"created_by"           doc:"Who made it" maxLength:"256" example:"user:alice"`
	CreatedAt   time.Time       `json:"created_at"           doc:"When it was made" example:"2026-11-25T08:00:00Z"`
	ChangedBy   string          `json:"changed_by,omitempty" doc:"Who changed it last" maxLength:"256" example:"user:bob"`
	ChangedAt   *time.Time      `json:"changed_at,omitempty" doc:"When it was changed last" example:"2026-11-25T09:00:00Z"`
}

// PreviewSchedule is when a schedule would fire.
type PreviewSchedule struct {
	Expression string `json:"expression"         doc:"at(yyyy-mm-ddThh:mm:ss), rate(n minutes|hours|days) or cron(minutes hours day-of-month month day-of-week year), as EventBridge Scheduler reads them" minLength:"1" maxLength:"256" example:"cron(30 2 * * ? *)"`
	Timezone   string `json:"timezone,omitempty" doc:"The IANA time zone in which at and cron are read; UTC where absent" maxLength:"50" example:"Europe/Berlin"`
}

// SchedulePreview is what an expression means.
type SchedulePreview struct {
	Expression string      `json:"expression" doc:"When it would fire" maxLength:"256" example:"cron(30 2 * * ? *)"`
	Timezone   string      `json:"timezone"   doc:"The time zone in which the expression is read" maxLength:"50" example:"Europe/Berlin"`
	Sentence   string      `json:"sentence"   doc:"The expression in words" maxLength:"512" example:"At 02:30 every day, Europe/Berlin"`
	NextRuns   []time.Time `json:"next_runs"  doc:"When it would fire next, at most five; of a rate, counted from now" nullable:"false"`
	Warnings   []string    `json:"warnings"   doc:"What the clocks' changes of the coming year do to it: runs that are left out, times that come twice, a rate that moves by the clock" nullable:"false"`
}

// SchedulePage is one page of schedules, by id.
type SchedulePage struct {
	Items []Schedule `json:"items"          doc:"The schedules" nullable:"false"`
	Next  string     `json:"next,omitempty" doc:"The cursor of the next page; absent on the last one" maxLength:"2048" example:"eyJwIjoi…"`
}
