package signin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/auth/testkit"
	"github.com/rezagent/rez_agent/internal/auth/token"
)

// A redirect that was sealed by a release that checked less is checked when it is used.
func TestARedirectInAnOldCookieIsCheckedAgain(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC) }
	pool := testkit.New(t, now)
	pool.Put(testkit.User{Name: "alice"})
	key := []byte(strings.Repeat("k", 32))
	flow := &Flow{
		PublicURL: "https://rez.example", SignInURL: pool.URL, ClientID: testkit.ClientID, Issuer: testkit.Issuer,
		Keys: token.NewKeys(pool.JWKSURL(), nil, now), SessionFor: time.Hour, HTTP: http.DefaultClient, Now: now,
		Key:     func(context.Context) ([]byte, error) { return key, nil },
		Problem: func(_ http.ResponseWriter, _ *http.Request, code, detail string) { require.Fail(t, code, detail) },
	}
	login := httptest.NewRecorder()
	flow.Login(login, httptest.NewRequest(http.MethodGet, LoginPath, nil))
	begun, err := unseal(key, login.Result().Cookies()[0].Value)
	require.NoError(t, err)
	begun.Redirect = "//evil.example"
	old, err := seal(key, begun)
	require.NoError(t, err)

	back := httptest.NewRequest(http.MethodGet, pool.SignIn(t, login.Header().Get("Location"), "alice").RequestURI(), nil)
	back.AddCookie(&http.Cookie{Name: auth.LoginCookie, Value: old})
	answer := httptest.NewRecorder()
	flow.Callback(answer, back)
	require.Equal(t, http.StatusSeeOther, answer.Code)
	require.Equal(t, "/", answer.Header().Get("Location"))
}
