package signin

import (
	"net/url"
	"strings"
)

// home is where everyone goes whose wish is not followed.
const home = "/"

// maxRedirect leaves room in the login cookie for the rest, in bytes.
const maxRedirect = 2048

// ownPath is the wish where it is a path of this very site, with its query and fragment, else home. It is strict with
// the path, because browsers, proxies and frameworks read odd ones differently: one of them may see another host.
func ownPath(wish string) string {
	target, err := url.Parse(wish)
	if err != nil || !strings.HasPrefix(wish, "/") || len(wish) > maxRedirect || strings.ContainsFunc(wish, odd) {
		return home
	}
	if target.Scheme != "" || target.Host != "" || target.User != nil || target.Opaque != "" || !plainPath(target.Path) {
		return home
	}
	return wish
}

// odd is what an address holds only where someone plays: browsers drop control characters and turn \ into /. What lies
// beyond ASCII would have to be encoded.
func odd(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }

// plainPath says whether a decoded path is absolute and reads the same for everyone.
func plainPath(path string) bool {
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, `\%`) || strings.ContainsFunc(path, control) {
		return false
	}
	segments := strings.Split(path[1:], "/")
	for i, segment := range segments {
		last := i == len(segments)-1
		if segment == "." || segment == ".." || (segment == "" && !last) {
			return false
		}
	}
	return true
}

func control(r rune) bool { return r < ' ' || r == 0x7f }
