package store

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/replayjob"
)

// Jobs keeps replay jobs in a DynamoDB table. Times are kept to the millisecond, those of the filter to the nanosecond,
// ExpiresAt to the second. Safe for concurrent use.
type Jobs struct {
	client Client
	table  string
}

var _ replayjob.Jobs = (*Jobs)(nil)

// NewJobs gives the jobs of a table.
func NewJobs(client Client, table string) *Jobs { return &Jobs{client: client, table: table} }

// job is replayjob.Job under the table's names: the same fields in the same order, so that one converts into the other.
type job struct {
	ID         string          `dynamodbav:"job_id,omitempty"`
	State      replayjob.State `dynamodbav:"state,omitempty"`
	Filter     listing.Filter  `dynamodbav:"-"`
	Position   string          `dynamodbav:"position,omitempty"`
	Total      int             `dynamodbav:"total,omitempty"`
	Matched    int             `dynamodbav:"matched,omitempty"`
	Replayed   int             `dynamodbav:"replayed,omitempty"`
	Skipped    int             `dynamodbav:"skipped,omitempty"`
	CreatedBy  string          `dynamodbav:"created_by,omitempty"`
	CreatedAt  time.Time       `dynamodbav:"created_date,omitempty"`
	UpdatedAt  time.Time       `dynamodbav:"updated_date,omitempty"`
	Detail     string          `dynamodbav:"detail,omitempty"`
	LeaseOwner string          `dynamodbav:"lease_owner,omitempty"`
	LeaseUntil time.Time       `dynamodbav:"lease_until,omitempty"`
	InvokedAt  time.Time       `dynamodbav:"invoked_at,omitempty"`
	Faults     int             `dynamodbav:"faults,omitempty"`
	ExpiresAt  time.Time       `dynamodbav:"ttl,omitempty,unixtime"`
	Version    int             `dynamodbav:"version,omitempty"`
}

// jobRow is a whole item.
type jobRow struct {
	job

	Filter jobFilter `dynamodbav:"filter"`
}

// jobFilter is listing.Filter under the table's names. A bound that a person gave is kept as it was given: cut to the
// millisecond it would choose other messages.
type jobFilter struct {
	Status    message.Status `dynamodbav:"status,omitempty"`
	Stage     string         `dynamodbav:"stage,omitempty"`
	Type      string         `dynamodbav:"message_type,omitempty"`
	CreatedBy string         `dynamodbav:"created_by,omitempty"`
	After     string         `dynamodbav:"created_after,omitempty"`
	Before    string         `dynamodbav:"created_before,omitempty"`
}

// Create writes a job that must be new. Creating the very same job again is no error: that is a create whose answer was
// lost.
func (j *Jobs) Create(ctx context.Context, next replayjob.Job) error {
	condition := "attribute_not_exists(" + contract.JobKey + ")"
	if err := j.put(ctx, next, condition, nil); err != nil {
		return fmt.Errorf("create replay job %s: %w", next.ID, err)
	}
	return nil
}

// Save writes a job over its version before; saving the same again is no error. Errors: replayjob.ErrConflict.
func (j *Jobs) Save(ctx context.Context, next replayjob.Job) error {
	before := attributes{":before": &types.AttributeValueMemberN{Value: fmt.Sprint(next.Version - 1)}}
	if err := j.put(ctx, next, versionName+" = :before", before); err != nil {
		return fmt.Errorf("save replay job %s: %w", next.ID, err)
	}
	return nil
}

func (j *Jobs) put(ctx context.Context, next replayjob.Job, condition string, values attributes) error {
	item, err := encodeJob(next)
	if err != nil {
		return err
	}
	_, err = j.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &j.table, Item: item, ConditionExpression: aws.String(condition), ExpressionAttributeValues: values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if stored, failed := refused(err); failed {
		if reflect.DeepEqual(stored, item) {
			return nil
		}
		return replayjob.ErrConflict
	}
	return err
}

// Load reads a job as it is now. Errors: replayjob.ErrNotFound.
func (j *Jobs) Load(ctx context.Context, id string) (replayjob.Job, error) {
	out, err := j.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &j.table, Key: attributes{contract.JobKey: text(id)}, ConsistentRead: aws.Bool(true),
	})
	if err == nil && len(out.Item) == 0 {
		err = replayjob.ErrNotFound
	}
	if err != nil {
		return replayjob.Job{}, fmt.Errorf("load replay job %s: %w", id, err)
	}
	found, err := decodeJob(out.Item)
	if err != nil {
		return replayjob.Job{}, fmt.Errorf("read the item of replay job %s: %w", id, err)
	}
	return found, nil
}

func encodeJob(next replayjob.Job) (attributes, error) {
	f := next.Filter
	return attributevalue.MarshalMapWithOptions(jobRow{
		job: job(next),
		Filter: jobFilter{
			Status: f.Status, Stage: f.Stage, Type: f.Type, CreatedBy: f.CreatedBy,
			After: exactTime(f.After), Before: exactTime(f.Before),
		},
	}, encodeTimes)
}

func decodeJob(item attributes) (replayjob.Job, error) {
	var row jobRow
	if err := attributevalue.UnmarshalMapWithOptions(item, &row, decodeTimes); err != nil {
		return replayjob.Job{}, err
	}
	found, f := replayjob.Job(row.job), row.Filter
	found.ExpiresAt = message.Moment(found.ExpiresAt)
	found.Filter = listing.Filter{Status: f.Status, Stage: f.Stage, Type: f.Type, CreatedBy: f.CreatedBy}
	var err error
	if found.Filter.After, err = readExactTime(f.After); err != nil {
		return replayjob.Job{}, err
	}
	found.Filter.Before, err = readExactTime(f.Before)
	return found, err
}

func exactTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func readExactTime(written string) (time.Time, error) {
	if written == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, written)
}
