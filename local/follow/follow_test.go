package follow_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/follow"
	"github.com/rezagent/rez_agent/local/standin"
)

const (
	id  = "0190d1a2-0000-7000-8000-000000000000"
	arn = "arn:aws:states:us-east-1:000000000000:execution:deliver:q-1"
)

// story is a table that shows the next version of a record at each look, and the execution that goes with it.
type story struct {
	records []message.Record
	states  [][]string
	looks   int
}

func (s *story) Load(context.Context, string) (message.Record, error) {
	now := s.records[min(s.looks, len(s.records)-1)]
	now.Version = min(s.looks, len(s.records)-1) + 1
	return now, nil
}

func (s *story) Entered(context.Context, string) ([]string, error) {
	s.looks++
	return s.states[min(s.looks-1, len(s.states)-1)], nil
}

// told follows the story's message and gives what was told.
func told(ctx context.Context, s *story) ([]string, message.Record, error) {
	var said []string
	follower := follow.Follower{Records: s, Executions: s, Tell: func(text string) { said = append(said, text) }}
	rec, err := follower.Message(ctx, id)
	return said, rec, err
}

func TestAMessageIsToldStateByState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		attempt := message.Attempt{Outcome: "delivered", Status: http.StatusOK, Latency: 3 * time.Millisecond, NtfyID: "abc"}
		said, rec, err := told(t.Context(), &story{
			records: []message.Record{
				{Status: message.StatusProcessing, ExecutionARN: arn},
				{Status: message.StatusProcessing, ExecutionARN: arn},
				{Status: message.StatusCompleted, ExecutionARN: arn, Attempts: []message.Attempt{attempt}},
			},
			states: [][]string{{"MarkProcessing"}, {"MarkProcessing", "CheckCircuit"}, {"MarkProcessing", "CheckCircuit", "SendNtfy"}},
		})
		require.NoError(t, err)
		require.Equal(t, message.StatusCompleted, rec.Status)
		require.Equal(t, []string{
			"  workflow: MarkProcessing", "processing", "  workflow: CheckCircuit", "  workflow: SendNtfy",
			"attempt: delivered, HTTP 200 after 3 ms, ntfy's id abc", "completed",
		}, said)
	})
}

func TestADeferralAndARefusalAreToldWithTheirReason(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		due := time.Date(2027, 1, 2, 3, 4, 5, 0, time.Local)
		said, _, err := told(t.Context(), &story{
			states: [][]string{nil},
			records: []message.Record{
				{Status: message.StatusDeferred, ExecutionARN: arn, Reason: message.ReasonUnavailable, Deferrals: 1, NextAttemptAt: due},
				{Status: message.StatusFailed, ExecutionARN: arn, Reason: message.ReasonRefused, Detail: "icon is not a URL"},
			},
		})
		require.NoError(t, err)
		require.Equal(t, []string{"deferred (unavailable) until 03:04:05", "failed (refused): icon is not a URL"}, said)
	})
}

func TestFollowingEndsWithItsContextAndSaysWhereTheMessageStands(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, rec, err := told(ctx, &story{records: []message.Record{{Status: message.StatusCreated}}, states: [][]string{nil}})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "which is created")
		require.Equal(t, message.StatusCreated, rec.Status)
	})
}

func TestShownReadsTheTopicBack(t *testing.T) {
	t.Parallel()
	server := standin.New(standin.Config{})
	t.Cleanup(server.Close)
	ntfy := httptest.NewServer(server)
	t.Cleanup(ntfy.Close)
	published := publish(t, ntfy.URL)

	require.NoError(t, follow.Shown(t.Context(), ntfy.URL+"/topic", published))
	require.ErrorContains(t, follow.Shown(t.Context(), ntfy.URL+"/topic", "another"), "does not show the notification another")
	require.Error(t, follow.Shown(t.Context(), ntfy.URL+"/elsewhere", published))
}

// publish sends a notification to the topic and gives ntfy's id.
func publish(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(`{"topic":"topic","message":"hi"}`))
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, answer.Body.Close()) }()
	var published struct{ ID string }
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&published))
	return published.ID
}

func TestATopicThatMayNotBeReadIsToldApart(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]error{http.StatusForbidden: follow.ErrNotReadable, http.StatusBadGateway: nil} {
		ntfy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		err := follow.Shown(t.Context(), ntfy.URL+"/topic", "abc")
		require.Error(t, err)
		require.Equal(t, want != nil, errors.Is(err, follow.ErrNotReadable))
		ntfy.Close()
	}
}
