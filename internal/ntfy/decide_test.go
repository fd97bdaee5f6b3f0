package ntfy_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/ntfy"
)

type decision struct {
	answer ntfy.Answer
	own    bool
	want   ntfy.Result
}

// TestDecide is the table "What a response means" of the design, row by row.
func TestDecide(t *testing.T) {
	t.Parallel()
	const own, chosen = true, false
	wait := 30 * time.Second
	for name, test := range map[string]decision{
		"ntfy's own answer is delivered": {
			ntfy.Answer{Status: 200, ID: "abc"}, own, ntfy.Result{Class: ntfy.Delivered, NtfyID: "abc"},
		},
		"an answer that broke off after the id is delivered": {
			ntfy.Answer{Status: 200, ID: "abc", Fault: "broken off"}, own, ntfy.Result{Class: ntfy.Delivered, NtfyID: "abc"},
		},
		"an answer that broke off before the id is unavailable": {
			ntfy.Answer{Status: 200, Fault: "broken off"}, own, ntfy.Result{Class: ntfy.Unavailable},
		},
		"no answer is unavailable": {ntfy.Answer{Fault: "refused"}, own, ntfy.Result{Class: ntfy.Unavailable}},
		"a refusal that broke off is tried again": {
			ntfy.Answer{Status: 400, Fault: "broken off"}, own, ntfy.Result{Class: ntfy.Unavailable},
		},
		"2xx without an id is not ntfy": {ntfy.Answer{Status: 200}, own, ntfy.Result{Class: ntfy.Misconfigured}},
		"204 is not ntfy":               {ntfy.Answer{Status: 204}, own, ntfy.Result{Class: ntfy.Misconfigured}},
		"a redirect is not ntfy": {
			ntfy.Answer{Status: 301, Location: "http://h/login"}, own, ntfy.Result{Class: ntfy.Misconfigured},
		},
		"an unfollowed 307 is not ntfy": {ntfy.Answer{Status: 307, Location: "http://other/"}, own, ntfy.Result{Class: ntfy.Misconfigured}},
		"304 is not ntfy":               {ntfy.Answer{Status: 304}, own, ntfy.Result{Class: ntfy.Misconfigured}},
		"an id in a redirect counts for nothing": {
			ntfy.Answer{Status: 302, ID: "abc"}, own, ntfy.Result{Class: ntfy.Misconfigured},
		},
		"400 of ntfy is about this message": {ntfy.Answer{Status: 400, Code: 40018}, own, ntfy.Result{Class: ntfy.Rejected, Code: 40018}},
		"400/40049 is about this message":   {ntfy.Answer{Status: 400, Code: 40049}, own, ntfy.Result{Class: ntfy.Rejected, Code: 40049}},
		"413 of ntfy is about this message": {ntfy.Answer{Status: 413, Code: 41303}, own, ntfy.Result{Class: ntfy.Rejected, Code: 41303}},
		"413 of a proxy is not ntfy":        {ntfy.Answer{Status: 413}, own, ntfy.Result{Class: ntfy.Misconfigured}},
		"400 without a code is not ntfy":    {ntfy.Answer{Status: 400}, chosen, ntfy.Result{Class: ntfy.Misconfigured}},
		"a code that does not fit the status is not ntfy's": {
			ntfy.Answer{Status: 400, Code: 7}, own, ntfy.Result{Class: ntfy.Misconfigured},
		},
		"400/40010 on the own topic is the operator's": {
			ntfy.Answer{Status: 400, Code: 40010}, own, ntfy.Result{Class: ntfy.Misconfigured, Code: 40010},
		},
		"400/40010 on a chosen topic is about this message": {
			ntfy.Answer{Status: 400, Code: 40010}, chosen, ntfy.Result{Class: ntfy.Rejected, Code: 40010},
		},
		"400/40009 on the own topic is the operator's": {
			ntfy.Answer{Status: 400, Code: 40009}, own, ntfy.Result{Class: ntfy.Misconfigured, Code: 40009},
		},
		"400/40009 on a chosen topic is about this message": {
			ntfy.Answer{Status: 400, Code: 40009}, chosen, ntfy.Result{Class: ntfy.Rejected, Code: 40009},
		},
		"401 is unauthorized": {
			ntfy.Answer{Status: 401, Code: 40101}, own, ntfy.Result{Class: ntfy.Unauthorized, Code: 40101},
		},
		"401 on a chosen topic, too": {
			ntfy.Answer{Status: 401, Code: 40101}, chosen, ntfy.Result{Class: ntfy.Unauthorized, Code: 40101},
		},
		"401 of a proxy, too": {ntfy.Answer{Status: 401}, own, ntfy.Result{Class: ntfy.Unauthorized}},
		"403 on the own topic": {
			ntfy.Answer{Status: 403, Code: 40301}, own, ntfy.Result{Class: ntfy.Unauthorized, Code: 40301},
		},
		"403 on a chosen topic": {
			ntfy.Answer{Status: 403, Code: 40301}, chosen, ntfy.Result{Class: ntfy.Rejected, Code: 40301},
		},
		"403 of a proxy is not ntfy": {
			ntfy.Answer{Status: 403, Excerpt: "Just a moment…"}, own, ntfy.Result{Class: ntfy.Misconfigured},
		},
		"403 of a proxy on a chosen topic": {ntfy.Answer{Status: 403}, chosen, ntfy.Result{Class: ntfy.Misconfigured}},
		"404 with a code is not ntfy's API": {
			ntfy.Answer{Status: 404, Code: 40401}, own, ntfy.Result{Class: ntfy.Misconfigured, Code: 40401},
		},
		"404 on a chosen topic, too": {
			ntfy.Answer{Status: 404, Code: 40401}, chosen, ntfy.Result{Class: ntfy.Misconfigured, Code: 40401},
		},
		"404 of a proxy":              {ntfy.Answer{Status: 404}, own, ntfy.Result{Class: ntfy.Misconfigured}},
		"407 is not ntfy":             {ntfy.Answer{Status: 407}, own, ntfy.Result{Class: ntfy.Misconfigured}},
		"408 of a proxy is a timeout": {ntfy.Answer{Status: 408}, own, ntfy.Result{Class: ntfy.Unavailable}},
		"429/42901 is the request rate": {
			ntfy.Answer{Status: 429, Code: 42901}, own, ntfy.Result{Class: ntfy.RateLimited, Code: 42901},
		},
		"429/42908 is the daily quota": {
			ntfy.Answer{Status: 429, Code: 42908}, own, ntfy.Result{Class: ntfy.RateLimited, Code: 42908, Quota: true},
		},
		"429/42909 is bad credentials in disguise": {
			ntfy.Answer{Status: 429, Code: 42909, RetryAfter: wait}, own, ntfy.Result{Class: ntfy.Unauthorized, Code: 42909},
		},
		"429 of an unknown code is a rate limit": {
			ntfy.Answer{Status: 429, Code: 42999}, own, ntfy.Result{Class: ntfy.RateLimited, Code: 42999},
		},
		"429 of a proxy keeps its Retry-After": {
			ntfy.Answer{Status: 429, RetryAfter: wait}, own, ntfy.Result{Class: ntfy.RateLimited, RetryAfter: wait},
		},
		"500/50001 is unavailable": {ntfy.Answer{Status: 500, Code: 50001}, own, ntfy.Result{Class: ntfy.Unavailable, Code: 50001}},
		"503 keeps its Retry-After": {
			ntfy.Answer{Status: 503, RetryAfter: wait}, own, ntfy.Result{Class: ntfy.Unavailable, RetryAfter: wait},
		},
		"507 is ntfy's storage":         {ntfy.Answer{Status: 507, Code: 50701}, own, ntfy.Result{Class: ntfy.Unavailable, Code: 50701}},
		"599 is unavailable":            {ntfy.Answer{Status: 599}, chosen, ntfy.Result{Class: ntfy.Unavailable}},
		"an id in an error is no proof": {ntfy.Answer{Status: 500, ID: "abc"}, own, ntfy.Result{Class: ntfy.Unavailable}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ntfy.Decide(test.answer, test.own)
			require.Contains(t, ntfy.Classes(), got.Class)
			require.NotEmpty(t, got.Detail)
			test.want.Status, test.want.Detail = test.answer.Status, got.Detail
			require.Equal(t, test.want, got)
		})
	}
}

func TestDecideSaysWhatHappenedInWords(t *testing.T) {
	t.Parallel()
	for want, answer := range map[string]ntfy.Answer{
		"redirected to http://h/login":           {Status: 301, Location: "http://h/login"},
		"2xx, but not ntfy's answer (no id)":     {Status: 200},
		"HTTP 429/42908: the day's quota is":     {Status: 429, Code: 42908},
		"it says: Just a moment…":                {Status: 403, Excerpt: "Just a moment…"},
		"h refused the connection":               {Fault: "h refused the connection"},
		"HTTP 404: no ntfy at NTFY_URL; it says": {Status: 404, Excerpt: "404 page not found"},
	} {
		require.Contains(t, ntfy.Decide(answer, true).Detail, want)
	}
}

func TestDecideBoundsTheDetailWithoutCuttingACharacter(t *testing.T) {
	t.Parallel()
	for pad := range 4 {
		long := strings.Repeat("a", pad) + strings.Repeat("界", 10_000)
		for _, answer := range []ntfy.Answer{{Status: 500, Excerpt: long}, {Status: 302, Location: long}, {Fault: long}} {
			detail := ntfy.Decide(answer, true).Detail
			require.LessOrEqual(t, len(detail), ntfy.MaxDetailBytes)
			require.Greater(t, len(detail), ntfy.MaxDetailBytes-8)
			require.True(t, utf8.ValidString(detail))
		}
	}
}
