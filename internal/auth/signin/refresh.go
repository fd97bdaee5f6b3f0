package signin

import (
	"net/http"

	"go.uber.org/zap"
	"golang.org/x/oauth2"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// Refresh gets the browser a new access token (POST), with the groups that the user has by now, and answers 204. A
// session that the pool has ended is a 401, and the cookies go; a pool that does not answer ends nothing.
func (f *Flow) Refresh(w http.ResponseWriter, r *http.Request) {
	private(w)
	if err := auth.CSRFProof(r, f.PublicURL); err != nil {
		f.Problem(w, r, CodeCSRF, err.Error())
		return
	}
	cookie, err := r.Cookie(auth.RefreshCookie)
	if err != nil {
		f.ended(w, r, "no_refresh_cookie")
		return
	}
	old := cookie.Value
	tokens, err := f.config().TokenSource(f.asking(r.Context()), &oauth2.Token{RefreshToken: old}).Token()
	if word := refused(err); word != "" {
		f.ended(w, r, word)
		return
	}
	if err != nil {
		f.unavailable(w, r, err)
		return
	}
	rotated := tokens.RefreshToken
	if rotated == old { // the library fills it in where the pool sent none
		rotated = ""
	}
	cookies, err := f.tokenCookies(tokens, rotated)
	if err != nil {
		f.broken(w, r, "make the cookies", err)
		return
	}
	setCookies(w, cookies...)
	w.WriteHeader(http.StatusNoContent)
}

func (f *Flow) ended(w http.ResponseWriter, r *http.Request, reason string) {
	telemetry.Log(r.Context()).Info("session ended", zap.String("reason", reason))
	forget(w)
	f.Problem(w, r, CodeUnauthenticated, "The session has ended. Sign in again.")
}
