package gateway

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// recorder is the http.ResponseWriter whose answer becomes the Lambda's.
type recorder struct {
	header http.Header
	// sent are the headers at the moment of WriteHeader: later changes do not count, as with a connection.
	sent   http.Header
	status int
	body   bytes.Buffer
}

func newRecorder() *recorder { return &recorder{header: http.Header{}} }

// Header is the answer's headers.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader fixes status and headers; only the first call counts, and informational ones do not.
func (w *recorder) WriteHeader(status int) {
	if w.status != 0 || status < http.StatusOK {
		return
	}
	w.status, w.sent = status, w.header.Clone()
}

// Write adds to the body.
func (w *recorder) Write(part []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(part)
}

// response is what was written. All headers go the multi-value way, so that several Set-Cookie stay several. A body
// that is not text has to be encoded, or Lambda's JSON would break it.
func (w *recorder) response(method string) events.APIGatewayProxyResponse {
	w.WriteHeader(http.StatusOK)
	body := w.body.Bytes()
	if len(body) > 0 && w.sent.Get("Content-Type") == "" {
		w.sent.Set("Content-Type", http.DetectContentType(body))
	}
	answer := events.APIGatewayProxyResponse{StatusCode: w.status, MultiValueHeaders: w.sent}
	switch {
	case method == http.MethodHead:
	case utf8.Valid(body):
		answer.Body = string(body)
	default:
		answer.Body, answer.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return answer
}
