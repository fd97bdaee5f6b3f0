package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/auth/testkit"
	"github.com/rezagent/rez_agent/internal/auth/token"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// sample is an event as API Gateway sends it to a REQUEST authorizer, shortened.
const sample = `{"type":"REQUEST","methodArn":"arn:aws:execute-api:eu-central-1:123456789012:abc/api/POST/messages/1/replay",
"resource":"/{proxy+}","path":"/messages/1/replay","httpMethod":"POST","headers":{},"multiValueHeaders":{},
"requestContext":{"requestId":"c6af9ac6-7b61-11e6-9a41-93e8deadbeef","stage":"api","apiId":"abc"}}`

type world struct {
	pool *testkit.Cognito
	now  time.Time
	log  *observer.ObservedLogs
	core zapcore.Core
	// usageKeys is as the authorizer's environment has it.
	usageKeys string
	ask       func(request) (events.APIGatewayCustomAuthorizerResponse, error)
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{now: time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return w.now }
	w.pool = testkit.New(t, clock)
	w.core, w.log = observer.New(zapcore.DebugLevel)
	verifier := &token.Verifier{
		Issuer: testkit.Issuer, Keys: token.NewKeys(w.pool.JWKSURL(), nil, clock),
		Clients: []string{testkit.ClientID, testkit.CLIClientID}, Now: clock,
	}
	w.ask = func(event request) (events.APIGatewayCustomAuthorizerResponse, error) {
		return handler(verifier, w.usageKeys)(telemetry.With(t.Context(), zap.New(w.core)), event)
	}
	return w
}

func with(t testing.TB, headers map[string][]string) request {
	t.Helper()
	var event request
	require.NoError(t, json.Unmarshal([]byte(sample), &event))
	event.MultiValueHeaders = headers
	return event
}

func (w *world) token(name string, groups ...string) string {
	return w.pool.Sign(w.pool.AccessClaims(testkit.User{Name: name, Groups: groups}))
}

func TestATokenOpensTheWholeStageAndSaysWhoComes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answer, err := w.ask(with(t, map[string][]string{"Authorization": {"Bearer " + w.token("alice", "viewer", "operator")}}))
	require.NoError(t, err)
	require.Equal(t, events.APIGatewayCustomAuthorizerResponse{
		PrincipalID: "sub-of-alice",
		PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{Version: "2012-10-17", Statement: []events.IAMPolicyStatement{{
			Action: []string{"execute-api:Invoke"}, Effect: "Allow",
			Resource: []string{"arn:aws:execute-api:eu-central-1:123456789012:abc/api/*/*"},
		}}},
		Context: map[string]any{
			"subject": "sub-of-alice", "name": "user:alice", "role": "operator", "via": "bearer", "expires": "2027-03-01T12:15:00Z",
		},
	}, answer)
	require.Zero(t, w.log.Len(), "who may come is not logged here")
	caller, ok := auth.CallerOf(answer.Context)
	require.True(t, ok)
	require.Equal(t, "user:alice", caller.Name, "the API reads what was written")
}

func TestWhereTheTokenIsLookedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.token("alice", "operator"), w.token("bob", "viewer")
	cookie := auth.AccessCookie + "=" + bob
	for name, test := range map[string]struct {
		headers   map[string][]string
		name, via string
	}{
		"header in lower case":            {map[string][]string{"authorization": {"Bearer " + alice}}, "user:alice", "bearer"},
		"scheme in lower case":            {map[string][]string{"Authorization": {"bearer " + alice}}, "user:alice", "bearer"},
		"scheme in upper case, space":     {map[string][]string{"AUTHORIZATION": {"BEARER   " + alice + " "}}, "user:alice", "bearer"},
		"cookie":                          {map[string][]string{"Cookie": {cookie}}, "user:bob", "cookie"},
		"cookie in lower case, among all": {map[string][]string{"cookie": {"a=b; " + cookie + "; c=d"}}, "user:bob", "cookie"},
		"second cookie header":            {map[string][]string{"Cookie": {"a=b", cookie}}, "user:bob", "cookie"},
		"both":                            {map[string][]string{"Cookie": {cookie}, "Authorization": {"Bearer " + alice}}, "user:alice", "bearer"},
		"another scheme and a cookie":     {map[string][]string{"Cookie": {cookie}, "Authorization": {"Basic YTpi"}}, "user:bob", "cookie"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, err := w.ask(with(t, test.headers))
			require.NoError(t, err)
			require.Equal(t, test.name, answer.Context["name"])
			require.Equal(t, test.via, answer.Context["via"])
		})
	}
}

func TestHeadersMayComeWithOneValueEach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	event := with(t, nil)
	event.Headers = map[string]string{"authorization": "Bearer " + w.token("alice", "viewer")}
	answer, err := w.ask(event)
	require.NoError(t, err)
	require.Equal(t, "viewer", answer.Context["role"])
}

// The API answers with 403 and says whom to ask: it can only do so if the caller gets that far.
func TestAUserInNoGroupPassesWithoutARole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, groups := range [][]string{nil, {"aaa"}} {
		answer, err := w.ask(with(t, map[string][]string{"Authorization": {"Bearer " + w.token("carol", groups...)}}))
		require.NoError(t, err)
		require.Empty(t, answer.Context["role"])
	}
}

// A refusal is the gateway's 401, nothing is allowed, and the log says why in one line without the token.
func TestWhoProvesNothingIsUnauthorized(t *testing.T) {
	t.Parallel()
	bearer := func(raw string) map[string][]string { return map[string][]string{"Authorization": {"Bearer " + raw}} }
	for name, test := range map[string]struct {
		headers func(w *world, said testkit.Claims) map[string][]string
		reason  token.Reason
	}{
		"no token": {func(*world, testkit.Claims) map[string][]string { return nil }, token.ReasonMissing},
		"empty bearer beside a good cookie": {func(w *world, said testkit.Claims) map[string][]string {
			return map[string][]string{"Authorization": {"Bearer "}, "Cookie": {auth.AccessCookie + "=" + w.pool.Sign(said)}}
		}, token.ReasonMissing},
		"bad bearer beside a good cookie": {func(w *world, said testkit.Claims) map[string][]string {
			return map[string][]string{"Authorization": {"Bearer x"}, "Cookie": {auth.AccessCookie + "=" + w.pool.Sign(said)}}
		}, token.ReasonMalformed},
		"refresh cookie": {func(w *world, said testkit.Claims) map[string][]string {
			return map[string][]string{"Cookie": {auth.RefreshCookie + "=" + w.pool.Sign(said)}}
		}, token.ReasonMissing},
		"token in the query's place": {func(w *world, said testkit.Claims) map[string][]string {
			return map[string][]string{"X-Access-Token": {w.pool.Sign(said)}, "name": {"user:alice"}, "role": {"operator"}}
		}, token.ReasonMissing},
		"forged":   {func(w *world, said testkit.Claims) map[string][]string { return bearer(w.pool.Forge(said)) }, token.ReasonSignature},
		"alg none": {func(w *world, said testkit.Claims) map[string][]string { return bearer(w.pool.ForgeNone(said)) }, token.ReasonAlgorithm},
		"HS256":    {func(w *world, said testkit.Claims) map[string][]string { return bearer(w.pool.ForgeHMAC(said)) }, token.ReasonAlgorithm},
		"100 KB":   {func(*world, testkit.Claims) map[string][]string { return bearer(strings.Repeat("a", 100_000)) }, token.ReasonTooLong},
		"ID token": {changed(func(c testkit.Claims) { c["token_use"] = "id" }), token.ReasonUse},
		"issuer":   {changed(func(c testkit.Claims) { c["iss"] = "https://evil.example" }), token.ReasonIssuer},
		"client":   {changed(func(c testkit.Claims) { c["client_id"] = "other" }), token.ReasonClient},
		"expired":  {changed(func(c testkit.Claims) { c["exp"] = c["iat"].(int64) - 60 }), token.ReasonExpired},
		"not yet":  {changed(func(c testkit.Claims) { c["nbf"] = c["iat"].(int64) + 61 }), token.ReasonNotYetValid},
		"pool's out": {func(w *world, said testkit.Claims) map[string][]string {
			w.pool.Fail(http.StatusServiceUnavailable)
			return bearer(w.pool.Sign(said))
		}, token.ReasonKeys},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			headers := test.headers(w, w.pool.AccessClaims(testkit.User{Name: "alice", Groups: []string{"operator"}}))
			answer, err := w.ask(with(t, headers))
			require.EqualError(t, err, "Unauthorized")
			require.Empty(t, answer.PolicyDocument.Statement)
			require.Empty(t, answer.Context)
			require.Equal(t, 1, w.log.Len())
			line := w.log.All()[0].ContextMap()
			require.Equal(t, string(test.reason), line["reason"])
			require.Equal(t, "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", line["reference"])
			text, err := json.Marshal(line)
			require.NoError(t, err)
			for _, values := range headers {
				if _, raw, sent := strings.Cut(values[0], " "); sent && len(raw) > 1 {
					require.NotContains(t, string(text), raw)
				}
			}
		})
	}
}

func changed(change func(testkit.Claims)) func(*world, testkit.Claims) map[string][]string {
	return func(w *world, said testkit.Claims) map[string][]string {
		change(said)
		return map[string][]string{"Authorization": {"Bearer " + w.pool.Sign(said)}}
	}
}

func TestAnARNOfAnotherFormIsNotWidened(t *testing.T) {
	t.Parallel()
	require.Equal(t, "arn:aws:execute-api:r:1:abc", wholeStage("arn:aws:execute-api:r:1:abc"))
	require.Equal(t, "arn:aws:execute-api:r:1:abc/api/*/*", wholeStage("arn:aws:execute-api:r:1:abc/api/GET/"))
}

// The handler's budget is 5 ms, warm.
func BenchmarkHandlerWarm(b *testing.B) {
	w := newWorld(b)
	event := with(b, map[string][]string{"authorization": {"Bearer " + w.token("alice", "operator")}})
	for b.Loop() {
		_, err := w.ask(event)
		require.NoError(b, err)
	}
}
