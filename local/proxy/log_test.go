package proxy_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/proxy"
)

func TestARunIsNotedCallByCall(t *testing.T) {
	t.Parallel()
	p := started(t, http.StatusOK, `{"ok":1}`)
	log := &proxy.Log{}
	p.Intercept(log.Intercept)
	for _, one := range []struct{ service, target, body string }{
		{"dynamodb", "DynamoDB_20120810.GetItem", `{"TableName":"messages"}`},
		{"dynamodb", "DynamoDB_20120810.BatchGetItem", `{"RequestItems":{"messages":{}}}`},
		{"sqs", "AmazonSQS.SendMessage", `{"QueueUrl":"http://127.0.0.1:1/000000000000/queue"}`},
		{"states", "AWSStepFunctions.StartSyncExecution", `{"name":"q-1","stateMachineArn":"arn:aws:states:us-east-1:1:stateMachine:deliver"}`},
		{"ssm", "AmazonSSM.GetParameter", `{"Name":"/rez-agent/key"}`},
		{"sns", "", "Action=Publish&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A1%3Atopic"},
	} {
		_, answer, err := call(t, p, one.service, one.target, one.body)
		require.NoError(t, err)
		require.JSONEq(t, `{"ok":1}`, answer)
	}
	about := []string{}
	for _, seen := range log.Calls() {
		about = append(about, seen.Service+" "+seen.Operation+" "+seen.Resource)
		require.Equal(t, http.StatusOK, seen.Status)
		require.JSONEq(t, `{"ok":1}`, string(seen.Answer))
		require.False(t, seen.Ended.Before(seen.Began))
	}
	require.Equal(t, []string{
		"dynamodb GetItem messages", "dynamodb BatchGetItem messages", "sqs SendMessage queue",
		"states StartSyncExecution deliver", "ssm GetParameter key", "sns Publish topic",
	}, about)
	log.Reset()
	require.Empty(t, log.Calls())
}

func TestPointsNumberTheCallsOfEachSortAndKnowTheOneBefore(t *testing.T) {
	t.Parallel()
	seen := func(caller, operation string, status int) proxy.Seen {
		return proxy.Seen{Call: proxy.Call{Service: "dynamodb", Operation: operation, Caller: caller}, Status: status}
	}
	points := proxy.Points([]proxy.Seen{
		seen("a", "GetItem", 200), seen("b", "GetItem", 200), seen("a", "UpdateItem", 400), seen("a", "GetItem", 200),
		seen("a", "UpdateItem", 200),
	})
	numbers, before := []int{}, []string{}
	for _, point := range points {
		numbers, before = append(numbers, point.N), append(before, point.After)
	}
	require.Equal(t, []int{1, 1, 1, 2, 2}, numbers)
	require.Equal(t, []string{
		"", "", "dynamodb GetItem  OK", "dynamodb UpdateItem  Bad Request", "dynamodb GetItem  OK",
	}, before)
	require.Len(t, proxy.Distinct(points), 4, "the second update after a read is as the first")
	require.Equal(t, proxy.Match{Service: "dynamodb", Operation: "GetItem", Caller: "a"}, points[0].Matches())
}

func TestAnyServerCanHaveFaultsAndALogBeforeIt(t *testing.T) {
	t.Parallel()
	log, faults := &proxy.Log{}, &proxy.Faults{}
	ntfy := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	server := httptest.NewServer(proxy.Before("ntfy", proxy.Chain(faults.Intercept, log.Intercept), ntfy))
	t.Cleanup(server.Close)
	post := func() (string, error) {
		response, err := http.Post(server.URL, "application/json", strings.NewReader("hello"))
		if err != nil {
			return "", err
		}
		body, err := io.ReadAll(response.Body)
		return string(body), errors.Join(err, response.Body.Close())
	}
	said, err := post()
	require.NoError(t, err)
	require.Equal(t, "hello", said)
	faults.Break(proxy.Fault{Match: proxy.Match{Service: "ntfy", Operation: http.MethodPost}, Effect: proxy.CutBefore})
	_, err = post()
	require.Error(t, err)
	require.Len(t, log.Calls(), 1, "what was cut before it went on is not in the log")
}
