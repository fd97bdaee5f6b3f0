package workflow_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/dispatch"
	"github.com/rezagent/rez_agent/internal/workflow"
)

// states is a Step Functions that counts its requests.
type states struct {
	*httptest.Server

	calls atomic.Int32
}

func newStates(t *testing.T, answer http.HandlerFunc) *states {
	t.Helper()
	s := &states{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls.Add(1)
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func (s *states) machine(client aws.HTTPClient) *workflow.Workflow {
	return &workflow.Workflow{ARN: "arn:machine", Client: workflow.NewClient(aws.Config{
		Region: "eu-central-1", BaseEndpoint: aws.String(s.URL), Credentials: aws.AnonymousCredentials{}, HTTPClient: client,
	})}
}

const arn = "arn:aws:states:eu-central-1:000000000000:express:m:n:1"

func TestHowAnExecutionEnded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		want   dispatch.Ending
	}{
		"with an outcome": {
			`{"status":"SUCCEEDED","output":"{\"message_id\":\"x\",\"outcome\":\"deferred\"}"}`,
			dispatch.Ending{Succeeded: true, Status: "SUCCEEDED", Outcome: contract.OutcomeDeferred},
		},
		"without an output that can be read": {
			`{"status":"SUCCEEDED","output":"17"}`, dispatch.Ending{Succeeded: true, Status: "SUCCEEDED"},
		},
		"failed, although the HTTP status is 200": {
			`{"status":"FAILED","error":"DeliveryFailed","cause":"…"}`,
			dispatch.Ending{Status: "FAILED", ErrorName: contract.ErrorDeliveryFailed},
		},
		"timed out": {`{"status":"TIMED_OUT"}`, dispatch.Ending{Status: "TIMED_OUT"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStates(t, func(w http.ResponseWriter, r *http.Request) {
				var in map[string]string
				if json.NewDecoder(r.Body).Decode(&in) != nil || in["name"] != "q-1" || in["input"] != `{"a":1}` {
					says(http.StatusBadRequest, `{}`)(w, r)
					return
				}
				says(http.StatusOK, fmt.Sprintf(`{"executionArn":%q,%s`, arn, c.answer[1:]))(w, r)
			})
			ending, err := s.machine(nil).Run(t.Context(), "q-1", []byte(`{"a":1}`))
			require.NoError(t, err, `the host has no "sync-" before it`)
			c.want.ExecutionARN = arn
			require.Equal(t, c.want, ending)
		})
	}
}

func TestARequestThatWasSentIsNeverSentAgain(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"a fault of the service": says(http.StatusInternalServerError, `{"__type":"InternalServerError"}`),
		"not available":          says(http.StatusServiceUnavailable, ``),
		"a gateway's timeout":    says(http.StatusGatewayTimeout, ``),
		"a broken connection": func(w http.ResponseWriter, _ *http.Request) {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = conn.Close()
			}
		},
		"half an answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"executionArn":`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStates(t, answer)
			_, err := s.machine(nil).Run(t.Context(), "q-1", []byte(`{}`))
			require.ErrorContains(t, err, "q-1")
			require.EqualValues(t, 1, s.calls.Load())
		})
	}
}

// flaky fails the first connections.
type flaky struct{ left, tries atomic.Int32 }

func (f *flaky) Do(r *http.Request) (*http.Response, error) {
	f.tries.Add(1)
	if f.left.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	return http.DefaultClient.Do(r)
}

func TestARequestThatNeverLeftIsSentAgain(t *testing.T) {
	t.Parallel()
	s := newStates(t, says(http.StatusOK, `{"status":"SUCCEEDED","output":"{\"outcome\":\"completed\"}"}`))
	client := &flaky{}
	client.left.Store(1)
	ending, err := s.machine(client).Run(t.Context(), "q-1", []byte(`{}`))
	require.NoError(t, err)
	require.Equal(t, contract.OutcomeCompleted, ending.Outcome)
	require.EqualValues(t, 2, client.tries.Load())
	require.EqualValues(t, 1, s.calls.Load())
}

func TestOneThatTheServiceDidNotTakeForBeingBusyIsSentAgain(t *testing.T) {
	t.Parallel()
	var first atomic.Bool
	s := newStates(t, func(w http.ResponseWriter, r *http.Request) {
		if first.CompareAndSwap(false, true) {
			says(http.StatusBadRequest, `{"__type":"ThrottlingException","message":"Rate exceeded"}`)(w, r)
			return
		}
		says(http.StatusOK, `{"status":"SUCCEEDED","output":"{\"outcome\":\"completed\"}"}`)(w, r)
	})
	_, err := s.machine(nil).Run(t.Context(), "q-1", []byte(`{}`))
	require.NoError(t, err)
	require.EqualValues(t, 2, s.calls.Load())
}

func TestAnExecutionIsWaitedForNoLongerThanTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := newStates(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that the client is gone
		cancel()
		<-r.Context().Done()
	})
	_, err := s.machine(nil).Run(ctx, "q-1", []byte(`{}`))
	require.ErrorIs(t, err, context.Canceled)
	require.EqualValues(t, 1, s.calls.Load())
}
