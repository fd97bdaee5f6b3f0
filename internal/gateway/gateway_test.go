package gateway_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/gateway"
	"github.com/rezagent/rez_agent/internal/telemetry"
	"github.com/rezagent/rez_agent/internal/wire"
)

// sample is an event as API Gateway sends it, shortened.
const sample = `{"resource":"/{proxy+}","path":"/messages","httpMethod":"POST",
"headers":{"Host":"abc.execute-api.eu-central-1.amazonaws.com","content-type":"application/json","X-Two":"b"},
"multiValueHeaders":{"Host":["abc.execute-api.eu-central-1.amazonaws.com"],"content-type":["application/json"],"X-Two":["a","b"]},
"queryStringParameters":{"status":"open"},"multiValueQueryStringParameters":{"status":["failed","open"],"q":["a b&c"]},
"pathParameters":{"proxy":"messages"},"stageVariables":null,
"requestContext":{"resourceId":"r1","resourcePath":"/{proxy+}","httpMethod":"POST","path":"/api/messages","accountId":"123456789012",
"stage":"api","domainName":"abc.execute-api.eu-central-1.amazonaws.com","requestId":"c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
"identity":{"sourceIp":"203.0.113.7"},"authorizer":{"principalId":"sub-1","subject":"sub-1","name":"user:alice","role":"operator",
"via":"bearer","expires":"2027-03-01T12:15:00Z","integrationLatency":3}},"body":"{\"a\":1}","isBase64Encoded":false}`

// handle has the handler answer the sample, changed.
func handle(
	t *testing.T, h http.HandlerFunc, change func(*events.APIGatewayProxyRequest),
) (events.APIGatewayProxyResponse, *observer.ObservedLogs) {
	t.Helper()
	var event events.APIGatewayProxyRequest
	require.NoError(t, json.Unmarshal([]byte(sample), &event))
	if change != nil {
		change(&event)
	}
	core, log := observer.New(zapcore.DebugLevel)
	answer, err := gateway.Handler(h)(telemetry.With(t.Context(), zap.New(core)), event)
	require.NoError(t, err)
	return answer, log
}

// seen is the request that the handler gets.
func seen(t *testing.T, change func(*events.APIGatewayProxyRequest)) (request *http.Request, body string) {
	t.Helper()
	_, _ = handle(t, func(_ http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		request, body = r, string(text)
	}, change)
	require.NotNil(t, request)
	return request, body
}

func TestAnEventIsTheRequestThatItWas(t *testing.T) {
	t.Parallel()
	r, body := seen(t, nil)
	require.Equal(t, http.MethodPost, r.Method)
	require.Equal(t, "/api/messages", r.URL.Path)
	require.Equal(t, []string{"failed", "open"}, r.URL.Query()["status"])
	require.Equal(t, "a b&c", r.URL.Query().Get("q"))
	require.Equal(t, "application/json", r.Header.Get("Content-Type"), "lower case on the way")
	require.Equal(t, []string{"a", "b"}, r.Header.Values("X-Two"))
	require.Equal(t, "abc.execute-api.eu-central-1.amazonaws.com", r.Host)
	require.Equal(t, "203.0.113.7", r.RemoteAddr)
	require.JSONEq(t, `{"a":1}`, body)
	require.EqualValues(t, len(body), r.ContentLength)
	require.Equal(t, "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", gateway.RequestID(r.Context()))
}

func TestSingleValuesServeWhereThereAreNoOthers(t *testing.T) {
	t.Parallel()
	r, body := seen(t, func(e *events.APIGatewayProxyRequest) {
		e.MultiValueHeaders, e.MultiValueQueryStringParameters = nil, nil
		delete(e.Headers, "Host")
		e.Body = ""
	})
	require.Equal(t, "application/json", r.Header.Get("Content-Type"))
	require.Equal(t, "status=open", r.URL.RawQuery)
	require.Equal(t, "abc.execute-api.eu-central-1.amazonaws.com", r.Host)
	require.Empty(t, body)
}

// The router must see what was sent: a path that is cleaned here is one that the authorizer did not judge.
func TestAPathStaysAsItCame(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ came, path, escaped string }{
		{"/messages/a%2Fb", "/api/messages/a/b", "/api/messages/a%2Fb"},
		{"/messages/..%2f..%2fcircuit", "/api/messages/../../circuit", "/api/messages/..%2f..%2fcircuit"},
		{"/messages/../circuit", "/api/messages/../circuit", "/api/messages/../circuit"},
		{"/auth/%2e%2e/messages", "/api/auth/../messages", "/api/auth/%2e%2e/messages"},
		{"//messages", "/api//messages", "/api//messages"},
		{"/messages/", "/api/messages/", "/api/messages/"},
		{"/a%20b", "/api/a b", "/api/a%20b"},
		{"/a b", "/api/a b", "/api/a%20b"},
		{"/100%", "/api/100%", "/api/100%25"},
	} {
		r, _ := seen(t, func(e *events.APIGatewayProxyRequest) { e.Path = test.came })
		require.Equal(t, test.path, r.URL.Path)
		require.Equal(t, test.escaped, r.URL.EscapedPath())
	}
}

func TestABase64BodyIsDecoded(t *testing.T) {
	t.Parallel()
	r, body := seen(t, func(e *events.APIGatewayProxyRequest) {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte{0xff, 0, 'a'}), true
	})
	require.Equal(t, "\xff\x00a", body)
	require.EqualValues(t, 3, r.ContentLength)
}

func TestTheCallerIsTheAuthorizers(t *testing.T) {
	t.Parallel()
	r, _ := seen(t, nil)
	caller, ok := auth.CallerFrom(r.Context())
	require.True(t, ok)
	require.Equal(t, auth.Caller{
		Subject: "sub-1", Name: "user:alice", Role: "operator", Via: auth.ViaBearer,
		Expires: time.Date(2027, 3, 1, 12, 15, 0, 0, time.UTC),
	}, caller)
}

func TestNobodyBecomesSomeoneByAHeader(t *testing.T) {
	t.Parallel()
	for _, authorizer := range []map[string]any{nil, {}, {"principalId": "sub-1"}, {"name": "user:eve", "role": "operator"}} {
		r, _ := seen(t, func(e *events.APIGatewayProxyRequest) {
			e.RequestContext.Authorizer = authorizer
			for _, name := range []string{"subject", "name", "role", "via", "expires", "X-Caller", "X-Amzn-Authorizer", "principalId"} {
				e.MultiValueHeaders[name] = []string{"user:eve"}
			}
		})
		_, ok := auth.CallerFrom(r.Context())
		require.False(t, ok)
	}
	r, _ := seen(t, func(e *events.APIGatewayProxyRequest) { e.MultiValueHeaders["name"] = []string{"user:eve"} })
	caller, ok := auth.CallerFrom(r.Context())
	require.True(t, ok)
	require.Equal(t, "user:alice", caller.Name)
}

func TestAnAnswerGoesOutAsItWasWritten(t *testing.T) {
	t.Parallel()
	answer, _ := handle(t, func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusAccepted)
		w.WriteHeader(http.StatusTeapot)
		w.Header().Set("X-Late", "1")
		_, err := w.Write([]byte(`{"ü":1}`))
		assert.NoError(t, err)
	}, nil)
	require.Equal(t, events.APIGatewayProxyResponse{
		StatusCode: http.StatusAccepted, Body: `{"ü":1}`,
		MultiValueHeaders: map[string][]string{"Set-Cookie": {"a=1", "b=2"}, "Content-Type": {"application/json"}},
	}, answer)
}

func TestAnAnswerThatIsNotTextIsEncoded(t *testing.T) {
	t.Parallel()
	font := []byte("wOF2\x00\x01\xff")
	answer, _ := handle(t, func(w http.ResponseWriter, _ *http.Request) {
		_, err := w.Write(font)
		assert.NoError(t, err)
	}, nil)
	require.True(t, answer.IsBase64Encoded)
	require.Equal(t, base64.StdEncoding.EncodeToString(font), answer.Body)
	require.Equal(t, []string{"font/woff2"}, answer.MultiValueHeaders["Content-Type"])
	require.Equal(t, http.StatusOK, answer.StatusCode)
}

func TestAnEmptyAnswerIsA200AndHeadHasNoBody(t *testing.T) {
	t.Parallel()
	answer, _ := handle(t, func(http.ResponseWriter, *http.Request) {}, nil)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Empty(t, answer.Body)
	answer, _ = handle(t, func(w http.ResponseWriter, _ *http.Request) {
		_, err := w.Write([]byte("body"))
		assert.NoError(t, err)
	}, func(e *events.APIGatewayProxyRequest) { e.HTTPMethod = http.MethodHead })
	require.Empty(t, answer.Body)
	require.Equal(t, []string{"text/plain; charset=utf-8"}, answer.MultiValueHeaders["Content-Type"])
}

func TestAPanicIsA500WithAReferenceAndTheProcessLives(t *testing.T) {
	t.Parallel()
	answer, log := handle(t, func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "half", Value: "done"})
		w.WriteHeader(http.StatusOK)
		panic("hunter2")
	}, nil)
	requireBroken(t, answer)
	require.NotContains(t, answer.Body, "hunter2")
	entries := log.FilterMessage("panic").All()
	require.Len(t, entries, 1)
	line := entries[0].ContextMap()
	require.Equal(t, "hunter2", line["reason"])
	require.Equal(t, "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", line["reference"])
	require.Contains(t, line["stack"], "gateway_test")
}

func TestAnEventThatCannotBeReadIsA500(t *testing.T) {
	t.Parallel()
	answer, _ := handle(t, func(http.ResponseWriter, *http.Request) { assert.Fail(t, "called") },
		func(e *events.APIGatewayProxyRequest) { e.Body, e.IsBase64Encoded = "%", true })
	requireBroken(t, answer)
}

func requireBroken(t *testing.T, answer events.APIGatewayProxyResponse) {
	t.Helper()
	require.Equal(t, http.StatusInternalServerError, answer.StatusCode)
	require.Equal(t, []string{"application/problem+json"}, answer.MultiValueHeaders["Content-Type"])
	require.NotContains(t, answer.MultiValueHeaders, "Set-Cookie")
	var told wire.Problem
	require.NoError(t, json.Unmarshal([]byte(answer.Body), &told))
	require.Equal(t, "internal", told.Code)
	require.Equal(t, http.StatusInternalServerError, told.Status)
	require.Equal(t, "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", told.Instance)
}

func TestOutsideOfTheGatewayThereIsNoRequestID(t *testing.T) {
	t.Parallel()
	require.Empty(t, gateway.RequestID(context.Background()))
}
