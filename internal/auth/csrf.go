package auth

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// CSRFHeader is the header, with the value 1, that a change with a cookie must carry: another site can neither set it by
// a form nor by a script without asking first.
const CSRFHeader = "X-Rez-Csrf"

// ErrCSRF is a change that came with a cookie but without the proof that the page was ours.
var ErrCSRF = errors.New("the request does not prove that it comes from this site")

// CheckCSRF refuses, with ErrCSRF, a change that is proven by cookie and may come from another site. Reads pass, and so
// does a bearer token, which no browser sends by itself. The public URL is an origin: scheme and host.
func CheckCSRF(r *http.Request, caller Caller, publicURL string) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	if caller.Via == ViaBearer {
		return nil
	}
	return CSRFProof(r, publicURL)
}

// CSRFProof is CheckCSRF for routes that know no caller: it always wants the proof. Old browsers send neither Origin nor
// Sec-Fetch-Site; where they are sent they must agree.
func CSRFProof(r *http.Request, publicURL string) error {
	if r.Header.Get(CSRFHeader) != "1" {
		return fmt.Errorf("%w: header %s is missing, allowed is 1", ErrCSRF, CSRFHeader)
	}
	for _, origin := range r.Header.Values("Origin") {
		if !strings.EqualFold(origin, publicURL) {
			return fmt.Errorf("%w: header Origin names another site, allowed is %s", ErrCSRF, publicURL)
		}
	}
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "same-origin" && site != "none" {
			return fmt.Errorf("%w: header Sec-Fetch-Site names another site, allowed are same-origin and none", ErrCSRF)
		}
	}
	return nil
}
