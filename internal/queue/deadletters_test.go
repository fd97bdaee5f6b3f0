package queue_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/deadletter"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/queue"
	"github.com/rezagent/rez_agent/internal/store/storetest"
	"github.com/rezagent/rez_agent/local/emulator"
)

var (
	_ deadletter.Letters   = (*queue.Queue)(nil)
	_ deadletter.MainQueue = (*queue.Queue)(nil)
)

// TestSQS holds what needs real queues, so that all of it shares one emulator.
func TestSQS(t *testing.T) {
	t.Parallel()
	client := sqs.New(sqs.Options{
		Region: emulator.Region, BaseEndpoint: aws.String(storetest.Endpoint(t)),
		Credentials: credentials.NewStaticCredentialsProvider(emulator.AccessKeyID, emulator.SecretAccessKey, ""),
	})
	for says, holds := range map[string]func(t *testing.T, main, dead *queue.Queue){
		"what is received is shown to everybody after its release": releasedIsShown,
		"a look takes each item once, and no more than asked":      eachOnce,
		"what is deleted is gone, what is not deleted is not":      deletedIsGone,
		"the whole queue moves, also what was sent to it":          allMoves,
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			main := newSQS(t, client)
			arn, err := main.ARN(t.Context())
			require.NoError(t, err)
			dead := newSQS(t, client)
			policy, err := json.Marshal(map[string]any{"deadLetterTargetArn": arnOf(t, dead), "maxReceiveCount": 3})
			require.NoError(t, err)
			_, err = client.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
				QueueUrl: aws.String(main.URL), Attributes: map[string]string{"RedrivePolicy": string(policy)},
			})
			require.NoError(t, err)
			require.Contains(t, arn, "arn:aws:sqs:")
			holds(t, main, dead)
		})
	}
}

func newSQS(t *testing.T, client *sqs.Client) *queue.Queue {
	t.Helper()
	out, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("test-" + uuid.NewString())})
	require.NoError(t, err)
	return &queue.Queue{Client: client, URL: *out.QueueUrl, MaxDelay: 15 * time.Minute}
}

func arnOf(t *testing.T, q *queue.Queue) string {
	t.Helper()
	arn, err := q.ARN(t.Context())
	require.NoError(t, err)
	return arn
}

// fill sends n dead letters, and gives their messages' ids.
func fill(t *testing.T, dead *queue.Queue, n int) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	for range n {
		id := uuid.NewString()
		require.NoError(t, dead.SendDeadLetter(t.Context(), message.Ticket{MessageID: id, Generation: 1}, message.ReasonExpired))
		ids[id] = true
	}
	return ids
}

func receive(t *testing.T, q *queue.Queue, most, about int) []deadletter.Item {
	t.Helper()
	items, err := q.Receive(t.Context(), most, about)
	require.NoError(t, err)
	return items
}

func releasedIsShown(t *testing.T, _, dead *queue.Queue) {
	began := time.Now().Add(-time.Second)
	fill(t, dead, 23)
	first := receive(t, dead, 100, 23)
	require.Len(t, first, 23)
	require.Equal(t, "expired", first[0].Reason)
	require.Equal(t, 1, first[0].Receives)
	require.WithinRange(t, first[0].SentAt, began, time.Now().Add(time.Second))
	require.Empty(t, receive(t, dead, 100, 0), "hidden meanwhile")

	require.NoError(t, dead.Release(t.Context(), first))
	again := receive(t, dead, 100, 23)
	require.Len(t, again, 23)
	require.Equal(t, 2, again[0].Receives)
}

// An answer that is lost on a slow machine hides its items for a while, so that one look may miss them: all are seen in
// the end, and no look shows one twice.
func eachOnce(t *testing.T, _, dead *queue.Queue) {
	unseen := fill(t, dead, 25)
	look := func(most int) int {
		seen := map[string]bool{}
		for _, item := range receive(t, dead, most, len(unseen)) {
			ticket, err := message.ParseTicket(item.Body)
			require.NoError(t, err)
			require.False(t, seen[ticket.MessageID], "taken twice")
			seen[ticket.MessageID] = true
			delete(unseen, ticket.MessageID)
		}
		return len(seen)
	}
	require.Equal(t, 13, look(13), "no more than asked")
	for end := time.Now().Add(time.Minute); len(unseen) > 0 && time.Now().Before(end); {
		look(100)
	}
	require.Empty(t, unseen)
}

func deletedIsGone(t *testing.T, _, dead *queue.Queue) {
	fill(t, dead, 12)
	items := receive(t, dead, 100, 12)
	require.NoError(t, dead.Delete(t.Context(), items[:11]))
	require.NoError(t, dead.Release(t.Context(), items[11:]))
	left := receive(t, dead, 100, 0)
	require.Len(t, left, 1)
	require.Equal(t, items[11].ID, left[0].ID)
}

func allMoves(t *testing.T, main, dead *queue.Queue) {
	fill(t, dead, 5)
	task, err := dead.MoveTo(t.Context(), arnOf(t, main))
	require.NoError(t, err)
	require.NotEmpty(t, task)
	require.Eventually(t, func() bool {
		n, err := main.Visible(t.Context())
		return err == nil && n == 5
	}, 5*time.Second, 10*time.Millisecond)
	n, err := dead.Visible(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestASecondMoveIsToldFromOtherRefusals(t *testing.T) {
	t.Parallel()
	for message, moving := range map[string]bool{
		"There is already a task running. Only one active task is allowed for a source queue arn at a given time.": true,
		"The resource that you specified for the SourceArn parameter doesn't exist.":                               false,
	} {
		q, s := newQueue(t, `{"__type":"com.amazonaws.sqs#InvalidParameterValue","message":"`+message+`","Attributes":{"QueueArn":"arn:dlq"}}`)
		s.refuses = "StartMessageMoveTask"
		_, err := q.MoveTo(t.Context(), "arn:main")
		require.Error(t, err)
		require.Equal(t, moving, errors.Is(err, deadletter.ErrMoving), message)
		require.Equal(t, map[string]any{"SourceArn": "arn:dlq", "DestinationArn": "arn:main"}, s.got)
	}
}

func TestItemsThatSQSRefusesToReleaseAreCounted(t *testing.T) {
	t.Parallel()
	q, s := newQueue(t, `{"Successful":[],"Failed":[{"Id":"0","Code":"ReceiptHandleIsInvalid","SenderFault":true}]}`)
	err := q.Release(t.Context(), make([]deadletter.Item, 11))
	require.ErrorContains(t, err, "1 of 10 items: ReceiptHandleIsInvalid")
	require.ErrorContains(t, err, "1 of 1 items", "the next batch is done all the same")
	s.status = http.StatusBadRequest
	require.ErrorContains(t, q.Delete(t.Context(), make([]deadletter.Item, 1)), q.URL)
}
