package signin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/telemetry"
	"github.com/rezagent/rez_agent/internal/wire"
)

// Logout ends the session (POST), however much of it there still is, and answers with the address that ends the sign-in
// page's own session: without it the next sign-in would ask for no password. An access token that was copied lives on
// for the rest of its minutes.
func (f *Flow) Logout(w http.ResponseWriter, r *http.Request) {
	private(w)
	refresh, noRefresh := r.Cookie(auth.RefreshCookie)
	_, noAccess := r.Cookie(auth.AccessCookie)
	if noRefresh == nil || noAccess == nil { // without cookies there is nothing that another site could end
		if err := auth.CSRFProof(r, f.PublicURL); err != nil {
			f.Problem(w, r, CodeCSRF, err.Error())
			return
		}
	}
	if noRefresh == nil {
		if err := f.revoke(r.Context(), refresh.Value); err != nil {
			telemetry.Log(r.Context()).Warn("refresh token not revoked", zap.Error(err))
		}
	}
	forget(w)
	page := url.Values{"client_id": {f.ClientID}, "logout_uri": {f.PublicURL + "/"}}
	answer(w, r, wire.Logout{LogoutURL: f.SignInURL + "/logout?" + page.Encode()})
}

func (f *Flow) revoke(ctx context.Context, refresh string) error {
	form := url.Values{"token": {refresh}, "client_id": {f.ClientID}}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.SignInURL+"/oauth2/revoke", strings.NewReader(form))
	if err != nil {
		return fmt.Errorf("ask the pool: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	reply, err := f.HTTP.Do(request)
	if err != nil {
		return fmt.Errorf("ask the pool: %w", err)
	}
	if err := reply.Body.Close(); err != nil {
		return fmt.Errorf("read the pool's answer: %w", err)
	}
	if reply.StatusCode != http.StatusOK {
		return errors.New("the pool answered " + reply.Status)
	}
	return nil
}
