package wire

import "time"

// CreateReplay replays all messages that a filter chooses.
type CreateReplay struct {
	Filter MessageFilter `json:"filter"            doc:"Which messages; the status must be failed, completed or deferred"`
	DryRun bool          `json:"dry_run,omitempty" doc:"Only count, up to 10,000" example:"true"`
}

// ReplayJob is the work on one CreateReplay.
type ReplayJob struct {
	ID        string        `json:"id,omitempty"    doc:"The job's UUID; a dry run has none" format:"uuid" example:"0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11"`
	State     string        `json:"state"           doc:"Where the job stands" enum:"counted,running,done,cancelled,failed" example:"running"`
	Filter    MessageFilter `json:"filter"          doc:"Which messages it replays"`
	Count     string        `json:"count,omitempty" doc:"Of a dry run: how many messages match; with a plus (10000+) where there are more than were counted" maxLength:"6" example:"128"`
	Total     int           `json:"total,omitempty" doc:"How many messages matched when it was asked for; absent where only the work itself finds that out, as with a message type or a creator, and beyond 10,000" minimum:"0" maximum:"10000" example:"128"`
	Matched   int           `json:"matched"         doc:"How many messages matched so far" minimum:"0" example:"128"`
	Replayed  int           `json:"replayed"        doc:"How many of them were replayed" minimum:"0" example:"120"`
	Skipped   int           `json:"skipped"         doc:"How many of them could not be, because they had changed meanwhile" minimum:"0" example:"8"`
	CreatedBy string        `json:"created_by"      doc:"Who asked for it" maxLength:"256" example:"user:alice"`
	CreatedAt time.Time     `json:"created_at"      doc:"When it was asked for" example:"2026-11-25T09:00:00.000Z"`
	UpdatedAt time.Time     `json:"updated_at"      doc:"When it last made progress" example:"2026-11-25T09:00:04.000Z"`
	Detail    string        `json:"detail,omitempty" doc:"Why it failed" maxLength:"1024" example:"the table could not be read; the job goes on when it is looked at again"`
}
