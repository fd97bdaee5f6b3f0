package store

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rezagent/rez_agent/internal/contract"
)

// CountPending counts the messages that wait or failed, up to atMost, 1 or more: key is what Status.Pending gives (open,
// deferred, failed); more says that there are more than n. It reads index entries alone, at most one more than atMost,
// however many there are. The index follows the table within a second or so.
func (m *Messages) CountPending(ctx context.Context, key string, atMost int) (n int, more bool, err error) {
	if key == "" || atMost < 1 {
		return 0, false, fmt.Errorf("count pending messages: key %q, at most %d: want a key and a bound of 1 or more", key, atMost)
	}
	in := &dynamodb.QueryInput{
		TableName:                 &m.table,
		IndexName:                 aws.String(contract.StatusIndex),
		KeyConditionExpression:    aws.String(contract.AttrPendingStatus + " = :key"),
		ExpressionAttributeValues: attributes{":key": text(key)},
		Select:                    types.SelectCount,
	}
	for {
		in.Limit = aws.Int32(int32(min(atMost+1-n, maxPage)))
		out, err := m.client.Query(ctx, in)
		if err != nil {
			return 0, false, fmt.Errorf("count pending messages (%s): %w", key, err)
		}
		n += int(out.Count)
		if n > atMost {
			return atMost, true, nil
		}
		if len(out.LastEvaluatedKey) == 0 {
			return n, false, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}
