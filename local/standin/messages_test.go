package standin_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/standin"
)

func TestPollingGivesWhatWasPublished(t *testing.T) {
	t.Parallel()
	_, c := start(t, standin.Config{})
	first := c.do("POST", "/alerts", "one", "X-Sequence-ID", "s").message(t)
	c.do("POST", "/alerts", "two", "X-Sequence-ID", "s")
	c.do("POST", "/other", "three")
	c.do("POST", "/alerts", "later", "Delay", "1h")

	poll := func(query string) []string {
		a := c.do("GET", query, "")
		require.Equal(t, "application/x-ndjson; charset=utf-8", a.header.Get("Content-Type"))
		var list []string
		for line := range strings.Lines(a.body) {
			var m standin.Message
			require.NoError(t, json.Unmarshal([]byte(line), &m))
			list = append(list, m.Message)
		}
		return list
	}
	require.Equal(t, []string{"one", "two"}, poll("/alerts/json?poll=1&since=all"))
	require.Equal(t, []string{"one", "two"}, poll("/alerts/json?poll=1"))
	require.Equal(t, []string{"one", "two", "three"}, poll("/alerts,other/json?poll=1&since=10m"))
	require.Equal(t, []string{"one", "two", "later"}, poll("/alerts/json?poll=1&scheduled=1"))
	require.Equal(t, []string{"two"}, poll("/alerts/json?poll=1&since="+first.ID))
	require.Empty(t, poll("/alerts/json?poll=1&since=none"))
	require.Empty(t, poll("/alerts/json?poll=1&since=4000000000"))
	require.Equal(t, 40008, c.do("GET", "/alerts/json?poll=1&since=yesterday", "").code(t))
	require.JSONEq(t, `{"healthy":true}`, c.do("GET", "/v1/health", "").body)
	require.Equal(t, 40401, c.do("DELETE", "/alerts", "").code(t))
	require.Equal(t, 40401, c.do("GET", "/alerts/ws", "").code(t))
}

func TestAStreamGivesWhatComes(t *testing.T) {
	t.Parallel()
	_, c := start(t, standin.Config{})
	c.do("POST", "/alerts", "before")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/alerts/json?since=all", nil)
	require.NoError(t, err)
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	lines := json.NewDecoder(resp.Body)
	next := func() standin.Message {
		var m standin.Message
		require.NoError(t, lines.Decode(&m))
		return m
	}
	require.Equal(t, "open", next().Event)
	require.Equal(t, "before", next().Message)
	c.do("POST", "/other", "not this")
	c.do("POST", "/alerts", "after")
	require.Equal(t, "after", next().Message)
}

func TestDelaysAreReadAsNtfyReadsThem(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 3, 3, 12, 0, 0, 0, time.UTC) // a Wednesday
	_, c := start(t, standin.Config{Clock: func() time.Time { return now }})
	for delay, want := range map[string]time.Time{
		"30m":           now.Add(30 * time.Minute),
		"2 hours":       now.Add(2 * time.Hour),
		"1d":            now.Add(24 * time.Hour),
		"1804161600":    now.Add(24 * time.Hour),
		"9am":           time.Date(2027, 3, 4, 9, 0, 0, 0, time.UTC),
		"20:30":         time.Date(2027, 3, 3, 20, 30, 0, 0, time.UTC),
		"12am":          time.Date(2027, 3, 4, 0, 0, 0, 0, time.UTC),
		"tomorrow":      now.Add(24 * time.Hour),
		"tomorrow, 1pm": time.Date(2027, 3, 4, 13, 0, 0, 0, time.UTC),
		"Friday, 7am":   time.Date(2027, 3, 5, 7, 0, 0, 0, time.UTC),
	} {
		m := c.do("POST", "/alerts", "x", "Delay", delay).message(t)
		require.Equal(t, want, time.Unix(m.Time, 0).UTC(), delay)
	}
	for _, delay := range []string{"9", "noday 9am", "Wednesday"} {
		require.Equal(t, 40004, c.do("POST", "/alerts", "x", "Delay", delay).code(t), delay)
	}
	require.Equal(t, 40006, c.do("POST", "/alerts", "x", "Delay", "Tuesday 9am").code(t))
}

func TestADelayedMessageIsShownWhenItIsDue(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now := time.Unix(1_800_000_000, 0)
	server, c := start(t, standin.Config{Clock: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}})
	c.do("POST", "/alerts", "later", "Delay", "1h")
	require.Empty(t, server.Shown("alerts"))
	mu.Lock()
	now = now.Add(time.Hour)
	mu.Unlock()
	require.Len(t, server.Shown("alerts"), 1)
}
