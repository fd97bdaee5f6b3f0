package standin_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/standin"
)

func TestEveryFaultBreaksAsItsNameSays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault  standin.Fault
		status int
		body   string
		header string // Content-Type, or where it says so another
		shown  int
	}{
		"500 as ntfy":    {standin.Fault{Kind: standin.Status, Status: 500}, 500, `"code":50001`, "application/json", 0},
		"502 as a proxy": {standin.Fault{Kind: standin.Status, Status: 502}, 502, "<title>502 Bad Gateway", "text/html", 0},
		"404 as a proxy": {standin.Fault{Kind: standin.Status, Status: 404, HTML: true}, 404, "nginx", "text/html", 0},
		"a code of ntfy": {
			standin.Fault{Kind: standin.Status, Status: 429, Code: 42909}, 429, "too many auth failures", "application/json", 0,
		},
		"an unknown code": {standin.Fault{Kind: standin.Status, Status: 400, Code: 40099}, 400, `"code":40099`, "application/json", 0},
		"a body as it is": {standin.Fault{Kind: standin.Status, Status: 503, Body: "down"}, 503, "down", "text/plain", 0},
		"a body of JSON":  {standin.Fault{Kind: standin.Status, Status: 400, Body: `{"a":1}`}, 400, `{"a":1}`, "application/json", 0},
		"quota":           {standin.Fault{Kind: standin.Quota}, 429, `"code":42908`, "application/json", 0},
		"unauthorized":    {standin.Fault{Kind: standin.Unauthorized}, 401, `"code":40101`, "application/json", 0},
		"delivered, 500":  {standin.Fault{Kind: standin.Delivered500}, 500, `"code":50001`, "application/json", 1},
		"empty":           {standin.Fault{Kind: standin.Empty200}, 200, "", "text/plain", 0},
		"sign in":         {standin.Fault{Kind: standin.HTML200}, 200, "sign in", "text/html", 0},
		"JSON without id": {standin.Fault{Kind: standin.JSONWithoutID}, 200, `{"ok":true}`, "application/json", 0},
		"latency":         {standin.Fault{Kind: standin.Latency, Delay: time.Millisecond}, 200, `"message":"x"`, "application/json", 1},
		"latency in a body": {
			standin.Fault{Kind: standin.Latency, Delay: time.Millisecond, SlowBody: true}, 200, `"message":"x"`, "application/json", 1,
		},
		"redirect": {standin.Fault{Kind: standin.Redirect}, 302, "302 Found", "text/html", 0},
		"ntfy's own body keeps its type": {
			standin.Fault{Kind: standin.Status, Status: 429, Headers: map[string]string{"Content-Type": "text/x"}}, 429, "", "application/json", 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, c := start(t, standin.Config{})
			require.NoError(t, server.SetFault(test.fault))
			a := c.do("POST", "/alerts", "x")
			require.Equal(t, test.status, a.status)
			require.Contains(t, a.body, test.body)
			require.Contains(t, a.header.Get("Content-Type"), test.header)
			require.Len(t, server.Shown("alerts"), test.shown)
			logged := server.Requests()[0]
			require.Equal(t, test.fault.Kind, logged.Fault)
			require.Equal(t, test.status, logged.Status)
			require.Equal(t, test.shown == 1, logged.Shown)

			server.Heal()
			require.Equal(t, 200, c.do("POST", "/alerts", "x").status)
		})
	}
}

func TestAFaultSetsHeadersAndSizes(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{})
	require.NoError(t, server.SetFault(standin.Fault{
		Kind: standin.Status, Status: 500, BodyBytes: 2 << 20, Headers: map[string]string{"Retry-After": "30"},
	}))
	page := c.do("POST", "/alerts", "x")
	require.Len(t, page.body, 2<<20)
	require.Equal(t, "30", page.header.Get("Retry-After"))
	require.NoError(t, server.SetFault(standin.Fault{Kind: standin.Redirect, Status: 308, Location: "/elsewhere"}))
	moved := c.do("POST", "/alerts", "x")
	require.Equal(t, 308, moved.status)
	require.Equal(t, "/elsewhere", moved.header.Get("Location"))
}

func TestBrokenConnectionsAreBroken(t *testing.T) {
	t.Parallel()
	for kind, shown := range map[standin.Kind]int{standin.Reset: 0, standin.ResetAfter: 1, standin.Garbage: 0} {
		server, c := start(t, standin.Config{})
		require.NoError(t, server.SetFault(standin.Fault{Kind: kind}))
		_, err := c.try("POST", "/alerts", "x")
		if kind == standin.Garbage {
			require.ErrorContains(t, err, "malformed HTTP")
		} else {
			require.True(t, errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF), "%v", err)
		}
		require.Len(t, server.Shown(""), shown)
		require.Equal(t, 0, server.Requests()[0].Status)
	}
	// Where a connection cannot be taken over, the answer is broken off in net/http's own way.
	server := standin.New(standin.Config{})
	require.NoError(t, server.SetFault(standin.Fault{Kind: standin.Reset}))
	require.PanicsWithValue(t, http.ErrAbortHandler, func() {
		server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "POST", "/alerts", strings.NewReader("x")))
	})
}

func TestLatencyHoldsTheAnswerBackForItsDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := standin.New(standin.Config{})
		require.NoError(t, server.SetFault(standin.Fault{Kind: standin.Latency, Delay: 7 * time.Second}))
		begin := time.Now()
		recorder := httptest.NewRecorder()
		server.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), "POST", "/alerts", strings.NewReader("x")))
		require.Equal(t, 7*time.Second, time.Since(begin))
		require.Equal(t, 200, recorder.Code)
	})
}

func TestCloseEndsWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := standin.New(standin.Config{})
		require.NoError(t, server.SetFault(standin.Fault{Kind: standin.Latency, Delay: time.Minute}))
		begin := time.Now()
		var group sync.WaitGroup
		for path, method := range map[string]string{"/alerts": "POST", "/alerts/json": "GET", "/_standin/events": "GET"} {
			group.Go(func() {
				server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader("x")))
			})
		}
		synctest.Wait()
		server.Close()
		server.Close()
		group.Wait()
		require.Zero(t, time.Since(begin))
	})
}

func TestAFaultHealsByItselfAfterItsCount(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{})
	require.NoError(t, server.SetFault(standin.Fault{Kind: standin.Status, Status: 503, Count: 2}))
	require.Equal(t, 503, c.do("POST", "/alerts", "x").status)
	require.Equal(t, 1, server.State().Hits)
	require.Equal(t, 503, c.do("POST", "/alerts", "x").status)
	require.Nil(t, server.State().Fault)
	require.Equal(t, 200, c.do("POST", "/alerts", "x").status)
}

func TestAFaultTakesOnlyWhatItIsMeantFor(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{})
	require.NoError(t, server.SetFault(standin.Fault{Kind: standin.Quota, Topic: "alerts", SequencePrefix: "m1-", Count: 1}))
	require.Equal(t, 200, c.do("POST", "/alerts", "x").status)
	require.Equal(t, 200, c.do("POST", "/alerts", "x", "sid", "m2-0").status)
	require.Equal(t, 200, c.do("POST", "/other", "x", "sid", "m1-0").status)
	require.Equal(t, 429, c.do("POST", "/", `{"topic":"alerts","message":"x","sequence_id":"m1-0"}`).status)
	require.Equal(t, 200, c.do("POST", "/alerts", "x", "sid", "m1-0").status)
}

func TestAFaultThatDeliversLeavesNtfysOwnRefusals(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{})
	require.NoError(t, server.SetFault(standin.Fault{Kind: standin.ResetAfter, Count: 1}))
	require.Equal(t, 40024, c.do("POST", "/", "no JSON").code(t))
	require.NotNil(t, server.State().Fault, "it waits for a message that can be shown")
}

func TestTheRateLimitIsThePublicServers(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now := time.Unix(1_800_000_000, 0)
	pass := func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
	server, c := start(t, standin.Config{Clock: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}})
	require.NoError(t, server.SetFault(standin.Fault{Kind: standin.RateLimit}))
	for range 60 {
		require.Equal(t, 200, c.do("POST", "/alerts", "x").status)
	}
	for range 3 {
		refused := c.do("POST", "/alerts", "x")
		require.Equal(t, 42901, refused.code(t))
		require.Empty(t, refused.header.Get("Retry-After"), "ntfy does not say when")
	}
	pass(4 * time.Second)
	require.Equal(t, 429, c.do("POST", "/alerts", "x").status)
	pass(time.Second)
	require.Equal(t, 200, c.do("POST", "/alerts", "x").status, "what was refused has cost nothing")
	require.Equal(t, 429, c.do("POST", "/alerts", "x").status)
	pass(time.Hour)
	for range 60 {
		require.Equal(t, 200, c.do("POST", "/alerts", "x").status)
	}
	require.Equal(t, 429, c.do("POST", "/alerts", "x").status, "the bucket holds no more than 60")
	require.Len(t, server.Shown(""), 121)
}

func TestTheControlBreaksAndHealsOverHTTP(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{Token: "tk"})
	fault := standin.Fault{
		Kind: standin.Latency, Count: 3, Topic: "alerts", SequencePrefix: "m", Delay: 1500 * time.Millisecond, SlowBody: true,
		Headers: map[string]string{"X-A": "b"},
	}
	written, err := json.Marshal(fault)
	require.NoError(t, err)
	require.JSONEq(t, `{"kind":"latency","count":3,"topic":"alerts","sequence_prefix":"m","delay":"1.5s","slow_body":true,
		"headers":{"X-A":"b"}}`, string(written))
	set := c.do("POST", "/_standin/fault", string(written))
	require.Equal(t, 200, set.status, set.body)
	require.Equal(t, fault, *server.State().Fault)

	var state standin.State
	require.NoError(t, json.Unmarshal([]byte(c.do("GET", "/_standin/state", "").body), &state))
	require.Equal(t, fault, *state.Fault)
	require.True(t, state.TokenNeeded)
	require.JSONEq(t, `[]`, c.do("GET", "/_standin/requests", "").body)

	require.Equal(t, 200, c.do("DELETE", "/_standin/fault", "").status)
	require.Nil(t, server.State().Fault)
	c.do("POST", "/alerts", "x", "Authorization", "Bearer tk")
	var log []standin.Request
	require.NoError(t, json.Unmarshal([]byte(c.do("GET", "/_standin/requests", "").body), &log))
	require.Len(t, log, 1)
	require.Equal(t, 200, c.do("POST", "/_standin/reset", "").status)
	require.Empty(t, server.Requests())
	require.Equal(t, 405, c.do("GET", "/_standin/fault", "").status)
}

func TestTheControlRefusesBadFaultsWithAReason(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{})
	for body, says := range map[string]string{
		``:                                     "no JSON object",
		`500`:                                  "fault:",
		`{"kind":"statos"}`:                    "status, latency, reset",
		`{}`:                                   `kind \"\" is unknown`,
		`{"kind":"status"}`:                    "200 to 599",
		`{"kind":"status","status":99}`:        "200 to 599",
		`{"kind":"status","status":"500"}`:     "status",
		`{"kind":"status","status":500,"x":1}`: "unknown field",
		`{"kind":"status","status":500,"code":7}`:                    "five digits",
		`{"kind":"status","status":500,"body_bytes":99999999999}`:    "67108864",
		`{"kind":"status","status":500,"headers":{"A B":"x"}}`:       "headers",
		`{"kind":"status","status":500,"headers":{"A":"x\r\nB: y"}}`: "headers",
		`{"kind":"redirect","status":200}`:                           "300 to 399",
		`{"kind":"latency"}`:                                         "delay",
		`{"kind":"latency","delay":"long"}`:                          "no duration",
		`{"kind":"latency","delay":5}`:                               "delay",
		`{"kind":"latency","delay":"24h"}`:                           "10m",
		`{"kind":"ratelimit","burst":-1}`:                            "burst",
		`{"kind":"ratelimit","every":"-5s"}`:                         "every",
		`{"kind":"reset","count":-1,"topic":"a.b"}`:                  "count is negative, allowed: 0 (until healed) or more; topic",
	} {
		a := c.do("POST", "/_standin/fault", body)
		require.Equal(t, 400, a.status, body)
		require.Contains(t, a.body, says, body)
		require.Nil(t, server.State().Fault)
	}
	var bad *standin.BadFault
	require.ErrorAs(t, server.SetFault(standin.Fault{}), &bad)
}

func TestEveryKindCanBeSet(t *testing.T) {
	t.Parallel()
	server, _ := start(t, standin.Config{})
	for _, kind := range standin.Kinds() {
		fault := standin.Fault{Kind: kind}
		if kind == standin.Status {
			fault.Status = 500
		}
		if kind == standin.Latency {
			fault.Delay = time.Second
		}
		require.NoError(t, server.SetFault(fault), kind)
		require.Equal(t, kind, server.State().Fault.Kind)
	}
}
