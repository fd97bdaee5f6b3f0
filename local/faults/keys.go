package faults

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/rezagent/rez_agent/internal/auth/token"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/ports"
	"github.com/rezagent/rez_agent/local/proxy"
)

// keysService is the service under which the authorizer's one outside call, for the user pool's public keys, is broken
// and noted. It is no AWS call, and does not pass the stack's proxy.
const keysService = "keys"

// coldAuthorizer deploys the authorizer anew, so that its next call reads the keys, and through the world.
func (w *World) coldAuthorizer(ctx context.Context) error {
	if w.keys == "" {
		if err := w.serveKeys(ctx); err != nil {
			return err
		}
		if err := w.stack.SetVariable(ctx, contract.TaskAuthorizer, contract.EnvJWKSURL, token.JWKSURL(w.keys+"/"+w.stack.UserPoolID)); err != nil {
			return err
		}
	}
	return w.redeploy(ctx, contract.TaskAuthorizer)
}

// serveKeys starts a server before the user pool's. It ends with the program.
func (w *World) serveKeys(ctx context.Context) error {
	pool, err := url.Parse(w.stack.Endpoint)
	if err != nil {
		return fmt.Errorf("the user pool's address: %w", err)
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", net.JoinHostPort(ports.Loopback, "0"))
	if err != nil {
		return fmt.Errorf("listen for requests for the keys: %w", err)
	}
	hook := func(call proxy.Call, rw http.ResponseWriter, r *http.Request, next http.Handler) {
		call.Caller = w.stack.Functions[contract.TaskAuthorizer]
		w.Intercept(call, rw, r, next)
	}
	server := &http.Server{
		Handler: proxy.Before(keysService, hook, httputil.NewSingleHostReverseProxy(pool)), ReadHeaderTimeout: time.Minute,
	}
	go func() { _ = server.Serve(listener) }()
	w.keys = "http://" + listener.Addr().String()
	return nil
}
