package store

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

const (
	messageKey  = contract.MessageKey
	versionName = "version"
)

// Messages keeps message records in a DynamoDB table. Times are kept to the millisecond, ExpiresAt to the second and
// latencies to the millisecond, each rounded down. Safe for concurrent use.
type Messages struct {
	client Client
	table  string
}

// NewMessages gives the messages of a table.
func NewMessages(client Client, table string) *Messages {
	return &Messages{client: client, table: table}
}

// Create writes a record that must be new: message.ErrExists where another one has its id. Creating the very same
// record again is no error: that is a create whose answer was lost.
func (m *Messages) Create(ctx context.Context, rec message.Record) error {
	next, err := encode(rec)
	if err != nil {
		return err
	}
	_, err = m.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           &m.table,
		Item:                                next,
		ConditionExpression:                 aws.String("attribute_not_exists(" + messageKey + ")"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err == nil {
		return nil
	}
	if stored, ok := refused(err); ok {
		if sameRecord(stored, next) {
			return nil
		}
		err = message.ErrExists
	}
	return fmt.Errorf("create message %s: %w", rec.ID, err)
}

// Load reads a record as it is now: message.ErrNotFound where there is none.
func (m *Messages) Load(ctx context.Context, id string) (message.Record, error) {
	out, err := m.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &m.table, Key: key(id), ConsistentRead: aws.Bool(true),
	})
	if err == nil && len(out.Item) == 0 {
		err = message.ErrNotFound
	}
	if err != nil {
		return message.Record{}, fmt.Errorf("load message %s: %w", id, err)
	}
	return decode(out.Item)
}

// Save writes what differs between prev, the record as it was read, and next, which must be prev's next version. A pair
// without a difference is not written. Saving the same pair again is no error: that is a save whose answer was lost.
//
// Errors: message.ErrConflict where somebody else wrote since prev was read, message.ErrNotFound where the record is
// gone; a save never makes one.
func (m *Messages) Save(ctx context.Context, prev, next message.Record) error {
	before, err := encode(prev)
	if err != nil {
		return err
	}
	after, err := encode(next)
	if err != nil {
		return err
	}
	names := differing(before, after)
	if len(names) == 0 {
		return nil
	}
	if next.ID != prev.ID || next.Version != prev.Version+1 {
		return fmt.Errorf("save message %s version %d over %s version %d: want the same message, one version on",
			next.ID, next.Version, prev.ID, prev.Version)
	}
	if err := m.save(ctx, names, after, prev.Version); err != nil {
		return fmt.Errorf("save message %s: %w", next.ID, err)
	}
	return nil
}

func (m *Messages) save(ctx context.Context, names []string, next attributes, version int) error {
	condition := expression.AttributeExists(expression.Name(messageKey)).
		And(expression.Name(versionName).Equal(expression.Value(version)))
	in, err := update(m.table, attributes{messageKey: next[messageKey]}, assign(names, next), condition)
	if err != nil {
		return err
	}
	_, err = m.client.UpdateItem(ctx, in)
	stored, failed := refused(err)
	switch {
	case !failed:
		return err
	case len(stored) == 0:
		return message.ErrNotFound
	case sameRecord(stored, next):
		return nil
	}
	return message.ErrConflict
}

func key(id string) attributes { return attributes{messageKey: text(id)} }
