package store

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rezagent/rez_agent/internal/message"
)

// item is message.Record under the table's names. The fields are the record's, in its order, so that one converts into
// the other and the compiler asks for a name for each new field. An attribute that would be zero is left out: names
// count into an item's size, and above 1,024 bytes every write of it costs double.
type item struct {
	ID               string            `dynamodbav:"message_id,omitempty"`
	CreatedAt        time.Time         `dynamodbav:"created_date,omitempty"`
	UpdatedAt        time.Time         `dynamodbav:"updated_date,omitempty"`
	CreatedBy        string            `dynamodbav:"created_by,omitempty"`
	Stage            string            `dynamodbav:"stage,omitempty"`
	Type             string            `dynamodbav:"message_type,omitempty"`
	Channel          string            `dynamodbav:"channel,omitempty"`
	Status           message.Status    `dynamodbav:"status,omitempty"`
	Reason           message.Reason    `dynamodbav:"reason,omitempty"`
	Detail           string            `dynamodbav:"detail,omitempty"`
	Payload          string            `dynamodbav:"payload,omitempty"`
	BodyHash         string            `dynamodbav:"body_hash,omitempty"`
	Generation       int               `dynamodbav:"generation,omitempty"`
	Deferrals        int               `dynamodbav:"deferrals,omitempty"`
	Deadline         time.Time         `dynamodbav:"deadline,omitempty"`
	NextAttemptAt    time.Time         `dynamodbav:"next_attempt_at,omitempty"`
	SlotAt           time.Time         `dynamodbav:"slot_at,omitempty"`
	LeaseUntil       time.Time         `dynamodbav:"lease_until,omitempty"`
	ExecutionARN     string            `dynamodbav:"execution_arn,omitempty"`
	ExecutionStarted time.Time         `dynamodbav:"execution_started,omitempty"`
	TraceID          string            `dynamodbav:"trace_id,omitempty"`
	Attempts         []message.Attempt `dynamodbav:"-"`
	Acts             []message.Act     `dynamodbav:"-"`
	Swept            int               `dynamodbav:"swept,omitempty"`
	NextSweepAt      time.Time         `dynamodbav:"next_sweep_at,omitempty"`
	ExpiresAt        time.Time         `dynamodbav:"ttl,omitempty,unixtime"`
	Version          int               `dynamodbav:"version,omitempty"`
}

// row is a whole item: the record, and what the table holds in another form.
type row struct {
	item

	Attempts []attemptRow `dynamodbav:"attempts,omitempty"`
	Acts     []act        `dynamodbav:"acts,omitempty"`
	// Pending is the status index's key. It follows from the status and is only written, never read.
	Pending string `dynamodbav:"pending_status,omitempty"`
}

// attempt is message.Attempt under the table's names.
type attempt struct {
	At      time.Time     `dynamodbav:"at,omitempty"`
	Outcome string        `dynamodbav:"outcome,omitempty"`
	Status  int           `dynamodbav:"status,omitempty"`
	Code    int           `dynamodbav:"code,omitempty"`
	Latency time.Duration `dynamodbav:"-"`
	NtfyID  string        `dynamodbav:"ntfy_id,omitempty"`
	Detail  string        `dynamodbav:"detail,omitempty"`
	RetryAt time.Time     `dynamodbav:"retry_at,omitempty"`
}

type attemptRow struct {
	attempt

	LatencyMS int64 `dynamodbav:"latency_ms,omitempty"`
}

// act is message.Act under the table's names.
type act struct {
	At         time.Time       `dynamodbav:"at,omitempty"`
	By         string          `dynamodbav:"by,omitempty"`
	What       message.ActKind `dynamodbav:"what,omitempty"`
	Generation int             `dynamodbav:"generation,omitempty"`
}

// encode makes a record's item.
func encode(rec message.Record) (attributes, error) {
	r := row{item: item(rec), Pending: rec.Status.Pending()}
	for _, a := range rec.Attempts {
		r.Attempts = append(r.Attempts, attemptRow{attempt: attempt(a), LatencyMS: a.Latency.Milliseconds()})
	}
	for _, a := range rec.Acts {
		r.Acts = append(r.Acts, act(a))
	}
	stored, err := attributevalue.MarshalMapWithOptions(r, encodeTimes)
	if err != nil {
		return nil, fmt.Errorf("make the item of message %s: %w", rec.ID, err)
	}
	return stored, nil
}

// decode reads an item; attributes that are not a record's are passed over.
func decode(stored attributes) (message.Record, error) {
	var r row
	if err := attributevalue.UnmarshalMapWithOptions(stored, &r, decodeTimes); err != nil {
		return message.Record{}, fmt.Errorf("read the item of message %s: %w", idOf(stored), err)
	}
	rec := message.Record(r.item)
	rec.ExpiresAt = message.Moment(rec.ExpiresAt)
	for _, a := range r.Attempts {
		a.Latency = time.Duration(a.LatencyMS) * time.Millisecond
		rec.Attempts = append(rec.Attempts, message.Attempt(a.attempt))
	}
	for _, a := range r.Acts {
		rec.Acts = append(rec.Acts, message.Act(a))
	}
	return rec, nil
}

func idOf(stored attributes) string {
	if id, ok := stored[messageKey].(*types.AttributeValueMemberS); ok {
		return id.Value
	}
	return "without an id"
}

// differing names the attributes that prev and next do not share, in alphabetical order.
func differing(prev, next attributes) []string {
	var names []string
	for name, value := range next {
		if !reflect.DeepEqual(prev[name], value) {
			names = append(names, name)
		}
	}
	for name := range prev {
		if _, ok := next[name]; !ok {
			names = append(names, name)
		}
	}
	return slices.Sorted(slices.Values(names))
}

// sameRecord reports whether a stored item is what encode made: attributes that are not a record's do not count.
func sameRecord(stored, want attributes) bool {
	rec, err := decode(stored)
	if err != nil {
		return false
	}
	known, err := encode(rec)
	return err == nil && maps.EqualFunc(known, want, func(a, b types.AttributeValue) bool { return reflect.DeepEqual(a, b) })
}
