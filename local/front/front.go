// Package front is the one address under which a browser and programs see rez_agent on this machine. API Gateway's own
// address on the emulator is long, and new with each deployment; this one is known before there is an API.
package front

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/ports"
)

// apiPath begins every path of the API.
const apiPath = "/" + contract.APIStage

// Front is a running front.
type Front struct {
	// URL is its origin, without a slash at the end.
	URL string

	server *http.Server
	pages  http.Handler
	api    atomic.Pointer[httputil.ReverseProxy]
}

// Start listens on a loopback port and serves the built dashboard in a folder. Until Serve is called every path of the
// API answers 503.
func Start(ctx context.Context, port int, dashboard string) (*Front, error) {
	address := net.JoinHostPort(ports.Loopback, strconv.Itoa(port))
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the API: %w", err)
	}
	f := &Front{URL: "http://" + address, pages: pages{dashboard}}
	f.server = &http.Server{Handler: f, ReadHeaderTimeout: time.Minute}
	go func() { _ = f.server.Serve(listener) }()
	return f, nil
}

// Serve sends the API's requests to gateway from now on: the address of the API on the emulator, without its stage.
func (f *Front) Serve(gateway string) error {
	to, err := url.Parse(gateway)
	if err != nil {
		return fmt.Errorf("the API's address: %w", err)
	}
	f.api.Store(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			// The path goes on as it came, also one with encoded slashes or dots: the API is to see it, as on AWS.
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = to.Scheme, to.Host, to.Host
			r.Out.URL.Path, r.Out.URL.RawPath = to.Path+r.In.URL.Path, to.EscapedPath()+r.In.URL.EscapedPath()
			r.Out.URL.RawQuery = r.In.URL.RawQuery
			r.SetXForwarded() // the gateway tells the caller's address by it, whatever the caller claims
		},
		Transport: &http.Transport{MaxIdleConnsPerHost: idleConnections, DisableCompression: true},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "the emulator does not answer: "+err.Error(), http.StatusBadGateway)
		},
	})
	return nil
}

// idleConnections keeps enough connections open for a load test.
const idleConnections = 256

// ServeHTTP knows the API; all else is the dashboard's.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if path := r.URL.EscapedPath(); path != apiPath && !strings.HasPrefix(path, apiPath+"/") {
		f.pages.ServeHTTP(w, r)
		return
	}
	api := f.api.Load()
	if api == nil {
		http.Error(w, "the API is not deployed yet", http.StatusServiceUnavailable)
		return
	}
	api.ServeHTTP(w, r)
}

// Stop ends it.
func (f *Front) Stop() error {
	if err := f.server.Close(); err != nil {
		return fmt.Errorf("stop the front: %w", err)
	}
	return nil
}
