// Package signin signs a person in to a deployment on the hosted sign-in page, keeps the tokens in a file of that person's,
// and renews the access token while the refresh token lasts.
package signin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/rezagent/rez_agent/internal/wire"
)

// renewBefore is how long before its end an access token is renewed: no request begins with one that ends on the way.
const renewBefore = time.Minute

// ErrNotSignedIn means: nobody is signed in to the deployment, or the sign-in has ended.
var ErrNotSignedIn = errors.New("not signed in")

// Session is a person's sign-in to one deployment, as it stands in a file.
type Session struct {
	// URL is the deployment; its tokens are sent nowhere else.
	URL    string            `json:"url"`
	Config wire.SignInConfig `json:"config"`
	// AccessToken is sent with each request until Expiry, RefreshToken gets a new one.
	AccessToken  string    `json:"access_token"`
	RefreshToken string    `json:"refresh_token,omitempty"`
	Expiry       time.Time `json:"expiry"`
}

func newSession(address string, config wire.SignInConfig, token *oauth2.Token) Session {
	return Session{
		URL: address, Config: config,
		AccessToken: token.AccessToken, RefreshToken: token.RefreshToken, Expiry: token.Expiry,
	}
}

// fresh: the access token can be used. One without an end is used until the API refuses it.
func (s Session) fresh(now time.Time) bool {
	return s.AccessToken != "" && (s.Expiry.IsZero() || now.Before(s.Expiry.Add(-renewBefore)))
}

// Tokens gives the access token of the person who is signed in to a deployment. It may be used from several goroutines.
type Tokens struct {
	Sessions Sessions
	// URL is the deployment.
	URL string
	// HTTP calls the sign-in server.
	HTTP *http.Client
	Now  func() time.Time

	mu      sync.Mutex
	session Session
}

// Token gives the access token, renewed where it is about to end. Errors: ErrNotSignedIn.
func (t *Tokens) Token(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.session.fresh(t.Now()) {
		if err := t.load(ctx); err != nil {
			return "", err
		}
	}
	return t.session.AccessToken, nil
}

func (t *Tokens) load(ctx context.Context) error {
	stored, err := t.Sessions.Load(t.URL)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotSignedIn
	}
	if err != nil {
		return err
	}
	if !stored.fresh(t.Now()) {
		if stored, err = t.renew(ctx, stored); err != nil {
			return err
		}
	}
	t.session = stored
	return nil
}

// renew gets a new access token and writes it down. A refresh token that the server refuses may have been used by another
// command a moment ago, which then has written down what it got.
func (t *Tokens) renew(ctx context.Context, old Session) (Session, error) {
	if old.RefreshToken == "" {
		return Session{}, ErrNotSignedIn
	}
	token, err := flowOf(old.Config, "").TokenSource(with(ctx, t.HTTP), &oauth2.Token{RefreshToken: old.RefreshToken}).Token()
	if err != nil {
		if other, loadErr := t.Sessions.Load(t.URL); loadErr == nil && other.fresh(t.Now()) {
			return other, nil
		}
		return Session{}, refused(err)
	}
	renewed := newSession(old.URL, old.Config, token)
	return renewed, t.Sessions.Save(renewed)
}

// refused says what the token address answered, without the answer's text.
func refused(err error) error {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		return fmt.Errorf("the sign-in server gave no token: %w", withoutAddress(err))
	}
	if answer.ErrorCode == "invalid_grant" {
		return ErrNotSignedIn
	}
	return fmt.Errorf("the sign-in server gave no token: it answered %d %s", answer.Response.StatusCode, answer.ErrorCode)
}

// Revoke ends a sign-in: its refresh token is worth nothing afterwards.
func Revoke(ctx context.Context, httpClient *http.Client, s Session) error {
	if s.RefreshToken == "" || s.Config.RevokeURL == "" {
		return nil
	}
	form := url.Values{"token": {s.RefreshToken}, "client_id": {s.Config.ClientID}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Config.RevokeURL, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("revoking the sign-in: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := httpClient.Do(request)
	if err != nil {
		return fmt.Errorf("revoking the sign-in: %w", withoutAddress(err))
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("revoking the sign-in: the sign-in server answered %d", response.StatusCode)
	}
	return nil
}

func flowOf(config wire.SignInConfig, callback string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: config.ClientID, RedirectURL: callback, Scopes: []string{"openid"},
		Endpoint: oauth2.Endpoint{
			AuthURL: config.AuthorizeURL, TokenURL: config.TokenURL,
			AuthStyle: oauth2.AuthStyleInParams, // a program on a person's machine can keep no secret
		},
	}
}

// with has the library use our HTTP client.
func with(ctx context.Context, httpClient *http.Client) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, httpClient)
}

// withoutAddress drops what net/http puts before an error.
func withoutAddress(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
