package gateway

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/rezagent/rez_agent/internal/contract"
)

// request is the event as net/http would have read it from the wire.
func request(ctx context.Context, event events.APIGatewayProxyRequest) (*http.Request, error) {
	body, err := bodyOf(event)
	if err != nil {
		return nil, err
	}
	header := Header(event.MultiValueHeaders, event.Headers)
	target := address(event.Path)
	target.RawQuery = query(event).Encode()
	host := header.Get("Host")
	if host == "" {
		host = event.RequestContext.DomainName
	}
	header.Del("Host") // net/http has it in a field of its own
	r := &http.Request{
		Method: event.HTTPMethod, URL: target, RequestURI: target.RequestURI(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Host: host, RemoteAddr: event.RequestContext.Identity.SourceIP,
		Body: http.NoBody, ContentLength: int64(len(body)),
	}
	if body != "" {
		r.Body = io.NopCloser(strings.NewReader(body))
	}
	return r.WithContext(ctx), nil
}

// Header is an event's headers under their canonical names: the gateway passes them on as they were sent, and some
// gateways in lower case. The event has them twice, and only one of the two knows several values of a name.
func Header(multi map[string][]string, single map[string]string) http.Header {
	header := make(http.Header, len(multi))
	for name, values := range multi {
		for _, value := range values {
			header.Add(name, value)
		}
	}
	if len(multi) > 0 {
		return header
	}
	for name, value := range single {
		header.Set(name, value)
	}
	return header
}

// address is the path under the gateway's stage, exactly as it came: encoded slashes stay encoded and dots stay. What is
// not encoded properly is taken for decoded already.
func address(path string) *url.URL {
	raw := "/" + contract.APIStage + path
	decoded, err := url.PathUnescape(raw)
	if err != nil {
		return &url.URL{Path: raw}
	}
	return &url.URL{Path: decoded, RawPath: raw}
}

// query is the event's query, which the gateway has decoded.
func query(event events.APIGatewayProxyRequest) url.Values {
	if len(event.MultiValueQueryStringParameters) > 0 {
		return url.Values(event.MultiValueQueryStringParameters)
	}
	values := make(url.Values, len(event.QueryStringParameters))
	for name, value := range event.QueryStringParameters {
		values.Set(name, value)
	}
	return values
}

func bodyOf(event events.APIGatewayProxyRequest) (string, error) {
	if !event.IsBase64Encoded {
		return event.Body, nil
	}
	body, err := base64.StdEncoding.DecodeString(event.Body)
	if err != nil {
		return "", fmt.Errorf("decode the body: %w", err)
	}
	return string(body), nil
}
