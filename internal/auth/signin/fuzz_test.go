package signin

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever somebody wishes for: it is followed as it is or not at all, and no reading of it leads to another host.
func FuzzOwnPath(f *testing.F) {
	for _, wish := range []string{
		"", "/", "/messages?next=//x#a", "//evil.example", `/\evil.example`, "/%09//evil.example", "/%5Cevil.example", "/%2F%2Fevil.example",
		"/..//evil.example", "https:evil.example", "/\t/evil.example", "/%252F", "/ü", "/a/../b", "/?" + strings.Repeat("a", 3000),
	} {
		f.Add(wish)
	}
	site := &url.URL{Scheme: "https", Host: "own.example", Path: "/"}
	f.Fuzz(func(t *testing.T, wish string) {
		got := ownPath(wish)
		require.True(t, got == wish || got == home)
		require.Equal(t, got, ownPath(got), "checked when it is stored and when it is used")
		require.Negative(t, strings.IndexFunc(got, odd))
		// A browser takes \ for /; a framework decodes the path once more.
		decoded, err := url.PathUnescape(got)
		if err != nil {
			decoded = got // a lone % in query or fragment
		}
		path, _, _ := strings.Cut(decoded, "?")
		for _, reading := range []string{got, strings.ReplaceAll(got, `\`, "/"), path} {
			require.True(t, strings.HasPrefix(reading, "/") && !strings.HasPrefix(reading, "//"), "%q", reading)
		}
		target, err := site.Parse(got)
		require.NoError(t, err)
		require.Equal(t, site.Host, target.Host)
	})
}

// Whatever comes as a login cookie: only what was sealed is read, and nothing breaks.
func FuzzUnseal(f *testing.F) {
	key := []byte(strings.Repeat("k", 32))
	begun := attempt{State: "s", Nonce: "n", Verifier: "v", Redirect: "/messages", Ends: 1}
	// Sealed once and for all: each of the fuzzer's processes would seal it anew, with another nonce.
	const sealed = "NynpgpuPAXJSSUSjRG11RSfbmh6i63mxE-wORk7w_0D7YehGj8bmKdeg-SE812UpMu80ZwGDJJSI9xgCElVqtL4kxE1dbYUzrsE3" +
		"cyKZlsPuP-bASAxckImcdhjxVtvMuU7Q3w"
	for _, cookie := range []string{"", "=", "AAAA", "....", strings.Repeat("A", 4096), sealed, sealed[1:], sealed + "A", sealed + sealed} {
		f.Add(cookie)
	}
	f.Fuzz(func(t *testing.T, cookie string) {
		read, err := unseal(key, cookie)
		if strings.NewReplacer("\r", "", "\n", "").Replace(cookie) == sealed { // base64 passes over line breaks
			require.NoError(t, err)
			require.Equal(t, begun, read)
			return
		}
		require.ErrorIs(t, err, errSeal)
		require.Zero(t, read)
	})
}
