package signin_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/auth/signin"
	"github.com/rezagent/rez_agent/internal/auth/testkit"
	"github.com/rezagent/rez_agent/internal/wire"
)

func (b *browser) refresh() *http.Response {
	b.t.Helper()
	return b.do(b.Refresh, http.MethodPost, signin.RefreshPath, proof())
}

func (b *browser) logout() *http.Response {
	b.t.Helper()
	return b.do(b.Logout, http.MethodPost, signin.LogoutPath, proof())
}

func TestARefreshGivesANewAccessTokenAndKeepsTheRefreshTokenWhereThePoolDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn()
	access, refresh := b.value(auth.AccessCookie), b.value(auth.RefreshCookie)
	answer := b.refresh()
	require.Equal(t, http.StatusNoContent, answer.StatusCode)
	require.Len(t, answer.Cookies(), 1)
	require.NotEqual(t, access, b.value(auth.AccessCookie))
	require.Equal(t, refresh, b.value(auth.RefreshCookie))
	requireSilent(t, w.log, access, refresh)
}

func TestARotatedRefreshTokenReplacesTheOldOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pool.Rotates = true
	b := w.browser()
	b.signIn()
	stolen := b.clone()
	require.Equal(t, http.StatusNoContent, b.refresh().StatusCode)
	require.NotEqual(t, stolen.value(auth.RefreshCookie), b.value(auth.RefreshCookie))
	require.Equal(t, http.StatusNoContent, b.refresh().StatusCode)
	require.Equal(t, http.StatusUnauthorized, stolen.refresh().StatusCode)
}

// A change of groups holds from the next refresh on, both ways.
func TestARefreshBringsTheGroupsOfNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn()
	for _, change := range []struct {
		groups []string
		role   string
	}{{[]string{"viewer"}, "viewer"}, {nil, ""}, {[]string{"aaa", "operator"}, "operator"}} {
		before := b.role()
		w.pool.Put(testkit.User{Name: "alice", Groups: change.groups})
		require.Equal(t, before, b.role(), "the old token says what it said")
		require.Equal(t, http.StatusNoContent, b.refresh().StatusCode)
		require.Equal(t, change.role, b.role())
	}
}

func TestASessionThatThePoolEndedIsA401AndTheCookiesGo(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*world, *browser){
		"disabled user":     func(w *world, _ *browser) { w.pool.Put(testkit.User{Name: "alice", Disabled: true}) },
		"revoked elsewhere": func(_ *world, b *browser) { b.clone().logout() },
		"garbage":           func(_ *world, b *browser) { b.cookies[auth.RefreshCookie].Value = "garbage" },
		"no refresh token":  func(_ *world, b *browser) { delete(b.cookies, auth.RefreshCookie) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.browser()
			b.signIn()
			end(w, b)
			requireProblem(t, b.refresh(), http.StatusUnauthorized, signin.CodeUnauthenticated, "Sign in again")
			require.Empty(t, b.cookies)
		})
	}
}

func TestAPoolThatIsAwayEndsNoSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn()
	for _, status := range []int{http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusForbidden} {
		w.pool.Fail(status)
		requireProblem(t, b.refresh(), http.StatusServiceUnavailable, signin.CodeUnavailable, "Try again")
	}
	w.pool.Fail(0)
	require.Equal(t, http.StatusNoContent, b.refresh().StatusCode)
}

// Another site's page makes the browser send the cookies; without the proof they do nothing.
func TestWithoutTheProofOfOurOwnPageNothingHappens(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]http.Header{
		"no header":           {},
		"another value":       {auth.CSRFHeader: {"0"}},
		"another origin":      {auth.CSRFHeader: {"1"}, "Origin": {"https://evil.example"}},
		"the origin null":     {auth.CSRFHeader: {"1"}, "Origin": {"null"}},
		"another site":        {auth.CSRFHeader: {"1"}, "Sec-Fetch-Site": {"cross-site"}},
		"a sibling subdomain": {auth.CSRFHeader: {"1"}, "Sec-Fetch-Site": {"same-site"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.browser()
			b.signIn()
			before := b.clone().cookies
			answers := []*http.Response{
				b.do(b.Refresh, http.MethodPost, signin.RefreshPath, header),
				b.do(b.Logout, http.MethodPost, signin.LogoutPath, header),
			}
			for _, answer := range answers {
				requireProblem(t, answer, http.StatusForbidden, signin.CodeCSRF, "does not prove")
			}
			require.Equal(t, before, b.cookies)
			require.Empty(t, w.pool.Revoked())
		})
	}
}

func TestALogoutRevokesForgetsAndLeadsThroughThePoolsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn()
	refresh, copied := b.value(auth.RefreshCookie), b.clone()
	answer := b.logout()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	var left wire.Logout
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&left))
	page := mustParse(t, left.LogoutURL)
	require.Equal(t, w.pool.URL+"/logout", page.Scheme+"://"+page.Host+page.Path)
	require.Equal(t, testkit.ClientID, page.Query().Get("client_id"))
	require.Equal(t, publicURL+"/", page.Query().Get("logout_uri"))
	require.NotContains(t, left.LogoutURL, refresh)
	require.Empty(t, b.cookies)
	require.Equal(t, []string{refresh}, w.pool.Revoked())
	require.Equal(t, "operator", copied.role(), "the copied access token lives on for its minutes")
	require.Equal(t, http.StatusUnauthorized, copied.refresh().StatusCode, "the old refresh cookie is worth nothing")
	requireSilent(t, w.log, refresh)
}

func TestASecondLogoutAndOneOfAnEndedSessionWorkTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn()
	expired := b.clone()
	delete(expired.cookies, auth.AccessCookie)
	w.pool.Put(testkit.User{Name: "alice", Disabled: true})
	for _, answer := range []*http.Response{
		b.logout(), b.logout(), expired.logout(),
		w.browser().do(b.Logout, http.MethodPost, signin.LogoutPath, nil),
	} {
		require.Equal(t, http.StatusOK, answer.StatusCode)
		require.Len(t, answer.Cookies(), 2, "both are cleared, whatever the browser still had")
	}
	require.Empty(t, expired.cookies)
}

func TestALogoutThatCannotRevokeStillForgets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn()
	refresh := b.value(auth.RefreshCookie)
	w.pool.Fail(http.StatusServiceUnavailable)
	require.Equal(t, http.StatusOK, b.logout().StatusCode)
	require.Empty(t, b.cookies)
	require.Equal(t, 1, w.log.FilterMessage("refresh token not revoked").Len())
	requireSilent(t, w.log, refresh)
}
