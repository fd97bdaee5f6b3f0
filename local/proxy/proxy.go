// Package proxy stands between the Lambdas and the emulator. Every AWS call of every Lambda passes through it, so it can
// count them (calls, DynamoDB units, bytes) without any code in the Lambdas, and an Interceptor can make a call fail.
package proxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"time"

	"github.com/rezagent/rez_agent/local/ports"
)

// Interceptor sees a call before it goes on. It may answer itself, or forward and then spoil what came back; next sends
// the call on to AWS.
type Interceptor func(call Call, w http.ResponseWriter, r *http.Request, next http.Handler)

// Proxy is a running proxy.
type Proxy struct {
	// URL is where Lambdas find AWS.
	URL string

	counters  counters
	server    *http.Server
	transport *http.Transport
	forward   *httputil.ReverseProxy
	intercept interceptors
}

// maxBody bounds a call's body; AWS itself takes no more than 1 MiB from us (a batch of queue items).
const maxBody = 2 << 20

// Start starts a proxy on a loopback port, before the AWS at target.
func Start(ctx context.Context, port int, target string) (*Proxy, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("the emulator's address: %w", err)
	}
	address := net.JoinHostPort(ports.Loopback, strconv.Itoa(port))
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the Lambdas' AWS calls: %w", err)
	}
	p := &Proxy{
		URL: "http://" + address, counters: counters{counts: newCounts()},
		transport: &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: time.Minute, DisableCompression: true},
	}
	p.forward = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host // the signature covers it
		},
		Transport:      p.transport,
		ModifyResponse: p.readAnswer,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "the emulator does not answer: "+err.Error(), http.StatusBadGateway)
		},
	}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	go func() { _ = p.server.Serve(listener) }()
	return p, nil
}

type callKey struct{}

// ServeHTTP counts a call and sends it on.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the call's body could not be read: "+err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	call := identify(r, body)
	p.counters.called(call)
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, call))
	if hook := p.intercept.get(); hook != nil {
		hook(call, w, r, p.forward)
		return
	}
	p.forward.ServeHTTP(w, r)
}

// readAnswer counts what a call brought back.
func (p *Proxy) readAnswer(answer *http.Response) error {
	call, known := answer.Request.Context().Value(callKey{}).(Call)
	if !known {
		return nil
	}
	body, err := io.ReadAll(answer.Body)
	err = errors.Join(err, answer.Body.Close())
	answer.Body = io.NopCloser(bytes.NewReader(body))
	p.counters.answered(call, answer.StatusCode, body)
	return err
}

// Intercept lets hook see every call from now on; nil ends that.
func (p *Proxy) Intercept(hook Interceptor) { p.intercept.set(hook) }

// Counts are all calls so far.
func (p *Proxy) Counts() Counts { return p.counters.snapshot() }

// Stop ends the proxy.
func (p *Proxy) Stop() error {
	p.transport.CloseIdleConnections()
	if err := p.server.Close(); err != nil {
		return fmt.Errorf("stop the proxy: %w", err)
	}
	return nil
}
