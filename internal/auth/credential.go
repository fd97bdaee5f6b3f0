package auth

import (
	"net/http"
	"strings"
)

// Credential is the access token that a request brings, and how it brings it: the Authorization header where it has the
// scheme Bearer, else the session's cookie. The token is not checked; it is empty where there is none.
func Credential(header http.Header) (token, via string) {
	scheme, bearer, _ := strings.Cut(strings.TrimSpace(header.Get("Authorization")), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(bearer), ViaBearer
	}
	cookie, err := (&http.Request{Header: header}).Cookie(AccessCookie)
	if err != nil {
		return "", ViaCookie
	}
	return cookie.Value, ViaCookie
}
