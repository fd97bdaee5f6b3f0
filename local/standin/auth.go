package standin

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// authorize says whether the request may use the topics, in ntfy's way: who shows nothing is anonymous and forbidden,
// who shows something wrong is unauthorized, and who does so too often gets a 429. The caller holds the lock.
func (s *Server) authorize(r *http.Request) *apiError {
	if s.token == "" {
		return nil
	}
	shown, ok := credentials(r)
	if !ok {
		return errorOf(codeForbidden)
	}
	if s.failures.level(s.clock()) <= 1 {
		return errorOf(codeTooManyAuthFailure)
	}
	if shown != s.token {
		s.failures.take(s.clock())
		return errorOf(codeUnauthorized)
	}
	return nil
}

// credentials reads the token from the header, Bearer or Basic without a user name, or from the query parameter that
// holds such a header in base64; false where none is shown.
func credentials(r *http.Request) (string, bool) {
	if encoded := r.URL.Query().Get("auth"); encoded != "" {
		header, err := base64.RawURLEncoding.DecodeString(encoded)
		if err != nil {
			return "", true
		}
		r.Header.Set("Authorization", string(header))
	}
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return strings.TrimSpace(token), true
	}
	_, password, ok := r.BasicAuth()
	return password, ok
}
