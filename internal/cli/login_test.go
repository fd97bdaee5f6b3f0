package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/rezagent/rez_agent/internal/wire"
)

// signInServer is a user pool: its page signs everybody in at once.
type signInServer struct {
	*httptest.Server

	mu sync.Mutex
	// challenges are those of the codes, refresh the tokens that are good.
	challenges map[string]string
	refresh    map[string]bool
	expiresIn  int
	renewals   int
}

func newSignInServer(t *testing.T) *signInServer {
	t.Helper()
	s := &signInServer{challenges: map[string]string{}, refresh: map[string]bool{}, expiresIn: 3600}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth2/authorize", s.authorize)
	mux.HandleFunc("POST /oauth2/token", s.token)
	mux.HandleFunc("POST /oauth2/revoke", s.revoke)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *signInServer) config() wire.SignInConfig {
	return wire.SignInConfig{
		AuthorizeURL: s.URL + "/oauth2/authorize", TokenURL: s.URL + "/oauth2/token", RevokeURL: s.URL + "/oauth2/revoke", ClientID: "cli",
	}
}

func (s *signInServer) authorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	query := r.URL.Query()
	if query.Get("client_id") != "cli" || query.Get("response_type") != "code" || query.Get("code_challenge_method") != "S256" {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	s.challenges[code] = query.Get("code_challenge")
	http.Redirect(w, r, query.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {query.Get("state")}}.Encode(), http.StatusFound)
}

func (s *signInServer) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	good := false
	switch r.FormValue("grant_type") {
	case "authorization_code":
		challenge, known := s.challenges[r.FormValue("code")]
		good = known && challenge == oauth2.S256ChallengeFromVerifier(r.FormValue("code_verifier"))
		delete(s.challenges, r.FormValue("code"))
	case "refresh_token":
		s.renewals++
		good = s.refresh[r.FormValue("refresh_token")]
		delete(s.refresh, r.FormValue("refresh_token")) // rotated: each works once
	}
	w.Header().Set("Content-Type", "application/json")
	if !good || r.FormValue("client_id") != "cli" {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"invalid_grant"}`)
		return
	}
	refresh := rand.Text()
	s.refresh[refresh] = true
	_ = json.NewEncoder(w).Encode(map[string]any{
		"access_token": operatorToken, "refresh_token": refresh, "token_type": "Bearer", "expires_in": s.expiresIn,
	})
}

func (s *signInServer) revoke(_ http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.refresh, r.FormValue("token"))
}

// signedOut is a terminal whose deployment is on the network and whose browser does as told.
func signedOut(t *testing.T) (*terminal, *signInServer) {
	t.Helper()
	x, pool := newTerminal(t), newSignInServer(t)
	x.api.signIn = pool.config()
	api := httptest.NewServer(x.api)
	t.Cleanup(api.Close)
	x.env = map[string]string{envURL: api.URL}
	x.HTTP, x.Callback = &http.Client{}, freeCallback(t)
	x.OpenBrowser = visit
	return x, pool
}

func freeCallback(t *testing.T) string {
	t.Helper()
	var listening net.ListenConfig
	listener, err := listening.Listen(t.Context(), "tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return "http://" + strings.Replace(listener.Addr().String(), "127.0.0.1", "localhost", 1) + "/callback"
}

func visit(ctx context.Context, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func sessionFiles(t *testing.T, x *terminal) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(x.ConfigDir, "rezagent", "session-*.json"))
	require.NoError(t, err)
	return files
}

func TestLoginSignsInRemembersAndLogoutForgets(t *testing.T) {
	t.Parallel()
	x, pool := signedOut(t)
	require.Equal(t, exitNotAllowed, x.run(t, "list"))
	require.Equal(t, exitDone, x.run(t, "login"), "%s", x.err)
	require.Contains(t, x.out.String(), "as user:alice")
	require.NotContains(t, x.out.String()+x.err.String(), operatorToken)

	files := sessionFiles(t, x)
	require.Len(t, files, 1)
	if runtime.GOOS != "windows" {
		info, err := os.Stat(files[0])
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}

	delete(x.env, envURL) // remembered
	require.Equal(t, exitDone, x.run(t, "whoami"))
	require.Zero(t, pool.renewals)

	require.Equal(t, exitDone, x.run(t, "logout"))
	require.Empty(t, sessionFiles(t, x))
	require.Empty(t, pool.refresh, "revoked")
	require.Equal(t, exitNotAllowed, x.run(t, "list"))
	require.Equal(t, exitDone, x.run(t, "logout"), "twice is no error")
}

func TestAnAccessTokenThatEndsIsRenewedAndTheSignInWithIt(t *testing.T) {
	t.Parallel()
	x, pool := signedOut(t)
	pool.expiresIn = 30 // less than what is kept in reserve: each command renews
	require.Equal(t, exitDone, x.run(t, "login"), "%s", x.err)
	require.Equal(t, exitDone, x.run(t, "list"))
	require.Equal(t, exitDone, x.run(t, "list"))
	require.Equal(t, 2, pool.renewals)

	pool.mu.Lock()
	clear(pool.refresh) // ended there
	pool.mu.Unlock()
	require.Equal(t, exitNotAllowed, x.run(t, "list"))
	require.Contains(t, x.err.String(), "not signed in: run `rezagent login --url "+x.env[envURL]+"`")
}

func TestTheEnvironmentsTokenWinsOverTheStoredOne(t *testing.T) {
	t.Parallel()
	x, _ := signedOut(t)
	require.Equal(t, exitDone, x.run(t, "login"), "%s", x.err)
	x.env[envToken] = viewerToken
	require.Equal(t, exitNotAllowed, x.run(t, "send", "x"))
}

// A token goes to the deployment that it was given for, and to no other.
func TestAnotherDeploymentIsAnotherSignIn(t *testing.T) {
	t.Parallel()
	x, _ := signedOut(t)
	require.Equal(t, exitDone, x.run(t, "login"), "%s", x.err)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("called with %q", r.Header.Get("Authorization"))
	}))
	defer other.Close()
	require.Equal(t, exitNotAllowed, x.run(t, "--url", other.URL, "list"))
}

func TestWhatComesToTheCallbackHasToBelongToThisLogin(t *testing.T) {
	t.Parallel()
	x, _ := signedOut(t)
	x.OpenBrowser = func(ctx context.Context, address string) error {
		for _, query := range []string{"?code=stolen", "?code=stolen&state=guessed", "?error=access_denied&state="} {
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, x.Callback+query, nil)
			if err != nil {
				return err
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				return err
			}
			if response.StatusCode != http.StatusBadRequest {
				t.Errorf("%s answered %d", query, response.StatusCode)
			}
			if err := response.Body.Close(); err != nil {
				return err
			}
		}
		return visit(ctx, address)
	}
	require.Equal(t, exitDone, x.run(t, "login"), "the right one is still waited for: %s", x.err)
}

func TestANoOfTheSignInPageIsToldAndNothingStored(t *testing.T) {
	t.Parallel()
	x, _ := signedOut(t)
	x.OpenBrowser = func(ctx context.Context, address string) error {
		parsed, err := url.Parse(address)
		if err != nil {
			return err
		}
		return visit(ctx, x.Callback+"?"+url.Values{
			"state": {parsed.Query().Get("state")}, "error": {"access_denied"}, "error_description": {"User is disabled"},
		}.Encode())
	}
	require.Equal(t, exitFailed, x.run(t, "login"))
	require.Contains(t, x.err.String(), `the sign-in page said no: "User is disabled"`)
	require.Empty(t, sessionFiles(t, x))
}

func TestWithoutABrowserTheAddressIsPrinted(t *testing.T) {
	t.Parallel()
	x, pool := signedOut(t)
	x.OpenBrowser = func(context.Context, string) error { t.Error("opened"); return nil }
	done := make(chan int)
	go func() { done <- Run(t.Context(), x.Env, []string{"login", "--no-browser"}) }()
	var address string
	require.Eventually(t, func() bool {
		_, rest, found := strings.Cut(x.err.String(), pool.URL)
		address = pool.URL + strings.TrimSpace(rest)
		return found && strings.HasSuffix(rest, "\n")
	}, 5*time.Second, 5*time.Millisecond)
	require.NoError(t, visit(t.Context(), address))
	require.Equal(t, exitDone, <-done)
}

func TestATakenPortIsSaid(t *testing.T) {
	t.Parallel()
	x, _ := signedOut(t)
	parsed, err := url.Parse(x.Callback)
	require.NoError(t, err)
	var listening net.ListenConfig
	listener, err := listening.Listen(t.Context(), "tcp4", "127.0.0.1:"+parsed.Port())
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	require.Equal(t, exitFailed, x.run(t, "login"))
	require.Contains(t, x.err.String(), "port "+parsed.Port()+" of this machine, to which the sign-in page comes back, is taken")
}

func TestASignInServerThatOthersCouldReadIsRefused(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "http://pool.example.com/oauth2/token", "pool.example.com", "javascript:1"} {
		x, _ := signedOut(t)
		x.api.signIn.TokenURL = address
		x.OpenBrowser = func(context.Context, string) error { t.Error("opened"); return nil }
		require.Equal(t, exitFailed, x.run(t, "login"), address)
		require.Contains(t, x.err.String(), "its token_url is no https address")
	}
}
