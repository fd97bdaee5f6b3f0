package signin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/wire"
)

// patience is how long a person may take on the sign-in page.
const patience = 10 * time.Minute

// Login signs a person in: authorization code, PKCE and state, with an address of this machine to come back to.
type Login struct {
	// HTTP calls the sign-in server.
	HTTP *http.Client
	// Callback is the address to come back to, as the user pool allows it: http://localhost:port/path.
	Callback string
	// Show puts the sign-in page's address before the person.
	Show func(ctx context.Context, address string)
}

// Run waits until the person has signed in, and gives the session. Nothing is written down.
func (l Login) Run(ctx context.Context, address string, config wire.SignInConfig) (Session, error) {
	if err := check(address, config); err != nil {
		return Session{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	state, verifier := rand.Text(), oauth2.GenerateVerifier()
	waiting, err := listen(ctx, l.Callback, state)
	if err != nil {
		return Session{}, err
	}
	defer waiting.close()
	flow := flowOf(config, l.Callback)
	l.Show(ctx, flow.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)))
	code, err := waiting.code(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return Session{}, fmt.Errorf("nobody signed in within %d minutes", int(patience.Minutes()))
	}
	if err != nil {
		return Session{}, err
	}
	token, err := flow.Exchange(with(ctx, l.HTTP), code, oauth2.VerifierOption(verifier))
	if err != nil {
		if err = refused(err); errors.Is(err, ErrNotSignedIn) {
			err = errors.New("the sign-in server did not take its own code: it may have come too late")
		}
		return Session{}, err
	}
	return newSession(address, config, token), nil
}

// check refuses addresses of the sign-in server at which a code or token could be read on the way.
func check(address string, config wire.SignInConfig) error {
	for name, raw := range map[string]string{
		"authorize_url": config.AuthorizeURL, "token_url": config.TokenURL, "revoke_url": config.RevokeURL,
	} {
		parsed, err := url.Parse(raw)
		if err != nil || parsed.Host == "" || (parsed.Scheme != "https" && parsed.Scheme != "http") || !client.Private(parsed) {
			return fmt.Errorf("%s says nothing usable about signing in: its %s is no https address", address, name)
		}
	}
	return nil
}
