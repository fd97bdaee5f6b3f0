package bench

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/proxy"
)

func TestPercentilesAreTheNearestRank(t *testing.T) {
	t.Parallel()
	var sorted []time.Duration
	for i := range 200 {
		sorted = append(sorted, time.Duration(i+1))
	}
	require.Equal(t, time.Duration(100), percentile(sorted, 50))
	require.Equal(t, time.Duration(190), percentile(sorted, 95))
	require.Equal(t, time.Duration(198), percentile(sorted, 99))
	require.Equal(t, time.Duration(1), percentile(sorted[:1], 99))
	require.Zero(t, percentile(nil, 50))
}

func TestWhatWasAcceptedAndNotShownIsLost(t *testing.T) {
	t.Parallel()
	at := time.Unix(1, 0)
	var all sample
	all.add(sample{
		sent: map[string]time.Time{"a": at, "b": at}, took: time.Second,
		shown: map[string]time.Time{"a": at.Add(time.Second)},
	})
	all.add(sample{sent: map[string]time.Time{"c": at}, shown: map[string]time.Time{"c": at.Add(-time.Millisecond)}, took: time.Second})
	require.Equal(t, []string{"b"}, all.lost())
	require.Equal(t, []time.Duration{0, time.Second}, latencies(all.sent, all.shown))
	require.Equal(t, 2*time.Second, all.took)
}

func TestTheEndOfAnExecutionIsNotedByItsMessage(t *testing.T) {
	t.Parallel()
	e := &watch{ended: map[string]time.Time{}}
	answers := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"status":"` + r.Header.Get("Ends") + `"}`))
	})
	for id, ends := range map[string]string{"good": "SUCCEEDED", "bad": "FAILED"} {
		request := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
		request.Header.Set("Ends", ends)
		call := proxy.Call{Operation: "StartSyncExecution", Body: []byte(`{"input":"{\"message_id\":\"` + id + `\"}"}`)}
		answer := httptest.NewRecorder()
		e.intercept(call, answer, request, answers)
		require.JSONEq(t, `{"status":"`+ends+`"}`, answer.Body.String(), "the caller gets it unchanged")
	}
	sent := map[string]time.Time{"good": {}, "bad": {}}
	require.Len(t, e.take(sent), 1)
	require.Contains(t, e.take(sent), "good")
	require.Empty(t, e.take(map[string]time.Time{"other": {}}))
}

func TestCPUTimeIsReadBehindANameThatHoldsAnything(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "stat")
	require.NoError(t, os.WriteFile(path, []byte("7 (a b) c) S 1 42 3 4 5 6 7 8 9 10 30 12 13 14\n"), 0o600))
	used, group, err := times(path)
	require.NoError(t, err)
	require.Equal(t, 42, group)
	require.Equal(t, 420*time.Millisecond, used)

	require.NoError(t, os.WriteFile(path, []byte("7 (a) S 1\n"), 0o600))
	_, _, err = times(path)
	require.ErrorContains(t, err, "fields")
}

func TestAReportIsReadableAsTextAndAsMarkdown(t *testing.T) {
	t.Parallel()
	r := Report{Machine: "2 cores", Tables: []Table{{
		Title: "Speed", Note: "Warm.", Header: []string{"", "ours", "goal"}, Rows: [][]string{{"5/s", "9 ms", ""}, {"größe", "100 ms", "≤ 6, met"}},
	}}}
	require.Equal(t, "\nMeasured on 2 cores\n\nSpeed\n  Warm.\n           ours  goal\n  5/s      9 ms\n  größe  100 ms  ≤ 6, met\n", r.Text())
	require.Equal(t, "Measured on 2 cores.\n\n### Speed\n\nWarm.\n\n|  | ours | goal |\n|---|---:|---|\n| 5/s | 9 ms |  |\n| größe | 100 ms | ≤ 6, met |\n",
		r.Markdown())
}

func TestAGoalSaysWhetherItIsMet(t *testing.T) {
	t.Parallel()
	require.Equal(t, "≤ 6, met", goal(6, 6, ""))
	require.Equal(t, "≤ 12 MB, MISSED", goal(12.1, 12, "MB"))
}

func TestAFailedSendEndsTheMeasurement(t *testing.T) {
	t.Parallel()
	broken := errors.New("refused")
	_, err := sendAll(t.Context(), subject{send: func(context.Context) (string, error) { return "", broken }}, 3, 2, func() {})
	require.ErrorIs(t, err, broken)
}
