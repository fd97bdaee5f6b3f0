package queue_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/queue"
)

// service is an SQS that answers every call alike and keeps the last request.
type service struct {
	answer string
	status int
	// refuses names an action that is refused, while all others are answered.
	refuses string
	action  string
	got     map[string]any
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.got = nil
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &s.got)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.action = r.Header.Get("X-Amz-Target")
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if s.refuses != "" && s.action == "AmazonSQS."+s.refuses {
		s.status = http.StatusBadRequest
	}
	w.WriteHeader(s.status)
	_, _ = io.WriteString(w, s.answer)
}

func newQueue(t *testing.T, answer string) (*queue.Queue, *service) {
	t.Helper()
	s := &service{answer: answer, status: http.StatusOK}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	client := sqs.New(sqs.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(server.URL), Retryer: aws.NopRetryer{},
		Credentials: aws.AnonymousCredentials{}, DisableMessageChecksumValidation: true,
	})
	return &queue.Queue{Client: client, URL: server.URL + "/000000000000/queue", MaxDelay: 15 * time.Minute}, s
}

func ticket() message.Ticket {
	return message.Ticket{MessageID: "0190b3a4-0000-7000-8000-000000000001", Generation: 2, Deferral: 3, EventType: message.EventDeferred}
}

func TestADelayIsWholeSecondsThatSQSTakes(t *testing.T) {
	t.Parallel()
	for delay, want := range map[time.Duration]float64{
		-time.Second: 0, 0: 0, time.Millisecond: 1, 1001 * time.Millisecond: 2, 30 * time.Second: 30,
		899*time.Second + 1: 900, 15 * time.Minute: 900, 12 * time.Hour: 900,
	} {
		t.Run(delay.String(), func(t *testing.T) {
			t.Parallel()
			q, s := newQueue(t, `{"MessageId":"1"}`)
			require.NoError(t, q.SendTicket(t.Context(), ticket(), delay))
			require.Equal(t, "AmazonSQS.SendMessage", s.action)
			got, _ := s.got["DelaySeconds"].(float64) // 0 may be left out
			require.InDelta(t, want, got, 0)
			body, ok := s.got["MessageBody"].(string)
			require.True(t, ok)
			parsed, err := message.ParseTicket([]byte(body))
			require.NoError(t, err)
			require.Equal(t, ticket(), parsed)
		})
	}
}

func TestADeadLetterSaysWhy(t *testing.T) {
	t.Parallel()
	q, s := newQueue(t, `{"MessageId":"1"}`)
	require.NoError(t, q.SendDeadLetter(t.Context(), ticket(), message.ReasonExpired))
	require.Equal(t, map[string]any{"reason": map[string]any{"DataType": "String", "StringValue": "expired"}}, s.got["MessageAttributes"])
}

func TestTheBacklogIsTheVisibleItems(t *testing.T) {
	t.Parallel()
	q, s := newQueue(t, `{"Attributes":{"ApproximateNumberOfMessages":"17"}}`)
	n, err := q.Visible(t.Context())
	require.NoError(t, err)
	require.Equal(t, 17, n)
	require.Equal(t, []any{"ApproximateNumberOfMessages"}, s.got["AttributeNames"])
}

func TestABacklogThatIsNoNumberIsAnErrorNotAnEmptyQueue(t *testing.T) {
	t.Parallel()
	q, _ := newQueue(t, `{}`)
	_, err := q.Visible(t.Context())
	require.ErrorContains(t, err, "backlog")
}

func TestARefusalOfSQSNamesTheQueue(t *testing.T) {
	t.Parallel()
	q, s := newQueue(t, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"}`)
	s.status = http.StatusBadRequest
	require.ErrorContains(t, q.SendTicket(t.Context(), ticket(), 0), "/000000000000/queue")
	_, err := q.Visible(t.Context())
	require.ErrorContains(t, err, "/000000000000/queue")
}
