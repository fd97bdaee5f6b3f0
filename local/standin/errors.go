package standin

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// apiError is ntfy's error body.
type apiError struct {
	Code    int    `json:"code"`
	HTTP    int    `json:"http"`
	Message string `json:"error"`
	Link    string `json:"link,omitempty"`
}

// The codes that the stand-in gives by itself.
const (
	codeEmailDisabled      = 40001
	codeDelayForm          = 40004
	codeDelayTooSmall      = 40005
	codeDelayTooLarge      = 40006
	codePriority           = 40007
	codeSince              = 40008
	codeTopicInvalid       = 40009
	codeTopicDisallowed    = 40010
	codeNotUTF8            = 40011
	codeAttachURL          = 40013
	codeAttachmentsOff     = 40014
	codeActions            = 40018
	codeIconURL            = 40021
	codeJSONInvalid        = 40024
	codeCallsDisabled      = 40032
	codeSequence           = 40049
	codeUnauthorized       = 40101
	codeForbidden          = 40301
	codeNotFound           = 40401
	codeBodyTooLarge       = 41303
	codeTooManyRequests    = 42901
	codeQuota              = 42908
	codeTooManyAuthFailure = 42909
	codeInternal           = 50001
	codeStorage            = 50701
)

const (
	docsPublish = "https://ntfy.sh/docs/publish/"
	docsConfig  = "https://ntfy.sh/docs/config/"
	// httpPerCode: ntfy's codes are the HTTP status and two digits.
	httpPerCode = 100
)

// errorOf gives ntfy's error of that code. A code that is not known here, but has the form of one, gets a text that says
// so: a fault may ask for any.
func errorOf(code int) *apiError {
	text, link := errorText(code)
	return &apiError{Code: code, HTTP: code / httpPerCode, Message: text, Link: link}
}

// with adds what is wrong in particular, in ntfy's way.
func (e *apiError) with(particular string) *apiError {
	e.Message += "; " + particular
	return e
}

// codeOfStatus is what ntfy itself answers with that status; 0 where it never does.
func codeOfStatus(status int) int {
	switch status {
	case http.StatusUnauthorized:
		return codeUnauthorized
	case http.StatusForbidden:
		return codeForbidden
	case http.StatusNotFound:
		return codeNotFound
	case http.StatusRequestEntityTooLarge:
		return codeBodyTooLarge
	case http.StatusTooManyRequests:
		return codeTooManyRequests
	case http.StatusInternalServerError:
		return codeInternal
	case http.StatusInsufficientStorage:
		return codeStorage
	}
	return 0
}

func writeError(w http.ResponseWriter, e *apiError) {
	writeJSON(w, e.HTTP, e)
}

// writeJSON escapes '<' and the like in its strings, as ntfy's answers do.
func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.WriteHeader(status)
	sendJSON(w, value)
}

func sendJSON(w http.ResponseWriter, value any) {
	if err := json.NewEncoder(w).Encode(value); err != nil {
		panic(http.ErrAbortHandler) // the client has gone, or must not take half of it for the whole
	}
}

// writePage answers as a web server does that knows nothing of ntfy.
func writePage(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = fmt.Fprint(w, page(status)) // the client has gone; there is no one to tell
}

func page(status int) string {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
		"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
}
