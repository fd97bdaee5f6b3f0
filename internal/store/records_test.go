package store_test

import (
	"time"

	"github.com/google/uuid"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
)

// execution is an execution's ARN in its real length.
const execution = "arn:aws:states:us-east-1:123456789012:express:rez-agent-deliver-prod:" +
	"q-0196f0c4-8a71-7c3e-9f55-1d2b3c4d5e6f-1-0-1:5b0c0f8e-41f7-4c53-a0a5-8f1f9d3a7c21"

// trace is an X-Ray trace's id in its real length.
const trace = "1-67458a3c-2f1e0a6d5b7c8d9e0f1a2b3c"

func noon() time.Time { return time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC) }

func times() message.Times {
	s := settings.Default()
	return message.Times{Lease: s.Lease, Deadline: s.Deadline, RecordTTL: s.RecordTTL}
}

// created is a realistic new message with a short text.
func created() message.Record {
	payload := `{"title":"Backup of db-7 is done","message":"42.3 GB in 11 min, checked. Next run: tonight 02:30 UTC","tags":["floppy_disk"]}`
	return message.New(uuid.NewString(), "notification", "ntfy", "prod", "schedule:nightly-backup", payload,
		noon().Add(123*time.Millisecond), times())
}

// taken is the record in the hands of an execution.
func taken(rec message.Record) message.Record {
	now := rec.UpdatedAt.Add(412 * time.Millisecond)
	by := message.Execution{ARN: execution, Name: "by hand", Started: now, TraceID: trace}
	next, _ := rec.Take(rec.Ticket(message.EventCreated, now), by, now, times())
	return next
}

// delivered is the attempt that ends a message well.
func delivered(at time.Time) message.Attempt {
	return message.Attempt{At: at, Outcome: "delivered", Status: 200, Latency: 187 * time.Millisecond, NtfyID: "xE73Iyuabi3c"}
}
