package e2e_test

import (
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/auth/signin"
	"github.com/rezagent/rez_agent/internal/wire"
	"github.com/rezagent/rez_agent/local/stack"
)

// browser keeps cookies as one does.
type browser struct {
	*scenario

	cookies map[string]*http.Cookie
}

func (s *scenario) browser() *browser {
	return &browser{scenario: s, cookies: map[string]*http.Cookie{}}
}

// clone is what somebody has who copied the cookies.
func (b *browser) clone() *browser {
	other := b.browser()
	maps.Copy(other.cookies, b.cookies)
	return other
}

// open sends a request with the cookies that belong to its path, and keeps what the answer sets.
func (b *browser) open(r request) answer {
	b.Helper()
	header := http.Header{}
	maps.Copy(header, r.header)
	pairs := []string{}
	path, _, _ := strings.Cut(r.path, "?")
	for _, cookie := range b.cookies {
		if strings.HasPrefix(path, cookie.Path) {
			pairs = append(pairs, cookie.Name+"="+cookie.Value)
		}
	}
	if len(pairs) > 0 {
		header.Set("Cookie", strings.Join(pairs, "; "))
	}
	r.header = header
	a := b.ask(r)
	b.keep(a)
	return a
}

// keep requires of every cookie what guards it, of those that delete one too.
func (b *browser) keep(a answer) {
	b.Helper()
	for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
		require.True(b, cookie.HttpOnly && cookie.Secure, cookie.Name)
		require.Equal(b, http.SameSiteLaxMode, cookie.SameSite, cookie.Name)
		require.Empty(b, cookie.Domain, cookie.Name)
		require.NotZero(b, cookie.MaxAge, cookie.Name)
		if cookie.MaxAge < 0 {
			delete(b.cookies, cookie.Name)
			continue
		}
		b.cookies[cookie.Name] = cookie
	}
}

func (b *browser) value(name string) string {
	b.Helper()
	require.Contains(b, b.cookies, name)
	return b.cookies[name].Value
}

// proof is what our own pages send with a change.
func proof() http.Header {
	return http.Header{auth.CSRFHeader: {"1"}, "Origin": {deployed.APIURL}, "Sec-Fetch-Site": {"same-origin"}}
}

// begin begins a sign-in that is to lead to redirect, and gives the sign-in page's address.
func (b *browser) begin(redirect string) string {
	b.Helper()
	path := signin.LoginPath
	if redirect != "" {
		path += "?" + url.Values{"redirect": {redirect}}.Encode()
	}
	login := read[wire.Login](b.scenario, b.open(request{method: http.MethodPost, path: path}), http.StatusOK)
	require.True(b, strings.HasPrefix(login.AuthorizeURL, deployed.SignInURL+"/oauth2/authorize?"), login.AuthorizeURL)
	return login.AuthorizeURL
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)">`)

// back is typePassword where the page sends the browser back to us: the path and query with which it comes.
func (b *browser) back(page string, user stack.User) string {
	b.Helper()
	address := b.typePassword(page, user)
	path, ours := strings.CutPrefix(address, deployed.APIURL)
	require.True(b, ours, address)
	require.True(b, strings.HasPrefix(path, signin.CallbackPath+"?"), path)
	return path
}

// typePassword fills in the sign-in page's form, and gives where it sends the browser then.
func (s *scenario) typePassword(page string, user stack.User) string {
	s.Helper()
	shown := s.askAt(deployed.SignInURL, request{method: http.MethodGet, path: strings.TrimPrefix(page, deployed.SignInURL)})
	require.Equal(s, http.StatusOK, shown.status, string(shown.body))
	form := url.Values{"username": {user.Name}, "password": {user.Password}}
	for _, field := range hidden.FindAllStringSubmatch(string(shown.body), -1) {
		form.Set(field[1], html.UnescapeString(field[2]))
	}
	sent := s.askAt(deployed.SignInURL, request{
		method: http.MethodPost, path: "/login", body: form.Encode(),
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	})
	require.Equal(s, http.StatusFound, sent.status, string(sent.body))
	return sent.header.Get("Location")
}

// signIn is the whole way, and gives where it led to.
func (b *browser) signIn(user stack.User, redirect string) string {
	b.Helper()
	a := b.open(request{method: http.MethodGet, path: b.back(b.begin(redirect), user)})
	require.Equal(b, http.StatusSeeOther, a.status, string(a.body))
	return a.header.Get("Location")
}

func (b *browser) refresh() answer {
	b.Helper()
	return b.open(request{method: http.MethodPost, path: signin.RefreshPath, header: proof()})
}

func (b *browser) logout() answer {
	b.Helper()
	return b.open(request{method: http.MethodPost, path: signin.LogoutPath, header: proof()})
}

// list is what a viewer may do.
func (b *browser) list() answer {
	b.Helper()
	return b.open(request{method: http.MethodGet, path: "/api/messages?limit=1"})
}

// send is what an operator may do.
func (b *browser) send(text string) answer {
	b.Helper()
	a := b.open(request{method: http.MethodPost, path: "/api/messages", header: proof(), body: createBody(text)})
	if a.status == http.StatusAccepted {
		b.ids = append(b.ids, read[wire.Accepted](b.scenario, a, http.StatusAccepted).ID)
	}
	return a
}
