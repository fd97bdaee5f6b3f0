package signin

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"go.uber.org/zap"
	"golang.org/x/oauth2"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/auth/token"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// Callback ends a sign-in (GET): the pool sends the browser here with a code. It is good for one sign-in that began in
// this very browser within ten minutes; then the cookies are set and the browser goes where the person wanted to be.
func (f *Flow) Callback(w http.ResponseWriter, r *http.Request) {
	private(w)
	query := r.URL.Query()
	begun, ok := f.begun(w, r, query)
	if !ok {
		return
	}
	// Whatever follows, this state was used.
	setCookies(w, auth.ExpiredCookie(auth.LoginCookie))
	if query.Has("error") {
		f.turnedAway(w, r, query.Get("error"))
		return
	}
	tokens, err := f.config().Exchange(f.asking(r.Context()), query.Get("code"), oauth2.VerifierOption(begun.Verifier))
	if word := refused(err); word != "" {
		f.failed(w, r, word, "The sign-in page does not know this code: it was used, has expired, or is another's. Sign in again.")
		return
	}
	if err != nil {
		f.unavailable(w, r, err)
		return
	}
	f.signedIn(w, r, begun, tokens)
}

// begun is the sign-in that the request's state belongs to. A state that is not this browser's leaves its cookie alone,
// so that a stray request cannot end a sign-in that is under way.
func (f *Flow) begun(w http.ResponseWriter, r *http.Request, query url.Values) (attempt, bool) {
	cookie, err := r.Cookie(auth.LoginCookie)
	if err != nil {
		f.failed(w, r, "no_login_cookie", "No sign-in has begun in this browser, or it was finished already. Sign in again.")
		return attempt{}, false
	}
	key, err := f.Key(r.Context())
	if err != nil {
		f.broken(w, r, "read the session key", err)
		return attempt{}, false
	}
	begun, err := unseal(key, cookie.Value)
	switch {
	case errors.Is(err, errSeal):
		f.failed(w, r, "login_cookie", "This sign-in did not begin here. Sign in again.")
	case err != nil:
		f.broken(w, r, "unseal", err)
	case f.Now().Unix() > begun.Ends:
		f.failed(w, r, "late", "The sign-in took longer than ten minutes. Sign in again.")
	case subtle.ConstantTimeCompare([]byte(begun.State), []byte(query.Get("state"))) != 1:
		f.failed(w, r, "state", "The parameter state is not that of the sign-in that began in this browser. Sign in again.")
	default:
		return begun, true
	}
	return attempt{}, false
}

// isErrorWord knows the form of OAuth's error words; anything else is not shown, since anyone can write an address.
func isErrorWord(word string) bool {
	const longest = 64
	return word != "" && len(word) <= longest && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz_") == ""
}

func (f *Flow) turnedAway(w http.ResponseWriter, r *http.Request, word string) {
	if !isErrorWord(word) {
		word = "unknown"
	}
	f.failed(w, r, word, "The sign-in page answered with the error "+word+". Sign in again, or ask an administrator.")
}

func (f *Flow) failed(w http.ResponseWriter, r *http.Request, reason, detail string) {
	telemetry.Log(r.Context()).Info("sign-in refused", zap.String("reason", reason))
	f.Problem(w, r, CodeSignInFailed, detail)
}

// signedIn checks that the tokens answer this sign-in, and sets the cookies.
func (f *Flow) signedIn(w http.ResponseWriter, r *http.Request, begun attempt, tokens *oauth2.Token) {
	subject, err := f.identity(r.Context(), tokens, begun.Nonce)
	if err != nil {
		telemetry.Log(r.Context()).Warn("ID token refused", zap.Error(err))
		f.failed(w, r, "id_token", "The sign-in page's answer does not belong to this sign-in. Sign in again.")
		return
	}
	if tokens.RefreshToken == "" {
		f.failed(w, r, "no_refresh_token", "The sign-in page gave no refresh token: the client must allow the grant refresh_token.")
		return
	}
	cookies, err := f.tokenCookies(tokens, tokens.RefreshToken)
	if err != nil {
		f.failed(w, r, "cookie", "The session does not fit into the browser: "+err.Error()+". Ask an administrator.")
		return
	}
	telemetry.Log(r.Context()).Info("signed in", zap.String("subject", subject))
	setCookies(w, cookies...)
	w.Header().Set("Location", ownPath(begun.Redirect)) // again, for a cookie that an older release sealed
	w.WriteHeader(http.StatusSeeOther)
}

// identity is the subject of the ID token, which must be the pool's, for this client, and for the sign-in that the
// nonce names. Its errors are the library's, which quote an issuer or an audience but no token.
func (f *Flow) identity(ctx context.Context, tokens *oauth2.Token, nonce string) (string, error) {
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return "", errors.New("there is none: the scope openid is needed")
	}
	id, err := oidc.NewVerifier(f.Issuer, f.Keys, &oidc.Config{
		ClientID: f.ClientID, SupportedSigningAlgs: []string{oidc.RS256},
		Now: func() time.Time { return f.Now().Add(-token.Leeway) },
	}).Verify(ctx, raw)
	if err != nil {
		return "", err
	}
	var said struct {
		Use string `json:"token_use"`
	}
	if err := id.Claims(&said); err != nil {
		return "", fmt.Errorf("read its claims: %w", err)
	}
	switch {
	case said.Use != "id":
		return "", errors.New("it is a token for another use")
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1:
		return "", errors.New("its nonce is another's")
	case id.AccessTokenHash != "":
		return id.Subject, id.VerifyAccessToken(tokens.AccessToken)
	}
	return id.Subject, nil
}
