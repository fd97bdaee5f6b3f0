// Package sdkhttp is how our AWS clients send their requests: as the SDK does, without losing answers that came.
package sdkhttp

import (
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// KeepAnswers sends through a client (nil: the SDK's own) and hides from it that the SDK's request bodies can write
// themselves.
//
// The SDK closes a request's body as soon as the answer's headers are there. Go's transport may not have looked yet for
// the end of that body, as when the machine is busy or the process has a small share of a core. A closed body that
// writes itself says io.EOF then, which the transport takes for a failed request: it closes the connection while the
// answer is being read, and the SDK repeats a call that took effect (aws-sdk-go-v2 issues 1825 and 2737). Where a body
// is only read, io.EOF is its end.
func KeepAnswers(through aws.HTTPClient) aws.HTTPClient {
	if through == nil {
		through = awshttp.NewBuildableClient()
	}
	return keeper{through}
}

type keeper struct{ through aws.HTTPClient }

// Do sends a request, which becomes the transport's: the SDK builds one for each attempt.
func (k keeper) Do(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		request.Body = onlyRead{request.Body}
	}
	return k.through.Do(request)
}

// onlyRead is a body without its WriteTo.
type onlyRead struct{ io.ReadCloser }
