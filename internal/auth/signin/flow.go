// Package signin signs people in at the user pool's hosted pages and keeps the tokens in cookies that no script can
// read: authorization code with PKCE, state and nonce. No token appears in an address or a log line.
package signin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"go.uber.org/zap"
	"golang.org/x/oauth2"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// Codes of the problems that the routes answer with; the catalogue of errors gives their HTTP status.
const (
	// CodeSignInFailed, 400: the way back from the sign-in page does not fit a sign-in that began in this browser, or
	// the pool refused it.
	CodeSignInFailed = "sign_in_failed"
	// CodeUnauthenticated, 401: there is no session, or it has ended.
	CodeUnauthenticated = "unauthenticated"
	// CodeCSRF, 403: the request does not prove that it comes from our own page.
	CodeCSRF = "csrf"
	// CodeUnavailable, 503: the user pool did not answer.
	CodeUnavailable = "unavailable"
	// CodeInternal, 500: something of ours broke.
	CodeInternal = "internal"
)

// The routes, which are also the address that the pool sends browsers back to.
const (
	LoginPath    = "/" + contract.APIStage + "/auth/login"
	CallbackPath = "/" + contract.APIStage + "/auth/callback"
	RefreshPath  = "/" + contract.APIStage + "/auth/refresh"
	LogoutPath   = "/" + contract.APIStage + "/auth/logout"
)

// Flow is the sign-in of a browser. Its methods are HTTP handlers, each for the methods that its comment names.
type Flow struct {
	// PublicURL is the origin under which browsers see this site, SignInURL the hosted pages': no slash at the end.
	PublicURL, SignInURL string
	// ClientID is the browser's client in the pool.
	ClientID string
	// Issuer and Keys are the pool's; see package token.
	Issuer string
	Keys   oidc.KeySet
	// SessionFor is how long the browser keeps the refresh token: the pool's own validity of it.
	SessionFor time.Duration
	// Key seals the login cookie: 32 bytes.
	Key func(context.Context) ([]byte, error)
	// HTTP asks the pool; it has a timeout.
	HTTP *http.Client
	Now  func() time.Time
	// Problem answers with an error of the catalogue.
	Problem func(w http.ResponseWriter, r *http.Request, code, detail string)
}

func (f *Flow) config() *oauth2.Config {
	return &oauth2.Config{
		ClientID: f.ClientID, RedirectURL: f.PublicURL + CallbackPath, Scopes: []string{"openid", "profile", "email"},
		Endpoint: oauth2.Endpoint{
			AuthURL: f.SignInURL + "/oauth2/authorize", TokenURL: f.SignInURL + "/oauth2/token",
			AuthStyle: oauth2.AuthStyleInParams, // a public client: its id, and no secret
		},
	}
}

// asking makes the oauth2 library use our client.
func (f *Flow) asking(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, f.HTTP)
}

// broken answers with an inner fault and logs its cause.
func (f *Flow) broken(w http.ResponseWriter, r *http.Request, doing string, err error) {
	telemetry.Log(r.Context()).Error("sign-in is broken", zap.String("doing", doing), zap.Error(err))
	f.Problem(w, r, CodeInternal, "")
}

// refused is the pool's error word for a request that it understood and refused, as invalid_grant; empty for any other
// failure, a throttled request's included: that says nothing about the session. The words around it and the answer's
// body are left out: nobody promises that they hold no token.
func refused(err error) string {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) || answer.Response == nil {
		return ""
	}
	status := answer.Response.StatusCode
	if status != http.StatusBadRequest && status != http.StatusUnauthorized {
		return ""
	}
	if !isErrorWord(answer.ErrorCode) {
		return "unknown"
	}
	return answer.ErrorCode
}

// unavailable answers when the pool failed and logs how, without the answer's body.
func (f *Flow) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	cause := zap.Error(err)
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) && answer.Response != nil {
		cause = zap.Int("status", answer.Response.StatusCode)
	}
	telemetry.Log(r.Context()).Error("the user pool did not answer", cause)
	f.Problem(w, r, CodeUnavailable, "The sign-in service did not answer. Try again in a moment.")
}

// tokenCookies are the cookies of an answer with tokens. The refresh token is only in it where it is a new one.
func (f *Flow) tokenCookies(tokens *oauth2.Token, refresh string) ([]*http.Cookie, error) {
	age := time.Duration(tokens.ExpiresIn) * time.Second
	access, err := auth.NewCookie(auth.AccessCookie, tokens.AccessToken, age)
	if err != nil {
		return nil, err
	}
	if refresh == "" {
		return []*http.Cookie{access}, nil
	}
	renewal, err := auth.NewCookie(auth.RefreshCookie, refresh, f.SessionFor)
	if err != nil {
		return nil, err
	}
	return []*http.Cookie{access, renewal}, nil
}

func setCookies(w http.ResponseWriter, cookies ...*http.Cookie) {
	for _, cookie := range cookies {
		http.SetCookie(w, cookie)
	}
}

// forget makes the browser drop the session.
func forget(w http.ResponseWriter) {
	setCookies(w, auth.ExpiredCookie(auth.AccessCookie), auth.ExpiredCookie(auth.RefreshCookie))
}

// private keeps the answer out of every cache: it depends on cookies and may set some.
func private(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
}

func answer(w http.ResponseWriter, r *http.Request, body any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(body); err != nil {
		telemetry.Log(r.Context()).Warn("answer not written", zap.Error(err))
	}
}
