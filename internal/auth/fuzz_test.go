package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/auth"
)

// Whatever a request brings as its credential: a bearer token comes from the header and wins, a cookie's is one that a
// cookie can hold, and what we set is what comes back.
func FuzzCredential(f *testing.F) {
	f.Add("Bearer abc", auth.AccessCookie+"=def")
	f.Add("", auth.AccessCookie+"=def; "+auth.AccessCookie+"=ghi")
	f.Add("bearer  a b ", "x=y")
	f.Add("Basic YTpi", `__Host-rez_access="q"; a`)
	f.Add("BEARER", "; =;;"+auth.AccessCookie)
	f.Add("\tBearer\tx", auth.AccessCookie+"=\x00")
	f.Fuzz(func(t *testing.T, authorization, cookies string) {
		token, via := auth.Credential(http.Header{"Authorization": {authorization}, "Cookie": {cookies}})
		require.Equal(t, strings.TrimSpace(token), token)
		if via == auth.ViaBearer {
			require.Contains(t, authorization, token)
			require.True(t, strings.HasPrefix(strings.ToLower(strings.TrimSpace(authorization)), "bearer"))
			return
		}
		require.Equal(t, auth.ViaCookie, via)
		require.Contains(t, cookies, token)
		if token == "" {
			return
		}
		cookie, err := auth.NewCookie(auth.AccessCookie, token, time.Minute)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		again, _ := auth.Credential(http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}})
		require.Equal(t, token, again)
	})
}
