package ntfy_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/local/standin"
)

const (
	timeout       = 10 * time.Second
	maxRetryAfter = 5 * time.Minute
)

// startStandin gives a running stand-in and a client for its topic "alerts".
func startStandin(t *testing.T, config standin.Config) (*standin.Server, *ntfy.Client) {
	t.Helper()
	server := standin.New(config)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	t.Cleanup(server.Close)
	return server, clientFor(t, listener.URL+config.Prefix+"/alerts", timeout)
}

func clientFor(t *testing.T, url string, timeout time.Duration) *ntfy.Client {
	t.Helper()
	dest, err := ntfy.ParseURL(url)
	require.NoError(t, err)
	return ntfy.NewClient(dest, timeout, maxRetryAfter)
}

// startAnswering gives a client for a server that answers every request with handle.
func startAnswering(t *testing.T, handle http.HandlerFunc) *ntfy.Client {
	t.Helper()
	listener := httptest.NewServer(handle)
	t.Cleanup(listener.Close)
	return clientFor(t, listener.URL+"/alerts", timeout)
}

func TestPublishShowsTheNotificationUnchanged(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "/push"} {
		for name, n := range map[string]ntfy.Notification{
			"a plain text":              {Message: "Backup done"},
			"every field":               fullNotification(),
			"1365 times 界":              {Message: strings.Repeat("界", 1365)},
			"4095 times <":              {Message: strings.Repeat("<", 4095)},
			"quotes up to the limit":    {Message: fillBody(t, ntfy.MaxBodyBytes)},
			"a family emoji at the end": {Message: strings.Repeat("a", 4070) + "👨‍👩‍👧‍👦"},
		} {
			t.Run(prefix+" "+name, func(t *testing.T) {
				t.Parallel()
				server, client := startStandin(t, standin.Config{Prefix: prefix})
				result := client.Publish(t.Context(), n, "")
				require.Equal(t, ntfy.Delivered, result.Class, result.Detail)
				require.Equal(t, http.StatusOK, result.Status)
				require.Positive(t, result.Latency)

				shown := server.Shown("alerts")
				require.Len(t, shown, 1)
				require.Equal(t, result.NtfyID, shown[0].ID)
				require.Equal(t, n.Message, shown[0].Message)
				require.Equal(t, n.Title, shown[0].Title)
				require.Equal(t, n.Priority, shown[0].Priority)
				require.Equal(t, n.Tags, shown[0].Tags)
				require.Equal(t, n.Click, shown[0].Click)
				require.Equal(t, n.Icon, shown[0].Icon)
				require.Equal(t, n.SequenceID, shown[0].SequenceID)
				require.Len(t, shown[0].Actions, len(n.Actions))
				require.Equal(t, ntfy.UserAgent, server.Requests()[0].UserAgent)
			})
		}
	}
}

func fullNotification() ntfy.Notification {
	return ntfy.Notification{
		Title: "Disk <full>", Message: "on \"db1\"\n95 %", Priority: 5, Tags: []string{"warning", "db1"}, Click: "https://example.com/disk",
		Icon: "https://example.com/i.png", Actions: actions(), Attach: "https://example.com/graph.png", Filename: "graph.png",
		Markdown: true, SequenceID: "0199-1",
	}
}

func TestPublishAgainWithTheSameSequenceIDUpdatesWhatIsShown(t *testing.T) {
	t.Parallel()
	server, client := startStandin(t, standin.Config{})
	for _, text := range []string{"first", "second"} {
		require.Equal(t, ntfy.Delivered, client.Publish(t.Context(), ntfy.Notification{Message: text, SequenceID: "m-1"}, "").Class)
	}
	require.Equal(t, ntfy.Delivered, client.Publish(t.Context(), ntfy.Notification{Message: "replayed", SequenceID: "m-2"}, "").Class)
	shown := server.Shown("alerts")
	require.Len(t, shown, 2)
	require.Equal(t, "second", shown[0].Message)
	require.Equal(t, "replayed", shown[1].Message)
	require.Len(t, server.Published("alerts"), 3)
}

func TestPublishUnderEveryFaultOfTheStandin(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault standin.Fault
		class ntfy.Class
		shown int
		says  string
	}{
		"500": {standin.Fault{Kind: standin.Status, Status: 500}, ntfy.Unavailable, 0, "500/50001"},
		"503 of a proxy": {
			standin.Fault{Kind: standin.Status, Status: 503, HTML: true}, ntfy.Unavailable, 0, "503 Service Unavailable",
		},
		"507":               {standin.Fault{Kind: standin.Status, Status: 507}, ntfy.Unavailable, 0, "507/50701"},
		"2 MiB of HTML":     {standin.Fault{Kind: standin.Status, Status: 500, BodyBytes: 2 << 20}, ntfy.Unavailable, 0, "500"},
		"reset":             {standin.Fault{Kind: standin.Reset}, ntfy.Unavailable, 0, "broke the connection off"},
		"shown, then reset": {standin.Fault{Kind: standin.ResetAfter}, ntfy.Unavailable, 1, "broke the connection off"},
		"shown, then 500":   {standin.Fault{Kind: standin.Delivered500}, ntfy.Unavailable, 1, "500/50001"},
		"garbage":           {standin.Fault{Kind: standin.Garbage}, ntfy.Unavailable, 0, "no answer from"},
		"429":               {standin.Fault{Kind: standin.Status, Status: 429}, ntfy.RateLimited, 0, "429/42901"},
		"quota":             {standin.Fault{Kind: standin.Quota}, ntfy.RateLimited, 0, "quota"},
		"401":               {standin.Fault{Kind: standin.Unauthorized}, ntfy.Unauthorized, 0, "token"},
		"403":               {standin.Fault{Kind: standin.Status, Status: 403}, ntfy.Unauthorized, 0, "topic"},
		"42909":             {standin.Fault{Kind: standin.Status, Status: 429, Code: 42909}, ntfy.Unauthorized, 0, "token"},
		"403 just a moment": {
			standin.Fault{Kind: standin.Status, Status: 403, Body: "<title>Just a moment…</title>"}, ntfy.Misconfigured, 0, "Just a moment…",
		},
		"404": {
			standin.Fault{Kind: standin.Status, Status: 404, HTML: true}, ntfy.Misconfigured, 0, "no ntfy at NTFY_URL",
		},
		"407": {standin.Fault{Kind: standin.Status, Status: 407}, ntfy.Misconfigured, 0, "407"},
		"redirect": {
			standin.Fault{Kind: standin.Redirect, Status: 301}, ntfy.Misconfigured, 0, "redirected to http://127.0.0.1",
		},
		"redirect with 303":   {standin.Fault{Kind: standin.Redirect, Status: 303}, ntfy.Misconfigured, 0, "/login"},
		"a page with 200":     {standin.Fault{Kind: standin.HTML200}, ntfy.Misconfigured, 0, "no id"},
		"nothing with 200":    {standin.Fault{Kind: standin.Empty200}, ntfy.Misconfigured, 0, "no id"},
		"JSON without id":     {standin.Fault{Kind: standin.JSONWithoutID}, ntfy.Misconfigured, 0, "no id"},
		"400 about the icon":  {standin.Fault{Kind: standin.Status, Status: 400, Code: 40021}, ntfy.Rejected, 0, "icon URL is invalid"},
		"413":                 {standin.Fault{Kind: standin.Status, Status: 413}, ntfy.Rejected, 0, "JSON body too large"},
		"300 KiB of an error": {standin.Fault{Kind: standin.Status, Status: 400, Body: hugeError()}, ntfy.Rejected, 0, "400/40018"},
		"another topic's":     {standin.Fault{Kind: standin.Reset, Topic: "other"}, ntfy.Delivered, 1, "delivered"},
		"another message's":   {standin.Fault{Kind: standin.Reset, SequencePrefix: "other-"}, ntfy.Delivered, 1, "delivered"},
		"this message's":      {standin.Fault{Kind: standin.Quota, SequencePrefix: "0199-"}, ntfy.RateLimited, 0, "quota"},
		"307 to the same host": {
			standin.Fault{Kind: standin.Redirect, Status: 307, Location: "/", Count: 1}, ntfy.Delivered, 1, "delivered",
		},
		"308 to the same host": {
			standin.Fault{Kind: standin.Redirect, Status: 308, Location: "/", Count: 3}, ntfy.Delivered, 1, "delivered",
		},
		"307 in circles": {standin.Fault{Kind: standin.Redirect, Status: 307, Location: "/"}, ntfy.Misconfigured, 0, "redirected to"},
		"307 to nowhere": {standin.Fault{Kind: standin.Status, Status: 307}, ntfy.Misconfigured, 0, "redirect to nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client := startStandin(t, standin.Config{})
			require.NoError(t, server.SetFault(test.fault))
			result := client.Publish(t.Context(), fullNotification(), "")
			require.Equal(t, test.class, result.Class, result.Detail)
			require.Contains(t, result.Detail, test.says)
			require.LessOrEqual(t, len(result.Detail), ntfy.MaxDetailBytes)
			require.Len(t, server.Shown(""), test.shown)
		})
	}
}

func hugeError() string {
	return `{"code":40018,"http":400,"error":"` + strings.Repeat("é", 150<<10) + `"}`
}

func TestPublishIsRefusedByTheStandinAsByNtfy(t *testing.T) {
	t.Parallel()
	server, client := startStandin(t, standin.Config{Token: "tk_right"})
	publish := func(n ntfy.Notification, token string) ntfy.Result { return client.Publish(t.Context(), n, token) }

	require.Equal(t, ntfy.Delivered, publish(ntfy.Notification{Message: "x"}, "tk_right").Class)
	require.Equal(t, ntfy.Delivered, publish(ntfy.Notification{Message: "x"}, " tk_right\n").Class, "pasted with a line break")
	require.Equal(t, 40101, publish(ntfy.Notification{Message: "x"}, "tk_wrong").Code)
	require.Equal(t, ntfy.Unauthorized, publish(ntfy.Notification{Message: "x"}, "").Class, "403 on the own topic")
	require.Equal(t, ntfy.Rejected, publish(ntfy.Notification{Message: "x", Topic: "chosen"}, "").Class, "403 on a chosen one")
	require.Equal(t, ntfy.Rejected, publish(ntfy.Notification{Message: "x", Topic: "docs"}, "tk_right").Class, "a topic that ntfy keeps")

	before := len(server.Requests())
	unsendable := publish(ntfy.Notification{Message: "x"}, "tk_\nright")
	require.Equal(t, ntfy.Unauthorized, unsendable.Class)
	require.Len(t, server.Requests(), before, "a token that no header can hold is not sent")
}

func TestPublishDoesNotSendWhatIsInvalid(t *testing.T) {
	t.Parallel()
	server, client := startStandin(t, standin.Config{})
	result := client.Publish(t.Context(), ntfy.Notification{Message: strings.Repeat("a", 4096), Priority: 7}, "")
	require.Equal(t, ntfy.Rejected, result.Class)
	require.Zero(t, result.Status)
	require.Contains(t, result.Detail, "priority is 7")
	require.Contains(t, result.Detail, "message is 4096 bytes")
	require.Empty(t, server.Requests())
}

func TestPublishReadsRetryAfterWithinBounds(t *testing.T) {
	t.Parallel()
	inAMinute := time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat)
	yesterday := time.Now().Add(-24 * time.Hour).UTC().Format(http.TimeFormat)
	for header, want := range map[string]struct{ low, high time.Duration }{
		"30":                   {30 * time.Second, 30 * time.Second},
		inAMinute:              {80 * time.Second, 90 * time.Second},
		"86400":                {maxRetryAfter, maxRetryAfter},
		"99999999999999999999": {0, 0},
		"-3":                   {0, 0},
		"0":                    {0, 0},
		"soon":                 {0, 0},
		"":                     {0, 0},
		yesterday:              {0, 0},
	} {
		for status, class := range map[int]ntfy.Class{429: ntfy.RateLimited, 503: ntfy.Unavailable} {
			client := startAnswering(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", header)
				w.WriteHeader(status)
			})
			result := client.Publish(t.Context(), ntfy.Notification{Message: "x"}, "")
			require.Equal(t, class, result.Class)
			require.GreaterOrEqual(t, result.RetryAfter, want.low, header)
			require.LessOrEqual(t, result.RetryAfter, want.high, header)
		}
	}
}

func TestPublishGivesUpWhenTheTimeIsOver(t *testing.T) {
	t.Parallel()
	for name, slowBody := range map[string]bool{"before the headers": false, "in the body": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := standin.New(standin.Config{})
			listener := httptest.NewServer(server)
			t.Cleanup(listener.Close)
			t.Cleanup(server.Close)
			require.NoError(t, server.SetFault(standin.Fault{Kind: standin.Latency, Delay: time.Minute, SlowBody: slowBody}))

			result := clientFor(t, listener.URL+"/alerts", 200*time.Millisecond).Publish(t.Context(), ntfy.Notification{Message: "x"}, "")
			require.Equal(t, ntfy.Unavailable, result.Class)
			require.Contains(t, result.Detail, "within 200ms (timeout)")
			require.GreaterOrEqual(t, result.Latency, 200*time.Millisecond)
			require.Less(t, result.Latency, 10*time.Second)
			require.Len(t, server.Shown(""), 1, "ntfy has it all the same")
		})
	}
}

func TestPublishEndsWithItsContext(t *testing.T) {
	t.Parallel()
	server, client := startStandin(t, standin.Config{})
	require.NoError(t, server.SetFault(standin.Fault{Kind: standin.Latency, Delay: time.Minute}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, err := server.WaitShown(ctx, func(shown []standin.Message) bool { return len(shown) == 1 })
		if err == nil {
			cancel()
		}
	}()
	result := client.Publish(ctx, ntfy.Notification{Message: "x"}, "")
	require.Equal(t, ntfy.Unavailable, result.Class)
	require.Contains(t, result.Detail, "stopped before")
}

func TestPublishSaysInWordsWhyThereIsNoAnswer(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := "http://" + listener.Addr().String() + "/alerts"
	require.NoError(t, listener.Close())
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)

	for url, says := range map[string]string{
		closed:                             "refused the connection; nothing listens there",
		"http://ntfy.invalid/alerts":       "the host name ntfy.invalid cannot be looked up",
		secure.URL + "/alerts":             "no secure connection to 127.0.0.1",
		"https" + plain.URL[4:] + "/alert": "no secure connection to 127.0.0.1",
	} {
		result := clientFor(t, url, timeout).Publish(t.Context(), ntfy.Notification{Message: "x"}, "")
		require.Equal(t, ntfy.Unavailable, result.Class)
		require.Zero(t, result.Status)
		require.Contains(t, result.Detail, says)
	}
}

func TestWarmInvocationsReuseTheConnection(t *testing.T) {
	t.Parallel()
	server, client := startStandin(t, standin.Config{})
	var fresh, reused int
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if info.Reused {
			reused++
		} else {
			fresh++
		}
	}})
	faults := []standin.Fault{
		{Kind: standin.Status, Status: 500}, {Kind: standin.Redirect, Status: 307, Location: "/", Count: 1}, {Kind: standin.HTML200},
	}
	for _, fault := range faults {
		require.NoError(t, server.SetFault(fault))
		client.Publish(ctx, ntfy.Notification{Message: strings.Repeat("<", 4000)}, "")
		server.Heal()
		require.Equal(t, ntfy.Delivered, client.Publish(ctx, ntfy.Notification{Message: strings.Repeat("<", 4000)}, "").Class)
	}
	require.Equal(t, 1, fresh)
	require.GreaterOrEqual(t, reused, 6)
}

func TestAStaleConnectionNeverSendsTwice(t *testing.T) {
	t.Parallel()
	server := standin.New(standin.Config{})
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	client := clientFor(t, listener.URL+"/alerts", timeout)
	delivered := 0
	for range 100 {
		// The server hangs up while the connection idles, as it does while a Lambda is frozen. Whether the client sees
		// that before it sends decides whether it takes a new connection or reports a failure; either way once.
		listener.CloseClientConnections()
		if client.Publish(t.Context(), ntfy.Notification{Message: "x"}, "").Class == ntfy.Delivered {
			delivered++
		}
		require.Len(t, server.Requests(), delivered)
	}
	require.Positive(t, delivered)
}

func TestAConnectionThatBreaksAfterTheRequestIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	server, client := startStandin(t, standin.Config{})
	for round := 1; round <= 20; round++ {
		server.Heal()
		require.Equal(t, ntfy.Delivered, client.Publish(t.Context(), ntfy.Notification{Message: "warm up"}, "").Class)
		require.NoError(t, server.SetFault(standin.Fault{Kind: standin.ResetAfter}))
		require.Equal(t, ntfy.Unavailable, client.Publish(t.Context(), ntfy.Notification{Message: "once"}, "").Class)
		require.Len(t, server.Requests(), 2*round, "a reused connection that breaks must not be tried again")
	}
}
