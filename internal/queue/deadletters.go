package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/rezagent/rez_agent/internal/deadletter"
)

const (
	// batch is the most items that SQS hands out, or takes, at once.
	batch = 10
	// hidden is how long a received item is kept from others, in seconds: as long as a look may take.
	hidden = 10
	// patience is how long SQS looks for items before it answers that there are none, in seconds. It asks all of its
	// servers then: without it an empty answer says nothing.
	patience = 1
)

// Receive takes up to most distinct items, hidden from others for some seconds. It ends with the first answer that
// brings nothing new; as long as fewer than about came, such an answer is waited for.
func (q *Queue) Receive(ctx context.Context, most, about int) ([]deadletter.Item, error) {
	items, at := []deadletter.Item{}, map[string]int{}
	for {
		asked := min(batch, most-len(items))
		if asked < 1 {
			break
		}
		wait := int32(0)
		if len(items) < about {
			wait = patience
		}
		out, err := q.Client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(q.URL), MaxNumberOfMessages: int32(asked),
			VisibilityTimeout: hidden, WaitTimeSeconds: wait,
			MessageAttributeNames: []string{ReasonAttribute},
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{
				types.MessageSystemAttributeNameSentTimestamp, types.MessageSystemAttributeNameApproximateReceiveCount,
			},
		})
		if err != nil {
			return items, fmt.Errorf("receive from %s: %w", q.URL, err)
		}
		before := len(items)
		for _, received := range out.Messages {
			item := itemOf(received)
			if i, again := at[item.ID]; again {
				items[i] = item // its newer handle is the one that counts
				continue
			}
			at[item.ID] = len(items)
			items = append(items, item)
		}
		if len(items) == before {
			break
		}
	}
	return items, nil
}

func itemOf(received types.Message) deadletter.Item {
	item := deadletter.Item{
		ID: aws.ToString(received.MessageId), Handle: aws.ToString(received.ReceiptHandle), Body: []byte(aws.ToString(received.Body)),
		Reason: aws.ToString(received.MessageAttributes[ReasonAttribute].StringValue),
	}
	if ms, err := strconv.ParseInt(received.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64); err == nil {
		item.SentAt = time.UnixMilli(ms).UTC()
	}
	if n, err := strconv.Atoi(received.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)]); err == nil {
		item.Receives = n
	}
	return item
}

// Release shows received items to everybody again.
func (q *Queue) Release(ctx context.Context, items []deadletter.Item) error {
	return q.inBatches(items, "release", func(some []deadletter.Item) ([]types.BatchResultErrorEntry, error) {
		in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: aws.String(q.URL)}
		for i, item := range some {
			in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(item.Handle), VisibilityTimeout: 0,
			})
		}
		out, err := q.Client.ChangeMessageVisibilityBatch(ctx, in)
		if err != nil {
			return nil, err
		}
		return out.Failed, nil
	})
}

// Delete deletes received items.
func (q *Queue) Delete(ctx context.Context, items []deadletter.Item) error {
	return q.inBatches(items, "delete", func(some []deadletter.Item) ([]types.BatchResultErrorEntry, error) {
		in := &sqs.DeleteMessageBatchInput{QueueUrl: aws.String(q.URL)}
		for i, item := range some {
			in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(item.Handle),
			})
		}
		out, err := q.Client.DeleteMessageBatch(ctx, in)
		if err != nil {
			return nil, err
		}
		return out.Failed, nil
	})
}

// inBatches does all batches, also after one that failed, and says in one error how many items it was not done to.
func (q *Queue) inBatches(
	items []deadletter.Item, what string, do func([]deadletter.Item) ([]types.BatchResultErrorEntry, error),
) error {
	var faults []error
	for some := range slices.Chunk(items, batch) {
		failed, err := do(some)
		if err == nil && len(failed) > 0 {
			err = fmt.Errorf("%d of %d items: %s", len(failed), len(some), aws.ToString(failed[0].Code))
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s items of %s: %w", what, q.URL, err))
		}
	}
	return errors.Join(faults...)
}

// ARN is the queue's ARN.
func (q *Queue) ARN(ctx context.Context) (string, error) {
	out, err := q.Client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(q.URL), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn},
	})
	if err != nil {
		return "", fmt.Errorf("read the ARN of %s: %w", q.URL, err)
	}
	arn := out.Attributes[string(types.QueueAttributeNameQueueArn)]
	if arn == "" {
		return "", fmt.Errorf("read the ARN of %s: SQS gave none", q.URL)
	}
	return arn, nil
}

// MoveTo starts the move of all items into another queue, and gives SQS's handle of the move. Errors:
// deadletter.ErrMoving where one is under way already.
func (q *Queue) MoveTo(ctx context.Context, queueARN string) (string, error) {
	own, err := q.ARN(ctx)
	if err != nil {
		return "", err
	}
	out, err := q.Client.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{
		SourceArn: aws.String(own), DestinationArn: aws.String(queueARN),
	})
	if moving(err) {
		err = deadletter.ErrMoving
	}
	if err != nil {
		return "", fmt.Errorf("move the items of %s: %w", q.URL, err)
	}
	return aws.ToString(out.TaskHandle), nil
}

// moving: SQS has no error code of its own for a second move, only these words.
func moving(err error) bool {
	var refusal smithy.APIError
	return errors.As(err, &refusal) && strings.Contains(refusal.ErrorMessage(), "already a task running")
}
