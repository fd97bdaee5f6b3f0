package wire

import "time"

// DeadLetters are what the dead-letter queue holds, beside the records of what failed on the way.
type DeadLetters struct {
	Depth   int          `json:"depth"   doc:"About how many items the queue holds" minimum:"0" example:"3"`
	Sample  []DeadLetter `json:"sample"  doc:"Some of its items, at most 100: SQS shows no more than a sample" nullable:"false"`
	Records []Summary    `json:"records" doc:"The newest messages that failed as pipeline_fault or expired, at most 50" nullable:"false"`
}

// DeadLetter is one item of the dead-letter queue.
type DeadLetter struct {
	ItemID     string    `json:"item_id"              doc:"SQS's id of the item" maxLength:"128" example:"5fea7756-0ea4-451a-a703-a558b933e274"`
	MessageID  string    `json:"message_id,omitempty" doc:"The message it is about; absent where the item cannot be read" maxLength:"64" example:"0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11"`
	Status     string    `json:"status,omitempty"     doc:"Where that message stands; absent where there is none" enum:"created,processing,deferred,completed,failed" example:"failed"`
	Reason     string    `json:"reason"               doc:"Why the item is here: the record's reason, or what is wrong with the item" maxLength:"256" example:"pipeline_fault"`
	Detail     string    `json:"detail,omitempty"     doc:"The words behind the reason" maxLength:"1024" example:"the workflow ended with States.Timeout"`
	SentAt     time.Time `json:"sent_at"              doc:"When the item was first sent" example:"2026-11-25T07:58:00.000Z"`
	Receives   int       `json:"receives"             doc:"How often the item was received, our own looks included" minimum:"0" example:"4"`
	Redrivable bool      `json:"redrivable"           doc:"Whether a redrive would deliver the message" example:"true"`
}

// Redrive sends dead letters to the main queue again.
type Redrive struct {
	MessageID string `json:"message_id,omitempty" doc:"Only this message" format:"uuid" example:"0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11"`
	All       bool   `json:"all,omitempty"        doc:"The whole queue; give this or message_id" example:"true"`
}

// Redriven answers a redrive.
type Redriven struct {
	Items  int    `json:"items"             doc:"About how many items go to the main queue" minimum:"0" example:"3"`
	TaskID string `json:"task_id,omitempty" doc:"SQS's handle of the move, where the whole queue goes" maxLength:"2048" example:"eyJ0YXNrSWQiOiI…"`
}
