package sdkhttp_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/sdkhttp"
)

// race is one call whose writer is held until the SDK has the answer's headers and has closed the request's body, as
// happens by itself where the processor is scarce.
type race struct {
	headers chan struct{} // closed once the SDK is through with the request's body
	written chan error    // what became of writing the request
}

func TestAnAnswerIsKeptThoughTheRequestsWriterIsLate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		wrap  func(aws.HTTPClient) aws.HTTPClient
		calls int32
	}{
		"kept": {sdkhttp.KeepAnswers, 1},
		// The day this fails, the SDK has mended it and the package can go.
		"as the SDK is": {func(c aws.HTTPClient) aws.HTTPClient { return c }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &race{headers: make(chan struct{}), written: make(chan error, 2)}
			calls, err := r.run(t, test.wrap)
			require.NoError(t, err)
			require.Equal(t, test.calls, calls)
		})
	}
}

// run makes one call and says how many requests the service had.
func (r *race) run(t *testing.T, wrap func(aws.HTTPClient) aws.HTTPClient) (int32, error) {
	t.Helper()
	var calls atomic.Int32
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		const answer = `{"TableNames":[]}`
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_ = http.NewResponseController(w).Flush()
		if calls.Add(1) == 1 {
			if err := <-r.written; err != nil { // nothing of the body is on its way before the transport has decided
				<-q.Context().Done()
			}
		}
		_, _ = io.WriteString(w, answer)
	}))
	defer service.Close()
	client := dynamodb.New(dynamodb.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(service.URL),
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "example", ""),
		HTTPClient:  wrap(&http.Client{Transport: &http.Transport{DialContext: r.dial}}),
		APIOptions:  []func(*middleware.Stack) error{r.afterHeaders},
	})
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		WroteRequest: func(wrote httptrace.WroteRequestInfo) { r.written <- wrote.Err },
	})
	_, err := client.ListTables(ctx, &dynamodb.ListTablesInput{})
	return calls.Load(), err
}

// afterHeaders lets the writer go on once the SDK's handler has returned: it closes the request's body last.
func (r *race) afterHeaders(stack *middleware.Stack) error {
	first := true
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("AfterHeaders", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if first {
			first = false
			close(r.headers)
		}
		return out, metadata, err
	}), middleware.After)
}

func (r *race) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	return &lateWriter{Conn: conn, race: r}, err
}

// lateWriter returns from the write that completes the request only when the SDK has the answer's headers.
type lateWriter struct {
	net.Conn

	race   *race
	writes int
}

func (l *lateWriter) Write(part []byte) (int, error) {
	n, err := l.Conn.Write(part)
	if l.writes++; l.writes == 2 { // the headers were the first
		<-l.race.headers
	}
	return n, err
}
