package auth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/contract"
)

func alice() auth.Caller {
	return auth.Caller{
		Subject: "sub-1", Name: "user:alice", Role: contract.RoleOperator, Via: auth.ViaCookie,
		Expires: time.Date(2027, 3, 1, 12, 15, 0, 0, time.UTC),
	}
}

func TestACallerTravelsInTheContext(t *testing.T) {
	t.Parallel()
	_, ok := auth.CallerFrom(context.Background())
	require.False(t, ok)
	caller, ok := auth.CallerFrom(auth.WithCaller(t.Context(), alice()))
	require.True(t, ok)
	require.Equal(t, alice(), caller)
}

func TestACallerTravelsThroughTheGatewayAsTexts(t *testing.T) {
	t.Parallel()
	for key, value := range alice().GatewayContext() {
		require.IsType(t, "", value, key)
	}
	caller, ok := auth.CallerOf(alice().GatewayContext())
	require.True(t, ok)
	require.Equal(t, alice(), caller)
	nobody := alice()
	nobody.Role = ""
	caller, ok = auth.CallerOf(nobody.GatewayContext())
	require.True(t, ok, "someone in no group is someone")
	require.Equal(t, nobody, caller)
}

func TestHalfACallerIsNone(t *testing.T) {
	t.Parallel()
	for key, value := range map[string]any{
		contract.CallerSubject: "", contract.CallerName: "", contract.CallerVia: "header", contract.CallerExpires: "soon",
		contract.CallerName + " of a number": nil,
	} {
		half := alice().GatewayContext()
		key, isNumber := strings.CutSuffix(key, " of a number")
		half[key] = value
		if isNumber {
			half[key] = 7
		}
		_, ok := auth.CallerOf(half)
		require.False(t, ok, key)
	}
}

func TestAChangeByCookieMustProveThatThePageIsOurs(t *testing.T) {
	t.Parallel()
	const site = "https://rez.example"
	proof := http.Header{auth.CSRFHeader: {"1"}}
	with := func(name string, values ...string) http.Header {
		header := proof.Clone()
		header[name] = values
		return header
	}
	for name, test := range map[string]struct {
		method, via string
		header      http.Header
		says        string // empty: passes
	}{
		"reads need none":           {http.MethodGet, auth.ViaCookie, nil, ""},
		"nor HEAD":                  {http.MethodHead, auth.ViaCookie, nil, ""},
		"nor OPTIONS":               {http.MethodOptions, auth.ViaCookie, nil, ""},
		"nor a bearer":              {http.MethodPost, auth.ViaBearer, nil, ""},
		"header alone":              {http.MethodPost, auth.ViaCookie, proof, ""},
		"own origin":                {http.MethodPut, auth.ViaCookie, with("Origin", site), ""},
		"own page":                  {http.MethodPatch, auth.ViaCookie, with("Sec-Fetch-Site", "same-origin"), ""},
		"typed by hand":             {http.MethodPost, auth.ViaCookie, with("Sec-Fetch-Site", "none"), ""},
		"no header":                 {http.MethodPost, auth.ViaCookie, http.Header{"Origin": {site}}, auth.CSRFHeader},
		"an unknown method":         {"PROPFIND", auth.ViaCookie, nil, auth.CSRFHeader},
		"an unknown way":            {http.MethodPost, "", nil, auth.CSRFHeader},
		"another value":             {http.MethodDelete, auth.ViaCookie, http.Header{auth.CSRFHeader: {"true"}}, auth.CSRFHeader},
		"another origin":            {http.MethodPost, auth.ViaCookie, with("Origin", "https://evil.example"), "Origin"},
		"a longer origin":           {http.MethodPost, auth.ViaCookie, with("Origin", site+".evil.example"), "Origin"},
		"another scheme":            {http.MethodPost, auth.ViaCookie, with("Origin", "http://rez.example"), "Origin"},
		"another port":              {http.MethodPost, auth.ViaCookie, with("Origin", site+":8443"), "Origin"},
		"the origin null":           {http.MethodPost, auth.ViaCookie, with("Origin", "null"), "Origin"},
		"an empty origin":           {http.MethodPost, auth.ViaCookie, with("Origin", ""), "Origin"},
		"two origins":               {http.MethodPost, auth.ViaCookie, with("Origin", site, "https://evil.example"), "Origin"},
		"another site":              {http.MethodPost, auth.ViaCookie, with("Sec-Fetch-Site", "cross-site"), "Sec-Fetch-Site"},
		"a sibling of the same one": {http.MethodPost, auth.ViaCookie, with("Sec-Fetch-Site", "same-site"), "Sec-Fetch-Site"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(test.method, "/api/messages", nil)
			r.Header = test.header.Clone()
			err := auth.CheckCSRF(r, auth.Caller{Via: test.via}, site)
			if test.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, auth.ErrCSRF)
			require.ErrorContains(t, err, test.says)
		})
	}
}

func TestTheSessionsCookiesAreGuardedAndForgottenAlike(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{auth.AccessCookie: "/", auth.RefreshCookie: "/api/auth", auth.LoginCookie: "/"} {
		cookie, err := auth.NewCookie(name, "value", 15*time.Minute)
		require.NoError(t, err)
		attributes := "; HttpOnly; Secure; SameSite=Lax"
		require.Equal(t, name+"=value; Path="+path+"; Max-Age=900"+attributes, cookie.String())
		require.Equal(t, name+"=; Path="+path+"; Max-Age=0"+attributes, auth.ExpiredCookie(name).String())
	}
}

func TestACookieThatNoBrowserKeepsIsAnError(t *testing.T) {
	t.Parallel()
	fits := strings.Repeat("a", 4096-len(auth.AccessCookie))
	_, err := auth.NewCookie(auth.AccessCookie, fits, time.Minute)
	require.NoError(t, err)
	_, err = auth.NewCookie(auth.AccessCookie, fits+"a", time.Minute)
	require.ErrorContains(t, err, "has 4097 bytes, a browser keeps at most 4096")
	require.NotContains(t, err.Error(), fits)
	_, err = auth.NewCookie(auth.AccessCookie, "a;b", time.Minute)
	require.ErrorContains(t, err, auth.AccessCookie)
}
