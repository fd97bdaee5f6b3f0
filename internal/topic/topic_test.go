package topic_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/topic"
)

func newTopic(t *testing.T, status int) (*topic.Topic, *url.Values) {
	t.Helper()
	var form url.Values
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		form = r.PostForm
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
	}))
	t.Cleanup(server.Close)
	client := sns.New(sns.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(server.URL), Retryer: aws.NopRetryer{}, Credentials: aws.AnonymousCredentials{},
	})
	return &topic.Topic{Client: client, ARN: "arn:aws:sns:eu-central-1:000000000000:rez-agent-messages"}, &form
}

func TestATicketIsPublishedWithTheAttributesThatQueuesFilterBy(t *testing.T) {
	t.Parallel()
	pub, form := newTopic(t, http.StatusOK)
	now := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	rec := message.New("0190b3a4-0000-7000-8000-000000000001", "notification", "ntfy", "dev", "x", `{"message":"secret text"}`,
		now, message.Times{})
	ticket := rec.Ticket(message.EventCreated, now)
	require.NoError(t, pub.Publish(t.Context(), rec, ticket))

	require.Equal(t, pub.ARN, form.Get("TopicArn"))
	parsed, err := message.ParseTicket([]byte(form.Get("Message")))
	require.NoError(t, err)
	require.Equal(t, ticket, parsed)
	attributes := map[string]string{}
	for _, n := range []string{"1", "2", "3"} {
		entry := "MessageAttributes.entry." + n
		require.Equal(t, "String", form.Get(entry+".Value.DataType"))
		attributes[form.Get(entry+".Name")] = form.Get(entry + ".Value.StringValue")
	}
	require.Equal(t, map[string]string{"stage": "dev", "message_type": "notification", "channel": "ntfy"}, attributes)
	require.NotContains(t, form.Encode(), "secret", "the text stays in the record")
}

func TestARefusalOfSNSNamesTheTopic(t *testing.T) {
	t.Parallel()
	pub, _ := newTopic(t, http.StatusForbidden)
	require.ErrorContains(t, pub.Publish(t.Context(), message.Record{Stage: "s", Type: "t", Channel: "c"}, message.Ticket{}), pub.ARN)
}
