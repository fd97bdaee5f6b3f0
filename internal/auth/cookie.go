package auth

import (
	"fmt"
	"net/http"
	"time"

	"github.com/rezagent/rez_agent/internal/contract"
)

// The session's cookies, one token each. The prefixes make browsers refuse them from anywhere but this very host. They
// are Secure on the local stack too: browsers count http://127.0.0.1 as trustworthy.
const (
	// AccessCookie holds the access token.
	AccessCookie = "__Host-rez_access"
	// RefreshCookie holds the refresh token. Only the sign-in routes get it, hence no __Host-, which wants the path /.
	RefreshCookie = "__Secure-rez_refresh"
	// LoginCookie holds the sealed state of a sign-in that has begun.
	LoginCookie = "__Host-rez_login"
)

// refreshPath is where the refresh token is sent.
const refreshPath = "/" + contract.APIStage + "/auth"

// maxCookie is what browsers keep: name and value together, in bytes.
const maxCookie = 4096

// NewCookie makes one of the session's cookies, which lives for the given time. A value that browsers would drop
// without a word is an error.
func NewCookie(name, value string, age time.Duration) (*http.Cookie, error) {
	if size := len(name) + len(value); size > maxCookie {
		return nil, fmt.Errorf("cookie %s has %d bytes, a browser keeps at most %d", name, size, maxCookie)
	}
	cookie := sessionCookie(name) //nolint:gosec // it has all three
	cookie.Value, cookie.MaxAge = value, max(int(age/time.Second), 1)
	if err := cookie.Valid(); err != nil {
		return nil, fmt.Errorf("cookie %s: %w", name, err)
	}
	return cookie, nil
}

// ExpiredCookie makes a browser forget one of the session's cookies. Its attributes are those it was set with, since
// otherwise the browser would keep the old one.
func ExpiredCookie(name string) *http.Cookie {
	cookie := sessionCookie(name) //nolint:gosec // it has all three
	cookie.MaxAge = -1
	return cookie
}

// sessionCookie has the attributes in one place. Lax and not Strict: the sign-in page's way back is a navigation from
// another site, and it must bring the login cookie.
func sessionCookie(name string) *http.Cookie {
	path := "/"
	if name == RefreshCookie {
		path = refreshPath
	}
	return &http.Cookie{Name: name, Path: path, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}
