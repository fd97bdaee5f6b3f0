package ntfy_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/ntfy"
)

// Whatever an answer says: it has a class, only ntfy's own 2xx counts as delivered, and the words fit a record's line.
func FuzzDecide(f *testing.F) {
	f.Add("", 200, "abc", 0, "", "", true)
	f.Add("", 200, "", 0, "", "<html>sign in</html>", true)
	f.Add("", 301, "", 0, "https://h/login", "", false)
	f.Add("", 429, "", 42909, "", "too many auth failures", true)
	f.Add("no whole answer from h within 5s (timeout)", 200, "abc", 0, "", "", true)
	f.Add("", 403, "", 40301, "", strings.Repeat("界", 100), false)
	f.Add("", 400, "", 40009, "", "topic invalid", true)
	f.Add("", -1, "", -42901, "", "", false)
	f.Fuzz(func(t *testing.T, fault string, status int, id string, code int, location, excerpt string, own bool) {
		got := ntfy.Decide(ntfy.Answer{
			Fault: fault, Status: status, ID: id, Code: code, Location: location, Excerpt: excerpt, RetryAfter: time.Minute,
		}, own)
		require.Contains(t, ntfy.Classes(), got.Class)
		require.Equal(t, status/100 == 2 && status > 0 && id != "", got.Class == ntfy.Delivered)
		require.Equal(t, got.Class == ntfy.Delivered, got.NtfyID != "")
		require.NotEmpty(t, got.Detail)
		require.LessOrEqual(t, len(got.Detail), ntfy.MaxDetailBytes)
		require.True(t, got.Code == 0 || got.Code/100 == status, "a code is ntfy's only where it fits the status")
		require.True(t, !got.Quota || got.Class == ntfy.RateLimited)
		if fault == "" && status >= 500 {
			require.Equal(t, ntfy.Unavailable, got.Class)
		}
		if got.Class == ntfy.Rejected {
			require.NotZero(t, got.Code, "only ntfy itself refuses a message for good")
		}
	})
}

// The request's secrets, as an answer may repeat them.
const (
	fuzzToken = "tk_9vXw2LmQ7rTzKfJd8YbHsNpC"
	fuzzText  = "Umsatz Q3: 4711 und 0815"
)

// Whatever comes over the wire around the request's own token and text: the result is one bounded line that repeats
// neither, and a wait within its bound.
func FuzzAnswer(f *testing.F) {
	f.Add(uint16(200), `{"id":"abc","event":"message","message":"`, `"}`, "", "")
	f.Add(uint16(400), `{"code":40018,"http":400,"error":"invalid: `, `"}`, "", "")
	f.Add(uint16(403), "<html><title>Just a moment…</title><script>", "</script>", "", "soon")
	f.Add(uint16(429), `{"code":42901,"error":"`, "\"}", "", "86400")
	f.Add(uint16(302), "", "", "/login?next=", "-3")
	f.Add(uint16(500), strings.Repeat("a&amp;<b>", 300), "\xff\xfe\x00", "http://[::1", "Wed, 25 Nov 2026 12:00:00 GMT")
	f.Add(uint16(404), "<!--", "-->", "https://%zz/", "30")
	f.Fuzz(func(t *testing.T, status uint16, before, after, location, wait string) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			setHeader(w, "Location", location)
			setHeader(w, "Retry-After", wait)
			w.WriteHeader(200 + int(status)%400)
			_, _ = w.Write([]byte(before + fuzzToken + " " + fuzzText + after)) // a 204 has no body
		}))
		defer server.Close()
		client := ntfy.NewClient(ntfy.Destination{Endpoint: server.URL + "/", Topic: "topic"}, 5*time.Second, 5*time.Minute)
		got := client.Publish(t.Context(), ntfy.Notification{Message: fuzzText}, fuzzToken)

		require.Contains(t, ntfy.Classes(), got.Class)
		require.NotEmpty(t, got.Detail)
		require.LessOrEqual(t, len(got.Detail), ntfy.MaxDetailBytes)
		require.True(t, utf8.ValidString(got.Detail))
		require.NotContains(t, got.Detail, fuzzToken)
		require.NotContains(t, got.Detail, fuzzText)
		require.Negative(t, strings.IndexFunc(got.Detail, func(r rune) bool { return !unicode.IsPrint(r) }), "%q", got.Detail)
		require.GreaterOrEqual(t, got.RetryAfter, time.Duration(0))
		require.LessOrEqual(t, got.RetryAfter, 5*time.Minute)
	})
}

func setHeader(w http.ResponseWriter, name, value string) {
	if value != "" {
		w.Header().Set(name, value)
	}
}

// Whatever stands in NTFY_URL: an address that is taken is whole and reads the same again, and an error names the
// variable in one line without what stands where a password does.
func FuzzParseURL(f *testing.F) {
	const password = "hunter2-Zk81"
	f.Add("https://", "ntfy.sh/my_topic", false)
	f.Add("https://", "ntfy.sh/my_topic", true)
	f.Add("", "http://127.0.0.1:8080/push/my_topic", false)
	f.Add("https://ntfy.sh/", "/topic?x=1#y", true)
	f.Add("http://[::1]:8080/a/", "%2F/topic", false)
	f.Add("HTTPS://NTFY.SH/topic", "", false)
	f.Add("https:", "ntfy.sh\n/topic", true)
	f.Fuzz(func(t *testing.T, before, after string, secret bool) {
		raw := before + after
		if secret {
			raw = before + "user:" + password + "@" + after
		}
		got, err := ntfy.ParseURL(raw)
		if err != nil {
			require.Zero(t, got)
			require.ErrorContains(t, err, contract.EnvNtfyURL)
			require.NotContains(t, err.Error(), password)
			require.NotContains(t, err.Error(), "\n")
			require.Less(t, len(err.Error()), 600)
			return
		}
		require.NotContains(t, got.Endpoint+got.Topic, password)
		require.Regexp(t, `^[-_A-Za-z0-9]{1,64}$`, got.Topic)
		parsed, err := url.Parse(got.Endpoint)
		require.NoError(t, err)
		require.NotEmpty(t, parsed.Hostname())
		require.True(t, strings.HasSuffix(parsed.Path, "/"))
		again, err := ntfy.ParseURL(got.Endpoint + got.Topic)
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
}
