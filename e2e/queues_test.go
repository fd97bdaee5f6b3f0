package e2e_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/queue"
)

func (s *scenario) sqs() *sqs.Client { return sqs.NewFromConfig(deployed.AWS()) }

func (s *scenario) purge() {
	s.Helper()
	for _, url := range []string{deployed.QueueURL, deployed.DLQURL} {
		_, err := s.sqs().PurgeQueue(s.context(), &sqs.PurgeQueueInput{QueueUrl: aws.String(url)})
		require.NoError(s, err)
	}
}

// enqueue puts bodies into the queue in one batch, past SNS.
func (s *scenario) enqueue(bodies ...string) {
	s.Helper()
	entries := make([]types.SendMessageBatchRequestEntry, len(bodies))
	for i, body := range bodies {
		entries[i] = types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(body)}
	}
	out, err := s.sqs().SendMessageBatch(s.context(), &sqs.SendMessageBatchInput{
		QueueUrl: aws.String(deployed.QueueURL), Entries: entries,
	})
	require.NoError(s, err)
	require.Empty(s, out.Failed)
}

// ticket is a record's queue item.
func ticket(rec message.Record) string {
	body, err := json.Marshal(rec.Ticket(message.EventCreated, time.Now()))
	if err != nil {
		panic(err) // a ticket is always JSON
	}
	return string(body)
}

// untilQueueEmpty waits until no item is visible, in flight or delayed. One that was reported as busy comes back only
// when its visibility has ended, so that much more time is given.
func (s *scenario) untilQueueEmpty(within time.Duration) {
	s.Helper()
	within += deployed.Settings().Visibility
	s.eventually(within, "the queue is empty", func() (bool, string) {
		out, err := s.sqs().GetQueueAttributes(s.context(), &sqs.GetQueueAttributesInput{
			QueueUrl: aws.String(deployed.QueueURL), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
		})
		require.NoError(s, err)
		visible, hidden, delayed := out.Attributes["ApproximateNumberOfMessages"],
			out.Attributes["ApproximateNumberOfMessagesNotVisible"], out.Attributes["ApproximateNumberOfMessagesDelayed"]
		return visible+hidden+delayed == "000", fmt.Sprintf("%s visible, %s in flight, %s delayed", visible, hidden, delayed)
	})
}

// deadLetter is an item of the DLQ.
type deadLetter struct {
	body, reason string
}

// deadLetters looks at up to ten items of the DLQ and leaves them there.
func (s *scenario) deadLetters() []deadLetter {
	s.Helper()
	out, err := s.sqs().ReceiveMessage(s.context(), &sqs.ReceiveMessageInput{
		QueueUrl: aws.String(deployed.DLQURL), MaxNumberOfMessages: 10,
		MessageAttributeNames: []string{"All"},
	})
	require.NoError(s, err)
	letters := make([]deadLetter, 0, len(out.Messages))
	for _, m := range out.Messages {
		_, err := s.sqs().ChangeMessageVisibility(s.context(), &sqs.ChangeMessageVisibilityInput{
			QueueUrl: aws.String(deployed.DLQURL), ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 0,
		})
		require.NoError(s, err)
		letters = append(letters, deadLetter{
			body: aws.ToString(m.Body), reason: aws.ToString(m.MessageAttributes[queue.ReasonAttribute].StringValue),
		})
	}
	return letters
}

// redrive moves the whole DLQ into the main queue, as an operator does.
func (s *scenario) redrive() {
	s.Helper()
	_, err := s.sqs().StartMessageMoveTask(s.context(), &sqs.StartMessageMoveTaskInput{
		SourceArn: aws.String(s.arn(deployed.DLQURL)), DestinationArn: aws.String(s.arn(deployed.QueueURL)),
	})
	require.NoError(s, err)
}

func (s *scenario) arn(url string) string {
	s.Helper()
	out, err := s.sqs().GetQueueAttributes(s.context(), &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(url), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn},
	})
	require.NoError(s, err)
	return out.Attributes[string(types.QueueAttributeNameQueueArn)]
}
