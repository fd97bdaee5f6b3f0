package gateway_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/gateway"
)

// Whatever event comes: the handler sees what was sent, the caller is the authorizer's, and the answer goes out whole.
func FuzzHandler(f *testing.F) {
	f.Add("POST", "/messages", "status", "open", "X-Two", "b", `{"a":1}`, false)
	f.Add("GET", "/messages/..%2f..%2fcircuit", "q", "a b&c=%zz", "Host", "evil.example", "", false)
	f.Add("", "//messages/%", "", "\xff", "name", "user:eve", "AAA=", true)
	f.Add("BREW", "/100%/é?x#y", "a\x00", "\r\n", "\x00", "\r\nX-Caller: eve", "%%%", true)
	f.Add("HEAD", "", "q", "", "", "", "\xff\xfe", false)
	f.Fuzz(func(t *testing.T, method, path, query, wish, name, value, body string, encoded bool) {
		var event events.APIGatewayProxyRequest
		require.NoError(t, json.Unmarshal([]byte(sample), &event))
		event.HTTPMethod, event.Path, event.Body, event.IsBase64Encoded = method, path, body, encoded
		event.MultiValueQueryStringParameters = map[string][]string{query: {wish, ""}}
		event.MultiValueHeaders = map[string][]string{name: {value}}
		want := []byte(body)
		var err error
		if encoded {
			want, err = base64.StdEncoding.DecodeString(body)
		}
		seen := false
		answer, fault := gateway.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = true
			requireSent(t, r, event)
			got, err := io.ReadAll(r.Body)
			assert.NoError(t, err)
			assert.Equal(t, string(want), string(got))
			w.Header().Set("X-Back", value)
			_, err = w.Write(got)
			assert.NoError(t, err)
		}))(t.Context(), event)
		require.NoError(t, fault)
		require.Equal(t, err == nil, seen, "only a body that cannot be decoded stops a request")
		require.Equal(t, map[bool]int{true: http.StatusOK, false: http.StatusInternalServerError}[seen], answer.StatusCode)
		if seen && method != http.MethodHead {
			require.Equal(t, string(want), bodyOf(t, answer))
		}
	})
}

func requireSent(t *testing.T, r *http.Request, event events.APIGatewayProxyRequest) {
	t.Helper()
	raw := "/api" + event.Path
	if decoded, err := url.PathUnescape(raw); err == nil {
		require.Equal(t, decoded, r.URL.Path)
	} else {
		require.Equal(t, raw, r.URL.Path)
	}
	require.Equal(t, event.HTTPMethod, r.Method)
	require.Equal(t, url.Values(event.MultiValueQueryStringParameters), r.URL.Query())
	caller, ok := auth.CallerFrom(r.Context())
	require.True(t, ok)
	require.Equal(t, "user:alice", caller.Name)
}

func bodyOf(t *testing.T, answer events.APIGatewayProxyResponse) string {
	t.Helper()
	if !answer.IsBase64Encoded {
		return answer.Body
	}
	body, err := base64.StdEncoding.DecodeString(answer.Body)
	require.NoError(t, err)
	return string(body)
}
