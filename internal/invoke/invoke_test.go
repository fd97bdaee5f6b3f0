package invoke_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/invoke"
)

// call lets the adapter call a Lambda service that answers so, and gives the request that arrived.
func call(t *testing.T, status int, answer string) (*http.Request, string, error) {
	t.Helper()
	var request *http.Request
	var payload []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request = r
		payload, _ = io.ReadAll(r.Body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	client := lambda.New(lambda.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(server.URL), Retryer: aws.NopRetryer{},
		Credentials: aws.AnonymousCredentials{},
	})
	err := (&invoke.ReplayJob{Client: client, Function: "rez-agent-replayjob-dev"}).Call(t.Context(), "job-1")
	return request, string(payload), err
}

func TestAJobIsHandedToTheLiveVersionWithoutWaiting(t *testing.T) {
	t.Parallel()
	request, payload, err := call(t, http.StatusAccepted, "")
	require.NoError(t, err)
	require.Equal(t, "/2015-03-31/functions/rez-agent-replayjob-dev/invocations", request.URL.Path)
	require.Equal(t, "live", request.URL.Query().Get("Qualifier"))
	require.Equal(t, "Event", request.Header.Get("X-Amz-Invocation-Type"))
	require.JSONEq(t, `{"job_id":"job-1"}`, payload)
}

func TestARefusalNamesTheFunction(t *testing.T) {
	t.Parallel()
	_, _, err := call(t, http.StatusNotFound, `{"Message":"no such function"}`)
	require.ErrorContains(t, err, "rez-agent-replayjob-dev")
}
