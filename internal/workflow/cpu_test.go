package workflow_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/workflow"
)

// BenchmarkRun tells the processor time that an execution takes its caller, over TLS, with the test's own server in it:
// what the processor's memory is chosen by. It waits for the rest.
func BenchmarkRun(b *testing.B) {
	states := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = w.Write([]byte(`{"executionArn":"arn:aws:states:us-east-1:000000000000:express:deliver:q-1:1","status":"SUCCEEDED",
			"output":"{\"outcome\":\"completed\"}","startDate":1,"stopDate":2}`))
	}))
	b.Cleanup(states.Close)
	machine := &workflow.Workflow{ARN: "arn:aws:states:us-east-1:000000000000:stateMachine:deliver", Client: workflow.NewClient(aws.Config{
		Region: "us-east-1", BaseEndpoint: &states.URL, HTTPClient: states.Client(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "example", SessionToken: "session"}, nil
		}),
	})}
	before := spent(b)
	for b.Loop() {
		ending, err := machine.Run(b.Context(), "q-1", []byte(`{"message_id":"0190b3a4-0000-7000-8000-000000000000","generation":1}`))
		require.NoError(b, err)
		require.EqualValues(b, "completed", ending.Outcome)
	}
	b.ReportMetric(float64((spent(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// spent is the process's time on a processor.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
