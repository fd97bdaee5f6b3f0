package signin_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/auth/signin"
	"github.com/rezagent/rez_agent/internal/auth/testkit"
)

func TestASignInEndsWithTwoCookiesWhereThePersonWantedToBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	page := b.begin("/messages?status=failed#top")
	require.True(t, strings.HasPrefix(page, w.pool.URL+"/oauth2/authorize?"))
	query := mustParse(t, page).Query()
	require.Equal(t, "openid profile email", query.Get("scope"))
	require.Equal(t, "S256", query.Get("code_challenge_method"))
	require.NotEmpty(t, query.Get("nonce"))

	answer := b.back(w.pool.SignIn(t, page, "alice"))
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	require.Equal(t, "/messages?status=failed#top", answer.Header.Get("Location"))
	require.Equal(t, "operator", b.role())
	require.Equal(t, 15*60, b.cookies[auth.AccessCookie].MaxAge)
	require.Equal(t, 12*60*60, b.cookies[auth.RefreshCookie].MaxAge)
	require.NotContains(t, b.cookies, auth.LoginCookie, "it was used")
	requireSilent(t, w.log, b.value(auth.AccessCookie), b.value(auth.RefreshCookie))
}

func TestABrowserCanBeSentStraightToTheSignInPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	answer := b.do(b.Login, http.MethodGet, signin.LoginPath, nil)
	require.Equal(t, http.StatusFound, answer.StatusCode)
	answer = b.back(w.pool.SignIn(t, answer.Header.Get("Location"), "alice"))
	require.Equal(t, "/", answer.Header.Get("Location"))
}

func TestEachSignInHasItsOwnSecretsAndTheCookieTellsNone(t *testing.T) {
	t.Parallel()
	b := newWorld(t).browser()
	first, sealed := mustParse(t, b.begin("/")).Query(), b.value(auth.LoginCookie)
	second := mustParse(t, b.begin("/")).Query()
	require.NotEqual(t, sealed, b.value(auth.LoginCookie))
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		require.NotEqual(t, first.Get(name), second.Get(name))
		require.NotContains(t, sealed, first.Get(name))
	}
}

// What does not fit a sign-in that began in this browser is a 400, sets nothing, and does not reach the pool.
func TestAWayBackThatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(w *world, b *browser) *http.Response{
		"no sign-in began": func(w *world, _ *browser) *http.Response {
			stranger := w.browser()
			return w.browser().back(w.pool.SignIn(w.t, stranger.begin("/"), "alice"))
		},
		"no state": func(_ *world, b *browser) *http.Response {
			return b.back(change(b.came(), "state", ""))
		},
		"another's state and code": func(w *world, b *browser) *http.Response {
			eve := w.browser()
			return b.back(w.pool.SignIn(w.t, eve.begin("/"), "alice"))
		},
		"another's code": func(_ *world, b *browser) *http.Response {
			return b.back(change(b.came(), "code", b.browser().came().Query().Get("code")))
		},
		"no code": func(_ *world, b *browser) *http.Response {
			return b.back(change(b.came(), "code", ""))
		},
		"state used twice": func(_ *world, b *browser) *http.Response {
			address := b.came()
			require.Equal(b.t, http.StatusSeeOther, b.clone().back(address).StatusCode)
			return b.back(address)
		},
		"state used twice in one browser": func(w *world, b *browser) *http.Response {
			address := b.came()
			other := b.clone()
			require.Equal(w.t, http.StatusSeeOther, other.back(address).StatusCode)
			return other.back(address)
		},
		"after more than ten minutes": func(w *world, b *browser) *http.Response {
			address := b.came()
			w.now = w.now.Add(10*time.Minute + time.Second)
			return b.back(address)
		},
		"a cookie that was changed": func(_ *world, b *browser) *http.Response {
			address := b.came()
			value := []byte(b.value(auth.LoginCookie))
			value[len(value)/2] ^= 1
			b.cookies[auth.LoginCookie].Value = string(value)
			return b.back(address)
		},
		"a cookie that is too short": func(_ *world, b *browser) *http.Response {
			address := b.came()
			b.cookies[auth.LoginCookie].Value = "AAAA"
			return b.back(address)
		},
		"a cookie of another key": func(w *world, b *browser) *http.Response {
			address := b.came()
			w.Key = func(context.Context) ([]byte, error) { return []byte(strings.Repeat("x", 32)), nil }
			return b.back(address)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			answer := play(w, w.browser())
			requireNoSession(t, answer)
			requireProblem(t, answer, http.StatusBadRequest, signin.CodeSignInFailed, "Sign in again")
		})
	}
}

// came is the address with which the sign-in page sends alice back.
func (b *browser) came() *url.URL { return b.pool.SignIn(b.t, b.begin("/"), "alice") }

func change(address *url.URL, parameter, value string) *url.URL {
	query := address.Query()
	query.Set(parameter, value)
	address.RawQuery = query.Encode()
	return address
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	return parsed
}

func TestTenMinutesAreEnough(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	address := b.came()
	w.now = w.now.Add(10 * time.Minute)
	require.Equal(t, http.StatusSeeOther, b.back(address).StatusCode)
}

// A stray way back, which any site can cause, does not end the sign-in that is under way.
func TestAnothersStateLeavesTheSignInAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	own, stray := b.came(), w.browser().came()
	require.Equal(t, http.StatusBadRequest, b.back(stray).StatusCode)
	require.Equal(t, http.StatusSeeOther, b.back(own).StatusCode)
}

func TestTheSignInPagesErrorIsShownAsAProblemAndEndsTheSignIn(t *testing.T) {
	t.Parallel()
	for given, shown := range map[string]string{
		"access_denied":              "access_denied",
		"call +49 1 at evil.example": "unknown",
		"":                           "unknown",
	} {
		w := newWorld(t)
		b := w.browser()
		address := b.came()
		answer := b.back(change(address, "error", given))
		requireNoSession(t, answer)
		requireProblem(t, answer, http.StatusBadRequest, signin.CodeSignInFailed, "the error "+shown+".")
		require.NotContains(t, b.cookies, auth.LoginCookie)
	}
}

func TestAnErrorWithoutAStateOfOursIsNotShown(t *testing.T) {
	t.Parallel()
	b := newWorld(t).browser()
	answer := b.do(b.Callback, http.MethodGet, signin.CallbackPath+"?error=access_denied", nil)
	requireProblem(t, answer, http.StatusBadRequest, signin.CodeSignInFailed, "No sign-in has begun")
}

func TestAnIDTokenMustBeForThisSignIn(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(testkit.Claims){
		"another nonce":  func(c testkit.Claims) { c["nonce"] = "another" },
		"no nonce":       func(c testkit.Claims) { delete(c, "nonce") },
		"another client": func(c testkit.Claims) { c["aud"] = testkit.CLIClientID },
		"another pool":   func(c testkit.Claims) { c["iss"] = testkit.Issuer + "x" },
		"access token":   func(c testkit.Claims) { c["token_use"] = "access" },
		"expired":        func(c testkit.Claims) { c["exp"] = c["iat"].(int64) - 61 },
		"another's hash": func(c testkit.Claims) { c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.pool.SpoilID = spoil
			b := w.browser()
			answer := b.back(b.came())
			requireNoSession(t, answer)
			requireProblem(t, answer, http.StatusBadRequest, signin.CodeSignInFailed, "does not belong to this sign-in")
		})
	}
}

func TestATokenThatNoBrowserKeepsIsToldAndNotSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pool.SpoilAccess = func(c testkit.Claims) { c["cognito:groups"] = []string{strings.Repeat("g", 4000)} }
	b := w.browser()
	answer := b.back(b.came())
	requireNoSession(t, answer)
	requireProblem(t, answer, http.StatusBadRequest, signin.CodeSignInFailed, "at most 4096")
}

func TestWhileThePoolIsAwayASignInIsUnavailable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	address := b.came()
	w.pool.Fail(http.StatusServiceUnavailable)
	answer := b.back(address)
	requireNoSession(t, answer)
	requireProblem(t, answer, http.StatusServiceUnavailable, signin.CodeUnavailable, "did not answer")
	requireSilent(t, w.log, address.Query().Get("code"))
}

func TestWithoutTheSessionKeyASignInIsAnInnerFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	address := b.came()
	w.Key = func(context.Context) ([]byte, error) { return nil, errors.New("SSM is away") }
	for _, answer := range []*http.Response{b.back(address), b.do(b.Login, http.MethodPost, signin.LoginPath, nil)} {
		requireNoSession(t, answer)
		requireProblem(t, answer, http.StatusInternalServerError, signin.CodeInternal, "")
	}
	require.Equal(t, 2, w.log.FilterMessage("sign-in is broken").Len())
}
