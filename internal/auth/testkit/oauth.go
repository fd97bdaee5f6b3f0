package testkit

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

// SignIn is the sign-in page after the user typed the right password: it gives the address to which the browser is sent
// back, from the authorize address that the application made.
func (c *Cognito) SignIn(t testing.TB, authorizeURL, user string) *url.URL {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	typed, err := http.NewRequestWithContext(t.Context(), http.MethodGet, authorizeURL+"&user="+url.QueryEscape(user), nil)
	require.NoError(t, err)
	page, err := client.Do(typed)
	require.NoError(t, err)
	require.NoError(t, page.Body.Close())
	back, err := page.Location()
	require.NoError(t, err, "the sign-in page answered %d and sends nobody back", page.StatusCode)
	return back
}

func (c *Cognito) authorize(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	back, err := url.Parse(query.Get("redirect_uri"))
	refused := err != nil || query.Get("client_id") != ClientID || query.Get("response_type") != "code" ||
		query.Get("code_challenge_method") != "S256" || query.Get("code_challenge") == ""
	if refused {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
		return
	}
	code := oauth2.GenerateVerifier()
	c.mu.Lock()
	c.codes[code] = grant{
		user: query.Get("user"), redirect: query.Get("redirect_uri"), client: query.Get("client_id"),
		challenge: query.Get("code_challenge"), nonce: query.Get("nonce"),
	}
	c.mu.Unlock()
	back.RawQuery = url.Values{"code": {code}, "state": {query.Get("state")}}.Encode()
	w.Header().Set("Location", back.String())
	w.WriteHeader(http.StatusFound)
}

func (c *Cognito) token(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		c.exchange(w, r)
	case "refresh_token":
		c.refresh(w, r)
	default:
		answer(w, http.StatusBadRequest, map[string]string{"error": "unsupported_grant_type"})
	}
}

func (c *Cognito) exchange(w http.ResponseWriter, r *http.Request) {
	given, known := c.codes[r.PostFormValue("code")]
	delete(c.codes, r.PostFormValue("code"))
	fits := known && given.client == r.PostFormValue("client_id") && given.redirect == r.PostFormValue("redirect_uri") &&
		given.challenge == oauth2.S256ChallengeFromVerifier(r.PostFormValue("code_verifier"))
	if !fits || c.users[given.user].Disabled {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	refresh := oauth2.GenerateVerifier()
	c.sessions[refresh] = given.user
	tokens := c.tokens(given.user, given.nonce)
	tokens["refresh_token"] = refresh
	answer(w, http.StatusOK, tokens)
}

func (c *Cognito) refresh(w http.ResponseWriter, r *http.Request) {
	old := r.PostFormValue("refresh_token")
	user, known := c.sessions[old]
	if !known || c.users[user].Disabled || r.PostFormValue("client_id") != ClientID {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	tokens := c.tokens(user, "")
	if c.Rotates {
		next := oauth2.GenerateVerifier()
		delete(c.sessions, old)
		c.sessions[next], tokens["refresh_token"] = user, next
	}
	answer(w, http.StatusOK, tokens)
}

func (c *Cognito) tokens(name, nonce string) map[string]any {
	access, id := c.AccessClaims(c.users[name]), c.IDClaims(c.users[name], nonce)
	if c.SpoilAccess != nil {
		c.SpoilAccess(access)
	}
	if c.SpoilID != nil {
		c.SpoilID(id)
	}
	return map[string]any{
		"access_token": c.Sign(access), "id_token": c.Sign(id), "token_type": "Bearer", "expires_in": int(accessFor.Seconds()),
	}
}

func (c *Cognito) revoke(w http.ResponseWriter, r *http.Request) {
	token := r.PostFormValue("token")
	if token == "" || !slices.Contains([]string{ClientID, CLIClientID}, r.PostFormValue("client_id")) {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sessions, token)
	c.revoked = append(c.revoked, token)
	w.WriteHeader(http.StatusOK)
}
