package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// maxPage bounds a page of the status index: 1,000 rows are about 250 kB, and DynamoDB ends a page at 1 MB anyway.
const maxPage = 1000

// pendingRow is message.PendingKey under the status index's names.
type pendingRow struct {
	ID            string    `dynamodbav:"message_id"`
	CreatedAt     time.Time `dynamodbav:"created_date"`
	NextAttemptAt time.Time `dynamodbav:"next_attempt_at"`
	NextSweepAt   time.Time `dynamodbav:"next_sweep_at"`
}

// Pending pages through the messages that wait, oldest first: key is what Status.Pending gives (open, deferred,
// failed), cursor is the page before's Next, "" for the first page, and limit, 1 or more, is the most keys on a page; a
// page may hold fewer and not be the last. The index follows the table within a second or so.
func (m *Messages) Pending(ctx context.Context, key, cursor string, limit int) (message.PendingPage, error) {
	if key == "" || limit < 1 {
		return message.PendingPage{}, fmt.Errorf("list pending messages: key %q, limit %d: want a key and a limit of 1 or more", key, limit)
	}
	start, err := startAfter(key, cursor)
	if err != nil {
		return message.PendingPage{}, err
	}
	out, err := m.client.Query(ctx, &dynamodb.QueryInput{
		TableName:                 &m.table,
		IndexName:                 aws.String(contract.StatusIndex),
		KeyConditionExpression:    aws.String(contract.AttrPendingStatus + " = :key"),
		ExpressionAttributeValues: attributes{":key": text(key)},
		ExclusiveStartKey:         start,
		Limit:                     aws.Int32(int32(min(limit, maxPage))),
	})
	if err != nil {
		return message.PendingPage{}, fmt.Errorf("list pending messages (%s): %w", key, err)
	}
	p := message.PendingPage{Next: cursorOf(out.LastEvaluatedKey)}
	for _, entry := range out.Items {
		var row pendingRow
		if unmarshalEntry(ctx, entry, &row) {
			p.Keys = append(p.Keys, message.PendingKey(row))
		}
	}
	return p, nil
}

// unmarshalEntry reads an index's entry. One that was edited into something else is passed over, and the log names it.
func unmarshalEntry(ctx context.Context, entry attributes, into any) bool {
	err := attributevalue.UnmarshalMapWithOptions(entry, into, decodeTimes)
	if err != nil {
		telemetry.Log(ctx).Error("an index entry cannot be read; it is passed over",
			zap.String("message_id", idOf(entry)), zap.Error(err))
	}
	return err == nil
}

// cursorSeparator stands in no time and in no id.
const cursorSeparator = "/"

// cursorOf writes DynamoDB's last key as a cursor. The index's own key is left out: the caller names it again.
func cursorOf(last attributes) string {
	created, _ := last[contract.AttrCreatedDate].(*types.AttributeValueMemberS)
	id, _ := last[messageKey].(*types.AttributeValueMemberS)
	if created == nil || id == nil {
		return ""
	}
	return created.Value + cursorSeparator + id.Value
}

// startAfter reads a cursor back.
func startAfter(key, cursor string) (attributes, error) {
	if cursor == "" {
		return nil, nil //nolint:nilnil // DynamoDB takes no key as: from the start
	}
	created, id, ok := strings.Cut(cursor, cursorSeparator)
	if !ok || created == "" || id == "" {
		return nil, fmt.Errorf("list pending messages: cursor %q is not one that a page's Next gave", cursor)
	}
	return attributes{
		contract.AttrPendingStatus: text(key), contract.AttrCreatedDate: text(created), messageKey: text(id),
	}, nil
}
