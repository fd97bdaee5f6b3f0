package signin

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyAPathOfThisSiteIsFollowed(t *testing.T) {
	t.Parallel()
	for _, own := range []string{
		"/", "/messages", "/messages/", "/messages?next=//x#a", "/messages?q=%2F%2Fx&r=a\u007ab", "/m%C3%BCller?x=1",
		"/messages?to=https://evil.example#//y", "/" + strings.Repeat("a", 2000),
	} {
		require.Equal(t, own, ownPath(own))
	}
	for _, wish := range []string{
		"", "messages", "?x", "#x", "//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, `/\/evil.example`,
		"/%09//evil.example", "/%5Cevil.example", "/%5cevil.example", "/%2F%2Fevil.example", "/%2Fevil.example",
		"/..//evil.example", "/.//evil.example", "/%2e%2e//evil.example", "/a/../b", "/a/%2E%2E", "/./a",
		"https:evil.example", "https://evil.example", "https:///evil.example", "javascript:alert(1)", "data:text/html,x",
		"//user@evil.example/", "/\t/evil.example", "/\n/evil.example", "/\r\nSet-Cookie: a=b", " /messages", "/messages ",
		"/%0d%0aSet-Cookie:a", "/%00", "/%", "/%zz", "/a//b", "/%252F%252Fevil.example", "/ü",
		"/" + strings.Repeat("a", 5000), "/?" + strings.Repeat("a", 5000),
	} {
		require.Equal(t, "/", ownPath(wish), "%q", wish)
	}
}

func TestWhatIsSealedIsReadWithTheSameKeyOnly(t *testing.T) {
	t.Parallel()
	key, other := []byte(strings.Repeat("k", 32)), []byte(strings.Repeat("o", 32))
	begun := attempt{State: "s", Nonce: "n", Verifier: "v", Redirect: "/" + strings.Repeat("a", maxRedirect-1), Ends: 1}
	sealed, err := seal(key, begun)
	require.NoError(t, err)
	require.Less(t, len(sealed), 4000, "the longest redirect fits into a cookie")
	read, err := unseal(key, sealed)
	require.NoError(t, err)
	require.Equal(t, begun, read)
	_, err = unseal(other, sealed)
	require.ErrorIs(t, err, errSeal)
	for i := range len(sealed) {
		changed := []byte(sealed)
		changed[i] = map[bool]byte{true: 'B', false: 'A'}[changed[i] == 'A']
		_, err = unseal(key, string(changed))
		require.ErrorIs(t, err, errSeal, "character %d", i)
	}
}

// The last character of a base64 text can have bits that mean nothing: cookies that differ in them alone are two texts of
// one sign-in, and only one of them was given.
func TestOnlyTheVeryTextThatWasSealedIsRead(t *testing.T) {
	t.Parallel()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	key := []byte(strings.Repeat("k", 32))
	for _, redirect := range []string{"/", "/a", "/ab"} { // one of the three leaves no such bits
		sealed, err := seal(key, attempt{Redirect: redirect})
		require.NoError(t, err)
		for _, last := range alphabet {
			changed := sealed[:len(sealed)-1] + string(last)
			_, err := unseal(key, changed)
			require.Equal(t, changed == sealed, err == nil, changed)
		}
	}
}
