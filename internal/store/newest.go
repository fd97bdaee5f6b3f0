package store

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

// indexRow is message.IndexKey under the indexes' names.
type indexRow struct {
	ID        string    `dynamodbav:"message_id"`
	CreatedAt time.Time `dynamodbav:"created_date"`
}

// NewestByStage pages through a stage's messages that were accepted within a span, newest first. position is the page
// before's Next or an entry's Position, "" for the newest; limit, 1 or more, is the most keys on a page, of which a page
// may hold fewer and not be the last. A page reads keys alone. The index follows the table within a second or so.
func (m *Messages) NewestByStage(
	ctx context.Context, stage string, within message.Span, position string, limit int,
) (message.IndexPage, error) {
	return m.newest(ctx, index{contract.StageIndex, contract.AttrStage, stage}, within, position, limit)
}

// NewestPending is NewestByStage for the messages that wait or failed: key is what Status.Pending gives (open, deferred,
// failed).
func (m *Messages) NewestPending(
	ctx context.Context, key string, within message.Span, position string, limit int,
) (message.IndexPage, error) {
	return m.newest(ctx, index{contract.StatusIndex, contract.AttrPendingStatus, key}, within, position, limit)
}

// index is one of the table's indexes, and the value of its key whose messages are listed.
type index struct{ name, attribute, key string }

func (m *Messages) newest(
	ctx context.Context, in index, within message.Span, position string, limit int,
) (message.IndexPage, error) {
	if in.key == "" || limit < 1 {
		return message.IndexPage{}, fmt.Errorf("list messages by %s: key %q, limit %d: want a key and a limit of 1 or more",
			in.attribute, in.key, limit)
	}
	start, err := in.start(position)
	if err != nil {
		return message.IndexPage{}, fmt.Errorf("list messages by %s: %w", in.attribute, err)
	}
	first, last := bounds(within)
	if first > last {
		return message.IndexPage{}, nil // DynamoDB refuses such a span
	}
	out, err := m.client.Query(ctx, &dynamodb.QueryInput{
		TableName:              &m.table,
		IndexName:              aws.String(in.name),
		KeyConditionExpression: aws.String(in.attribute + " = :key AND " + contract.AttrCreatedDate + " BETWEEN :first AND :last"),
		ExpressionAttributeValues: attributes{
			":key": text(in.key), ":first": text(first), ":last": text(last),
		},
		ExclusiveStartKey: start,
		ScanIndexForward:  aws.Bool(false),
		Limit:             aws.Int32(int32(min(limit, maxPage))),
	})
	if err != nil {
		return message.IndexPage{}, fmt.Errorf("list messages by %s: %w", in.attribute, err)
	}
	page := message.IndexPage{Next: cursorOf(out.LastEvaluatedKey)}
	for _, entry := range out.Items {
		var row indexRow
		if unmarshalEntry(ctx, entry, &row) {
			page.Keys = append(page.Keys, message.IndexKey(row))
		}
	}
	return page, nil
}

func (i index) start(position string) (map[string]types.AttributeValue, error) {
	if position == "" {
		return nil, nil //nolint:nilnil // DynamoDB takes no key as: from the start
	}
	from, err := message.ParsePosition(position)
	if err != nil {
		return nil, err
	}
	return attributes{
		i.attribute: text(i.key), contract.AttrCreatedDate: text(from.CreatedAt.Format(message.TimeLayout)), messageKey: text(from.ID),
	}, nil
}

// bounds are the first and the last time of a span, as the table writes them; open ends lie before and after every time.
func bounds(within message.Span) (first, last string) {
	const forever = "~" // sorts after every digit
	first, last = "0", forever
	if !within.After.IsZero() {
		first = ceiling(within.After).Format(message.TimeLayout)
	}
	if !within.Before.IsZero() {
		last = ceiling(within.Before).Add(-time.Millisecond).Format(message.TimeLayout)
	}
	return first, last
}

// ceiling is the first whole millisecond that is not before t.
func ceiling(t time.Time) time.Time {
	whole := message.Moment(t)
	if whole.Before(t) {
		whole = whole.Add(time.Millisecond)
	}
	return whole
}
