package ntfy_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/ntfy"
)

func TestRedirectsNeverTakeTheTokenOrTheTextElsewhere(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		elsewhere.Add(1)
		_, _ = io.WriteString(w, `{"id":"stolen"}`)
	}))
	t.Cleanup(other.Close)
	for _, location := range []string{
		other.URL + "/", "//" + other.Listener.Addr().String() + "/", "http://user:pw@" + other.Listener.Addr().String() + "/",
		"http://localhost:1/", "https:/", "mailto:x@y", "http://%zz/", "\\\\host\\",
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			var calls atomic.Int32
			client := startAnswering(t, func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				w.Header()["Location"] = []string{location}
				w.WriteHeader(status)
			})
			result := client.Publish(t.Context(), ntfy.Notification{Message: "x"}, "tk_secret")
			require.Contains(t, []ntfy.Class{ntfy.Misconfigured}, result.Class, "%d %s: %s", status, location, result.Detail)
			require.NotContains(t, result.Detail, "pw")
		}
	}
	require.Zero(t, elsewhere.Load())
}

func TestAFollowedRedirectKeepsMethodBodyAndToken(t *testing.T) {
	t.Parallel()
	var bodies []string
	client := startAnswering(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, r.Method+" "+r.Header.Get("Authorization")+" "+r.Header.Get("Content-Type")+" "+string(body))
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/moved/", http.StatusPermanentRedirect)
			return
		}
		_, _ = io.WriteString(w, `{"id":"abc"}`)
	})
	require.Equal(t, ntfy.Delivered, client.Publish(t.Context(), ntfy.Notification{Message: "x"}, "tk_1").Class)
	require.Len(t, bodies, 2)
	require.Equal(t, `POST Bearer tk_1 application/json {"topic":"alerts","message":"x"}`, bodies[0])
	require.Equal(t, bodies[0], bodies[1])
}
