package receiver_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/receiver"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// post signs with a secret and gives the answer's status, 0 where none came.
func post(t *testing.T, server *httptest.Server, by, body string) int {
	t.Helper()
	signer, err := standardwebhooks.NewWebhook(by)
	require.NoError(t, err)
	signature, err := signer.Sign("id-1", time.Now(), []byte(body))
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+receiver.Hook, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Webhook-Id", "id-1")
	request.Header.Set("Webhook-Timestamp", strconv.FormatInt(time.Now().Unix(), 10))
	request.Header.Set("Webhook-Signature", signature)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

func TestOnlyWhatIsSignedWellIsTaken(t *testing.T) {
	t.Parallel()
	s, err := receiver.New(secret)
	require.NoError(t, err)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	require.Equal(t, http.StatusNoContent, post(t, server, secret, `{"n":1}`))
	require.Equal(t, http.StatusUnauthorized, post(t, server, "whsec_"+strings.Repeat("QUJD", 8), `{"n":2}`))
	require.Len(t, s.Posts(), 2)
	taken := s.Taken()
	require.Len(t, taken, 1)
	require.Equal(t, []string{"id-1", `{"n":1}`, ""}, []string{taken[0].ID, taken[0].Body, taken[0].Fault})
	require.NotEmpty(t, s.Posts()[1].Fault)
}

func TestItBreaksOnDemandAndHeals(t *testing.T) {
	t.Parallel()
	s, err := receiver.New(secret)
	require.NoError(t, err)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.Break(receiver.Answer{Status: http.StatusServiceUnavailable, Count: 1})
	require.Equal(t, http.StatusServiceUnavailable, post(t, server, secret, `{}`))
	require.Equal(t, http.StatusNoContent, post(t, server, secret, `{}`))
	s.Break(receiver.Answer{})
	require.Zero(t, post(t, server, secret, `{}`))
	s.Heal()
	require.Equal(t, http.StatusNoContent, post(t, server, secret, `{}`))
	require.Len(t, s.Taken(), 2)
}
