package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/auth/signin"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/wire"
)

func TestAPersonSignsInWorksAndSignsOut(t *testing.T) {
	s := begin(t)
	b := s.browser()
	require.Equal(t, "/messages?status=failed#top", b.signIn(s.userOf(operator), "/messages?status=failed#top"))
	require.NotContains(t, b.cookies, auth.LoginCookie, "it is used up")
	me := read[wire.Me](s, b.open(request{method: http.MethodGet, path: "/api/auth/me"}), http.StatusOK)
	require.Equal(t, "user:operator", me.Name)
	require.Equal(t, operator, me.Role)
	require.Equal(t, "cookie", me.Via)
	require.Equal(t, http.StatusOK, b.list().status)
	require.Equal(t, http.StatusAccepted, b.send("from a browser").status)
	unproven := request{method: http.MethodPost, path: "/api/messages", body: createBody("from another site")}
	s.problem(b.open(unproven), http.StatusForbidden, "csrf")

	access := b.value(auth.AccessCookie)
	s.problem(b.open(request{method: http.MethodPost, path: signin.RefreshPath}), http.StatusForbidden, "csrf")
	require.Equal(t, http.StatusNoContent, b.refresh().status)
	require.NotEqual(t, access, b.value(auth.AccessCookie), "renewed")
	require.Equal(t, http.StatusOK, b.list().status)

	copied := b.clone()
	s.problem(b.open(request{method: http.MethodPost, path: signin.LogoutPath}), http.StatusForbidden, "csrf")
	out := read[wire.Logout](s, b.logout(), http.StatusOK)
	require.Empty(t, b.cookies)
	page := s.askAt(deployed.SignInURL, request{method: http.MethodGet, path: strings.TrimPrefix(out.LogoutURL, deployed.SignInURL)})
	require.Equal(t, http.StatusFound, page.status, "the sign-in page knows the address to go back to")
	require.Equal(t, deployed.APIURL+"/", page.header.Get("Location"))
	s.problem(b.list(), http.StatusUnauthorized, "unauthenticated")
	read[wire.Logout](s, b.logout(), http.StatusOK) // once more, without a session

	refused := copied.refresh()
	s.problem(refused, http.StatusUnauthorized, "unauthenticated", "the old refresh token is revoked")
	require.Empty(t, copied.cookies, "and the browser forgets it")
	s.allCompleted(soon)
	s.books()
	s.requireUnlogged(access)
}

// requireUnlogged requires that no Lambda logged a token.
func (s *scenario) requireUnlogged(token string) {
	s.Helper()
	_, payloadPart, _ := strings.Cut(token, ".")
	lines, err := logLines(s.context(), s.since, payloadPart[:40])
	require.NoError(s, err)
	require.Empty(s, lines)
}

func TestASignInBelongsToTheBrowserThatBeganIt(t *testing.T) {
	s := begin(t)
	user := s.userOf(operator)
	get := func(b *browser, path string) answer { return b.open(request{method: http.MethodGet, path: path}) }
	refused := func(b *browser, path, what string) {
		t.Helper()
		a := get(b, path)
		s.problem(a, http.StatusBadRequest, "sign_in_failed", what)
		require.Empty(t, a.header.Get("Location"), what)
		require.NotContains(t, b.cookies, auth.AccessCookie, what)
		require.NotContains(t, b.cookies, auth.RefreshCookie, what)
	}
	without := func(path, name string) string {
		address, err := url.Parse(path)
		require.NoError(t, err)
		query := address.Query()
		query.Del(name)
		address.RawQuery = query.Encode()
		return address.String()
	}

	b := s.browser()
	back := b.back(b.begin("/"), user)
	refused(s.browser(), back, "no sign-in began here: somebody sent a link")
	refused(b, without(back, "state"), "no state")
	refused(b, without(back, "state")+"&state=guessed", "another state")
	victim := s.browser()
	victim.begin("/")
	refused(victim, back, "an attacker's code and state in a victim's browser")

	attacker := s.browser()
	foreign, err := url.Parse(attacker.back(attacker.begin("/"), s.userOf(viewer)))
	require.NoError(t, err)
	mine, err := url.Parse(victim.back(victim.begin("/"), user))
	require.NoError(t, err)
	query := mine.Query()
	query.Set("code", foreign.Query().Get("code"))
	refused(victim, mine.Path+"?"+query.Encode(), "another's code with one's own state")

	require.Equal(t, http.StatusSeeOther, get(b, back).status, "what the refused ones differ from")
	login := b.clone()
	delete(login.cookies, auth.AccessCookie)
	delete(login.cookies, auth.RefreshCookie)
	refused(login, back, "the state was used")

	twice := s.browser()
	path := twice.back(twice.begin("/"), user)
	copied := twice.clone()
	require.Equal(t, http.StatusSeeOther, get(twice, path).status)
	refused(copied, path, "the code was used, even with the cookie of before")
	turnedAway := s.browser()
	state, err := url.Parse(turnedAway.begin("/"))
	require.NoError(t, err)
	refused(turnedAway, signin.CallbackPath+"?error=access_denied&state="+state.Query().Get("state"), "the page said no")
}

func TestASignInLeadsToOurOwnPagesOnly(t *testing.T) {
	s := begin(t)
	for wish, lands := range map[string]string{
		"//evil.example": "/", `/\evil.example`: "/", "/%09//evil.example": "/", "/%5Cevil.example": "/", "/%2F%2Fevil.example": "/",
		"/..//evil.example": "/", "https:evil.example": "/", "https://evil.example/": "/", "javascript:alert(1)": "/",
		"/" + strings.Repeat("a", 5<<10): "/", "": "/",
		"/messages?next=//x#a": "/messages?next=//x#a",
	} {
		require.Equal(t, lands, s.browser().signIn(s.userOf(viewer), wish), wish)
	}
	sent := s.browser().open(request{method: http.MethodGet, path: signin.LoginPath + "?redirect=//evil.example"})
	require.Equal(t, http.StatusFound, sent.status, "a browser can be sent straight there")
	require.True(t, strings.HasPrefix(sent.header.Get("Location"), deployed.SignInURL+"/oauth2/authorize?"))
}

// A role is the groups that somebody had when the access token was made: a refresh brings the new one.
func TestARoleChangesWithTheNextRefresh(t *testing.T) {
	s := begin(t)
	pool := s.users()
	user := pool.invite("newcomer")
	b := s.browser()
	b.signIn(user, "/")
	told := s.problem(b.list(), http.StatusForbidden, "no_role")
	require.NotEmpty(t, told.Detail)
	refreshed := func() {
		t.Helper()
		require.Equal(t, http.StatusNoContent, b.refresh().status)
	}

	pool.newGroup("aaa")
	pool.join(user, "aaa")
	refreshed()
	s.problem(b.list(), http.StatusForbidden, "no_role", "another group means nothing")
	pool.join(user, contract.RoleViewer)
	refreshed()
	require.Equal(t, http.StatusOK, b.list().status)
	s.problem(b.send("a viewer's"), http.StatusForbidden, "forbidden")
	pool.join(user, contract.RoleOperator)
	s.problem(b.send("still a viewer's token"), http.StatusForbidden, "forbidden")
	refreshed()
	require.Equal(t, http.StatusAccepted, b.send("an operator's").status)

	pool.leave(user, contract.RoleOperator)
	require.Equal(t, http.StatusAccepted, b.send("the old token lives on for its minutes").status)
	refreshed()
	s.problem(b.send("a viewer's again"), http.StatusForbidden, "forbidden")
	require.Equal(t, http.StatusOK, b.list().status)
	pool.disable(user)
	s.problem(b.refresh(), http.StatusUnauthorized, "unauthenticated", "a disabled user")
	require.Empty(t, b.cookies)

	s.allCompleted(soon)
	require.Equal(t, "user:newcomer", s.load(s.ids[0]).CreatedBy)
	s.books()
}
