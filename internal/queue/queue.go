// Package queue is the pipeline's SQS queues: delayed tickets into the main queue, expired messages into the DLQ.
package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/rezagent/rez_agent/internal/message"
)

// Queue is one SQS queue.
type Queue struct {
	Client *sqs.Client
	URL    string
	// MaxDelay is the longest delay that SQS takes; a longer wait goes round.
	MaxDelay time.Duration
}

// ReasonAttribute is the message attribute that tells why an item lies in the DLQ.
const ReasonAttribute = "reason"

// SendTicket sends a ticket that is seen after delay, cut to what SQS takes and rounded up to whole seconds: a ticket
// that comes early would only go round once more.
func (q *Queue) SendTicket(ctx context.Context, t message.Ticket, delay time.Duration) error {
	seconds := math.Ceil(min(max(delay, 0), q.MaxDelay).Seconds())
	return q.send(ctx, t, &sqs.SendMessageInput{DelaySeconds: int32(seconds)})
}

// SendDeadLetter sends the ticket of a message that is given up, with the reason as an attribute.
func (q *Queue) SendDeadLetter(ctx context.Context, t message.Ticket, reason message.Reason) error {
	return q.send(ctx, t, &sqs.SendMessageInput{MessageAttributes: map[string]types.MessageAttributeValue{
		ReasonAttribute: {DataType: aws.String("String"), StringValue: aws.String(string(reason))},
	}})
}

func (q *Queue) send(ctx context.Context, t message.Ticket, in *sqs.SendMessageInput) error {
	body, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("write the ticket: %w", err)
	}
	in.QueueUrl, in.MessageBody = aws.String(q.URL), aws.String(string(body))
	if _, err := q.Client.SendMessage(ctx, in); err != nil {
		return fmt.Errorf("send to %s: %w", q.URL, err)
	}
	return nil
}

// Visible is about how many items wait to be received.
func (q *Queue) Visible(ctx context.Context) (int, error) {
	name := types.QueueAttributeNameApproximateNumberOfMessages
	out, err := q.Client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(q.URL), AttributeNames: []types.QueueAttributeName{name},
	})
	if err != nil {
		return 0, fmt.Errorf("read the attributes of %s: %w", q.URL, err)
	}
	n, err := strconv.Atoi(out.Attributes[string(name)])
	if err != nil {
		return 0, fmt.Errorf("read the backlog of %s: %w", q.URL, err)
	}
	return n, nil
}
