package webhook_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/answer"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/webhook"
)

// secretOf makes a secret out of one letter.
func secretOf(letter string) string {
	return "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, 32)))
}

// receive starts a receiver, and gives a client for an address on it.
func receive(t *testing.T, handle http.HandlerFunc) *webhook.Client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return clientOf(t, server.URL+"/hooks/T0P-S3CRET-PATH?key=Qu3ry-S3cret", time.Now)
}

func clientOf(t *testing.T, address string, now func() time.Time) *webhook.Client {
	t.Helper()
	dest, err := webhook.ParseURL(address)
	require.NoError(t, err)
	return webhook.NewClient(dest, 2*time.Second, time.Minute, now)
}

func event() webhook.Event {
	return webhook.Event{ID: "0190b3a4-0000-7000-8000-000000000001-2", Body: []byte(`{"type":"webhook"}`)}
}

// The example of the scheme's own documentation: whoever signs otherwise is understood by nobody.
func TestAnEventIsSignedAsTheSchemeSays(t *testing.T) {
	t.Parallel()
	var got http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header }))
	t.Cleanup(server.Close)
	client := clientOf(t, server.URL, func() time.Time { return time.Unix(1614265330, 999) })
	result := client.Post(t.Context(), webhook.Event{
		ID: "msg_p5jXN8AQM9LWM0D4loKWxJek", Body: []byte(`{"test": 2432232314}`),
	}, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	require.Equal(t, delivery.Delivered, result.Class)
	require.Equal(t, "msg_p5jXN8AQM9LWM0D4loKWxJek", got.Get("Webhook-Id"))
	require.Equal(t, "1614265330", got.Get("Webhook-Timestamp"))
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", got.Get("Webhook-Signature"))
	require.Equal(t, "application/json", got.Get("Content-Type"))
	require.Equal(t, webhook.UserAgent, got.Get("User-Agent"))
}

func TestWhileASecretIsReplacedBothSign(t *testing.T) {
	t.Parallel()
	for _, knows := range []string{secretOf("a"), secretOf("b")} {
		verifier, err := standardwebhooks.NewWebhook(knows)
		require.NoError(t, err)
		client := receive(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if verifier.Verify(body, r.Header) != nil {
				w.WriteHeader(http.StatusUnauthorized)
			}
		})
		require.Equal(t, delivery.Delivered, client.Post(t.Context(), event(), secretOf("a")+"  "+secretOf("b")+"\n").Class)
		require.Equal(t, delivery.Unauthorized, client.Post(t.Context(), event(), secretOf("c")).Class)
	}
}

func TestWithoutAGoodSecretNothingIsSent(t *testing.T) {
	t.Parallel()
	asked := 0
	client := receive(t, func(http.ResponseWriter, *http.Request) { asked++ })
	for _, secrets := range []string{
		"", " \n", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%", secretOf("a")[6:], secretOf("a") + " x",
		"whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65)),
	} {
		result := client.Post(t.Context(), event(), secrets)
		require.Equal(t, delivery.Misconfigured, result.Class, secrets)
		require.Zero(t, result.Status)
		require.Contains(t, result.Detail, "not sent")
		require.LessOrEqual(t, len(result.Detail), answer.MaxDetailBytes)
		for secret := range strings.FieldsSeq(secrets) {
			if len(secret) > len("whsec_") {
				require.NotContains(t, result.Detail, secret)
			}
		}
	}
	require.Zero(t, asked)
}

func TestWhatAnAnswerMeans(t *testing.T) {
	t.Parallel()
	tests := map[int]delivery.Class{
		200: delivery.Delivered, 202: delivery.Delivered, 204: delivery.Delivered,
		301: delivery.Misconfigured, 302: delivery.Misconfigured, 304: delivery.Misconfigured, 307: delivery.Misconfigured,
		308: delivery.Misconfigured, 404: delivery.Misconfigured, 405: delivery.Misconfigured, 410: delivery.Misconfigured,
		400: delivery.Rejected, 409: delivery.Rejected, 413: delivery.Rejected, 422: delivery.Rejected,
		401: delivery.Unauthorized, 403: delivery.Unauthorized,
		408: delivery.Unavailable, 500: delivery.Unavailable, 502: delivery.Unavailable, 503: delivery.Unavailable,
		504: delivery.Unavailable, 599: delivery.Unavailable,
		429: delivery.RateLimited,
	}
	for status, want := range tests {
		asked := 0
		client := receive(t, func(w http.ResponseWriter, _ *http.Request) {
			asked++
			w.Header().Set("Location", "/elsewhere?token=Qu3ry-S3cret")
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
		})
		result := client.Post(t.Context(), event(), secretOf("a"))
		require.Equal(t, want, result.Class, status)
		require.Equal(t, status, result.Status)
		require.Equal(t, 1, asked, "a redirect is not followed, and nothing is sent twice")
		waits := want == delivery.Unavailable || want == delivery.RateLimited
		require.Equal(t, waits, result.RetryAfter == 7*time.Second, status)
		require.NotContains(t, result.Detail, "Qu3ry")
		require.Positive(t, result.Latency)
		if want != delivery.Delivered {
			require.Contains(t, result.Detail, strconv.Itoa(status))
		}
	}
}

func TestRetryAfterStaysWithinBounds(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{"86400": time.Minute, "0": 0, "-5": 0, "soon": 0, "30": 30 * time.Second} {
		client := receive(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusTooManyRequests)
		})
		require.Equal(t, want, client.Post(t.Context(), event(), secretOf("a")).RetryAfter, header)
	}
}

func TestNoAnswerIsUnavailable(t *testing.T) {
	t.Parallel()
	hangs := make(chan struct{})
	t.Cleanup(func() { close(hangs) })
	for name, handle := range map[string]http.HandlerFunc{
		"reset":               func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"no header":           func(http.ResponseWriter, *http.Request) { <-hangs },
		"a refusal cut short": func(w http.ResponseWriter, _ *http.Request) { cutShort(w, http.StatusBadRequest) },
	} {
		server := httptest.NewServer(handle)
		dest, err := webhook.ParseURL(server.URL)
		require.NoError(t, err)
		client := webhook.NewClient(dest, 100*time.Millisecond, time.Minute, time.Now)
		result := client.Post(t.Context(), event(), secretOf("a"))
		require.Equal(t, delivery.Unavailable, result.Class, name)
		require.Contains(t, result.Detail, dest.Host, name)
	}
	client := clientOf(t, "http://127.0.0.1:1/", time.Now)
	require.Equal(t, delivery.Unavailable, client.Post(t.Context(), event(), secretOf("a")).Class, "nothing listens")
}

func TestADeliveryWhoseAnswerBreaksOffIsOne(t *testing.T) {
	t.Parallel()
	client := receive(t, func(w http.ResponseWriter, _ *http.Request) { cutShort(w, http.StatusOK) })
	require.Equal(t, delivery.Delivered, client.Post(t.Context(), event(), secretOf("a")).Class, "else it would be delivered twice")
}

// cutShort promises more than it sends.
func cutShort(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Length", "1000")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "begins")
}

func TestAnEndlessAnswerIsReadToItsBound(t *testing.T) {
	t.Parallel()
	client := receive(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		for range 64 {
			if _, err := w.Write([]byte(strings.Repeat("é\n", 1<<20))); err != nil {
				return
			}
		}
	})
	result := client.Post(t.Context(), event(), secretOf("a"))
	require.Equal(t, delivery.Rejected, result.Class)
	require.LessOrEqual(t, len(result.Detail), answer.MaxDetailBytes)
	require.NotContains(t, result.Detail, "\n")
}

// Receivers repeat requests in error pages: nothing of ours or of the user comes back by them.
func TestNothingSecretComesBack(t *testing.T) {
	t.Parallel()
	sent := event()
	sent.Hidden = []string{"Door code 4711-0815", "Mama"}
	for _, status := range []int{302, 400, 401, 410, 429, 500} {
		for _, echo := range []func(*http.Request) string{
			func(*http.Request) string { return "<html>no: <b>Door code 4711-0815</b> for Mama</html>" },
			func(r *http.Request) string { return r.URL.String() },
			func(r *http.Request) string { return r.Header.Get("Webhook-Signature") },
			func(*http.Request) string { return secretOf("s") },
		} {
			client := receive(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", r.URL.String())
				w.WriteHeader(status)
				_, _ = io.WriteString(w, echo(r))
			})
			result := client.Post(t.Context(), sent, secretOf("s"))
			for _, secret := range []string{"4711", "Mama", "S3CRET", "S3cret", "v1,", secretOf("s")[10:24]} {
				require.NotContains(t, result.Detail, secret, status)
			}
		}
	}
}
