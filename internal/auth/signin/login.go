package signin

import (
	"crypto/rand"
	"net/http"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/wire"
)

// Login begins a sign-in. POST answers with the sign-in page's address, GET sends the browser there. The parameter
// redirect says where to go afterwards: a path of this site, else it is not followed.
func (f *Flow) Login(w http.ResponseWriter, r *http.Request) {
	private(w)
	begun := attempt{
		State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(),
		Redirect: ownPath(r.URL.Query().Get("redirect")), Ends: f.Now().Add(loginFor).Unix(),
	}
	key, err := f.Key(r.Context())
	if err != nil {
		f.broken(w, r, "read the session key", err)
		return
	}
	sealed, err := seal(key, begun)
	if err != nil {
		f.broken(w, r, "seal", err)
		return
	}
	cookie, err := auth.NewCookie(auth.LoginCookie, sealed, loginFor)
	if err != nil {
		f.broken(w, r, "make the login cookie", err)
		return
	}
	setCookies(w, cookie)
	page := f.config().AuthCodeURL(begun.State, oidc.Nonce(begun.Nonce), oauth2.S256ChallengeOption(begun.Verifier))
	if r.Method == http.MethodPost {
		answer(w, r, wire.Login{AuthorizeURL: page})
		return
	}
	w.Header().Set("Location", page)
	w.WriteHeader(http.StatusFound)
}
