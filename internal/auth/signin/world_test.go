package signin_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/auth/signin"
	"github.com/rezagent/rez_agent/internal/auth/testkit"
	"github.com/rezagent/rez_agent/internal/auth/token"
	"github.com/rezagent/rez_agent/internal/telemetry"
	"github.com/rezagent/rez_agent/internal/wire"
)

const publicURL = "https://rez.example"

// world is a site, its user pool and a clock.
type world struct {
	*signin.Flow

	t    *testing.T
	pool *testkit.Cognito
	now  time.Time
	log  *observer.ObservedLogs
	core zapcore.Core
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return w.now }
	w.core, w.log = observer.New(zapcore.DebugLevel)
	w.pool = testkit.New(t, clock)
	w.pool.Put(testkit.User{Name: "alice", Groups: []string{"operator"}})
	w.Flow = &signin.Flow{
		PublicURL: publicURL, SignInURL: w.pool.URL, ClientID: testkit.ClientID, Issuer: testkit.Issuer,
		Keys: token.NewKeys(w.pool.JWKSURL(), nil, clock), SessionFor: 12 * time.Hour,
		Key:  func(context.Context) ([]byte, error) { return []byte(strings.Repeat("k", 32)), nil },
		HTTP: &http.Client{Timeout: 5 * time.Second}, Now: clock, Problem: problem,
	}
	return w
}

// problem answers as the API's catalogue does.
func problem(w http.ResponseWriter, _ *http.Request, code, detail string) {
	status := map[string]int{
		signin.CodeSignInFailed: 400, signin.CodeUnauthenticated: 401, signin.CodeCSRF: 403, signin.CodeUnavailable: 503,
		signin.CodeInternal: 500,
	}[code]
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(wire.Problem{Status: status, Code: code, Detail: detail})
}

// browser keeps cookies as one does.
type browser struct {
	*world

	cookies map[string]*http.Cookie
}

func (w *world) browser() *browser { return &browser{world: w, cookies: map[string]*http.Cookie{}} }

// clone is a browser with a copy of the cookies.
func (b *browser) clone() *browser {
	other := b.browser()
	maps.Copy(other.cookies, b.cookies)
	return other
}

func (b *browser) do(handler http.HandlerFunc, method, address string, header http.Header) *http.Response {
	b.t.Helper()
	r := httptest.NewRequest(method, address, nil)
	r = r.WithContext(telemetry.With(r.Context(), zap.New(b.core)))
	maps.Copy(r.Header, header)
	for _, cookie := range b.cookies {
		if strings.HasPrefix(r.URL.Path, cookie.Path) {
			r.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
		}
	}
	recorder := httptest.NewRecorder()
	handler(recorder, r)
	answer := recorder.Result()
	require.Equal(b.t, "no-store", answer.Header.Get("Cache-Control"))
	for _, cookie := range answer.Cookies() {
		requireGuarded(b.t, cookie)
		if cookie.MaxAge < 0 {
			delete(b.cookies, cookie.Name)
			continue
		}
		b.cookies[cookie.Name] = cookie
	}
	return answer
}

// requireGuarded requires what every cookie of the session has, those that delete one included.
func requireGuarded(t *testing.T, cookie *http.Cookie) {
	t.Helper()
	require.True(t, cookie.Secure && cookie.HttpOnly, cookie.Name)
	require.Equal(t, http.SameSiteLaxMode, cookie.SameSite)
	require.Empty(t, cookie.Domain)
	require.Equal(t, map[string]string{
		auth.AccessCookie: "/", auth.RefreshCookie: "/api/auth", auth.LoginCookie: "/",
	}[cookie.Name], cookie.Path)
}

// begin begins a sign-in and gives the sign-in page's address.
func (b *browser) begin(redirect string) string {
	b.t.Helper()
	answer := b.do(b.Login, http.MethodPost, signin.LoginPath+"?"+url.Values{"redirect": {redirect}}.Encode(), nil)
	require.Equal(b.t, http.StatusOK, answer.StatusCode)
	var login wire.Login
	require.NoError(b.t, json.NewDecoder(answer.Body).Decode(&login))
	return login.AuthorizeURL
}

// back is the way back from the sign-in page.
func (b *browser) back(address *url.URL) *http.Response {
	b.t.Helper()
	require.Equal(b.t, publicURL+signin.CallbackPath, address.Scheme+"://"+address.Host+address.Path)
	return b.do(b.Callback, http.MethodGet, address.RequestURI(), nil)
}

// signIn signs alice in.
func (b *browser) signIn() {
	b.t.Helper()
	answer := b.back(b.pool.SignIn(b.t, b.begin("/"), "alice"))
	require.Equal(b.t, http.StatusSeeOther, answer.StatusCode)
}

func (b *browser) value(name string) string {
	b.t.Helper()
	require.Contains(b.t, b.cookies, name)
	return b.cookies[name].Value
}

// role is what the access cookie's token says.
func (b *browser) role() string {
	b.t.Helper()
	verifier := &token.Verifier{Issuer: b.Issuer, Keys: b.Keys, Clients: []string{testkit.ClientID}, Now: b.Now}
	caller, err := verifier.Verify(b.t.Context(), b.value(auth.AccessCookie))
	require.NoError(b.t, err)
	return caller.Role
}

func proof() http.Header { return http.Header{auth.CSRFHeader: {"1"}, "Origin": {publicURL}} }

func requireProblem(t *testing.T, answer *http.Response, status int, code, says string) {
	t.Helper()
	var told wire.Problem
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&told))
	require.Equal(t, code, told.Code)
	require.Equal(t, status, answer.StatusCode)
	require.Contains(t, told.Detail, says)
}

// requireNoSession requires that nothing was set.
func requireNoSession(t *testing.T, answer *http.Response) {
	t.Helper()
	for _, cookie := range answer.Cookies() {
		require.Negative(t, cookie.MaxAge, cookie.Name)
	}
	require.Empty(t, answer.Header.Get("Location"))
}

// requireSilent requires that none of the secrets was logged.
func requireSilent(t *testing.T, log *observer.ObservedLogs, secrets ...string) {
	t.Helper()
	for _, entry := range log.All() {
		line, err := json.Marshal(entry.ContextMap())
		require.NoError(t, err)
		for _, secret := range secrets {
			require.NotContains(t, entry.Message+string(line), secret)
		}
	}
}
