package standin_test

import (
	"bufio"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/standin"
)

func TestTheInboxShowsNotificationsNewestFirst(t *testing.T) {
	t.Parallel()
	_, c := start(t, standin.Config{Token: "tk"})
	token := []string{"Authorization", "Bearer tk"}
	c.do("POST", "/", `{"topic":"alerts","title":"Disk full","message":"on db1","priority":5,"tags":["warning","db1"],
		"click":"https://example.com/disk","sequence_id":"m-1","actions":[{"action":"view","label":"Open","url":"https://example.com/o"},
		{"action":"http","label":"Clean up","url":"https://example.com/c"}]}`, token...)
	c.do("POST", "/alerts", "second", token...)
	c.do("POST", "/other", "elsewhere", token...)

	page := c.do("GET", "/alerts", "")
	require.Equal(t, 200, page.status)
	require.Equal(t, "text/html; charset=utf-8", page.header.Get("Content-Type"))
	for _, part := range []string{
		"⚠️ Disk full", "on db1", "max priority", `<span class="chip">db1</span>`, `href="https://example.com/disk"`,
		`href="https://example.com/o"`,
		"Clean up", ">m-1<", "3 requests, 3 delivered", "ntfy works",
	} {
		require.Contains(t, page.body, part)
	}
	require.Less(t, strings.Index(page.body, "second"), strings.Index(page.body, "Disk full"))
	require.NotContains(t, page.body, "elsewhere")
	require.Contains(t, c.do("GET", "/", "").body, "elsewhere", "the root shows all topics")
	require.Contains(t, c.do("GET", "/empty", "").body, "Nothing yet")
}

func TestTheInboxEscapesEverything(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{})
	const evil = `<script>alert(1)</script>"'>`
	escaped := strings.ReplaceAll(evil, `"`, `\"`)
	sent := c.do("POST", "/", `{"topic":"alerts","title":"`+escaped+`","message":"`+escaped+`","tags":["`+escaped+`"],
		"click":"javascript:alert(1)",
		"attach":"https://e.org/x","filename":"`+escaped+`","actions":[{"action":"view","label":"`+escaped+`","url":"javascript:alert(1)"},
		{"action":"http","label":"l","url":"`+escaped+`"}]}`)
	require.Equal(t, 200, sent.status, sent.body)
	require.NoError(t, server.SetFault(standin.Fault{Kind: standin.Quota, SequencePrefix: evil}))
	page := c.do("GET", "/alerts", "")
	require.NotContains(t, page.body, "<script>alert")
	require.NotContains(t, page.body, `"javascript:`)
	require.Contains(t, page.body, "&lt;script&gt;")
	require.NotContains(t, page.body, evil)
}

func TestTheInboxLoadsNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	_, c := start(t, standin.Config{})
	c.do("POST", "/alerts", "x", "Icon", "https://example.com/icon.png")
	page := c.do("GET", "/alerts", "")
	policy := page.header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	nonce := regexp.MustCompile(`script-src 'nonce-([A-Z0-9]+)'`).FindStringSubmatch(policy)
	require.Len(t, nonce, 2)
	require.Contains(t, page.body, `<script nonce="`+nonce[1]+`">`)
	require.Contains(t, page.body, `<style nonce="`+nonce[1]+`">`)
	require.NotRegexp(t, `(src|href)="https?://`, page.body)
}

func TestTheInboxShowsThePresentFault(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{})
	require.NoError(t, server.SetFault(standin.Fault{Kind: standin.Status, Status: 503, Count: 5, Topic: "alerts"}))
	c.do("POST", "/alerts", "x")
	page := c.do("GET", "/alerts", "").body
	require.Regexp(t, `Broken: status 503\s*, only topic alerts\s*· took 1 of 5`, page)
	require.Contains(t, page, `id="heal"`)
	require.NotContains(t, page, `id="break"`)
}

func TestTheInboxOffersOnlyFaultsThatCanBeSet(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{})
	options := regexp.MustCompile(`<option value="([^"]+)">`).FindAllStringSubmatch(c.do("GET", "/alerts", "").body, -1)
	require.GreaterOrEqual(t, len(options), 10)
	for _, option := range options {
		set := c.do("POST", "/_standin/fault", strings.ReplaceAll(option[1], "&#34;", `"`))
		require.Equal(t, 200, set.status, set.body)
		require.NotNil(t, server.State().Fault)
	}
}

func TestTheInboxHearsOfEveryChange(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+"/_standin/events", nil)
	require.NoError(t, err)
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, resp.Body.Close()) })
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	lines := bufio.NewScanner(resp.Body)
	heard := func() {
		t.Helper()
		for lines.Scan() {
			if lines.Text() == "data: changed" {
				return
			}
		}
		t.Fatal("the stream ended")
	}
	heard()
	c.do("POST", "/alerts", "x")
	heard()
	require.NoError(t, server.SetFault(standin.Fault{Kind: standin.Reset}))
	heard()
	server.Heal()
	heard()
}
