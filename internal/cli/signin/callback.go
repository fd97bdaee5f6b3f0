package signin

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

const headerTimeout = 5 * time.Second

// callback is the address of this machine to which the browser comes back, for as long as somebody signs in.
type callback struct {
	state  string
	result chan result
	server *http.Server
}

type result struct {
	code string
	err  error
}

// listen serves the address. A browser may take localhost for either loopback address, so both are served where both are.
func listen(ctx context.Context, address, state string) (*callback, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("the callback's address: %w", err)
	}
	c := &callback{state: state, result: make(chan result, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+parsed.Path, c.arrive)
	c.server = &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout}
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", parsed.Port()))
	if err != nil {
		return nil, fmt.Errorf("port %s of this machine, to which the sign-in page comes back, is taken"+
			" (by another `rezagent login`?): %w", parsed.Port(), err)
	}
	go c.serve(listener)
	if listener6, err := listening.Listen(ctx, "tcp6", net.JoinHostPort("::1", parsed.Port())); err == nil {
		go c.serve(listener6)
	}
	return c, nil
}

// serve ends with close; another end would leave the person waiting, so it is told.
func (c *callback) serve(listener net.Listener) {
	if err := c.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		c.tell(result{err: fmt.Errorf("waiting for the sign-in page: %w", err)})
	}
}

func (c *callback) close() {
	ctx, cancel := context.WithTimeout(context.Background(), headerTimeout) // the page has to reach the browser first
	defer cancel()
	_ = c.server.Shutdown(ctx)
}

func (c *callback) code(ctx context.Context) (string, error) {
	select {
	case got := <-c.result:
		return got.code, got.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// arrive takes what the sign-in page sends. What comes without the state was not begun by this command: it is turned away,
// and the person waited for further.
func (c *callback) arrive(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(c.state)) != 1 {
		page(w, http.StatusBadRequest, "This sign-in was not begun here", "Go back to the terminal and run <code>rezagent login</code> again.")
		return
	}
	switch code := query.Get("code"); {
	case query.Get("error") != "":
		page(w, http.StatusOK, "You are not signed in", "The sign-in page said no. The terminal tells more; you can close this page.")
		c.tell(result{err: fmt.Errorf("the sign-in page said no: %s", said(query))})
	case code == "":
		page(w, http.StatusBadRequest, "You are not signed in", "The sign-in page sent no code.")
		c.tell(result{err: errors.New("the sign-in page sent no code")})
	default:
		page(w, http.StatusOK, "You are signed in", "Go on in the terminal; you can close this page.")
		c.tell(result{code: code})
	}
}

func said(query url.Values) string {
	if description := query.Get("error_description"); description != "" {
		return fmt.Sprintf("%.200q", description)
	}
	return fmt.Sprintf("%.100q", query.Get("error"))
}

// tell hands the first result over; a page that is loaded again changes nothing.
func (c *callback) tell(got result) {
	select {
	case c.result <- got:
	default:
	}
}

// page answers the browser. Its address holds the code, so nothing may be loaded, kept or told from it.
func page(w http.ResponseWriter, status int, title, text string) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><title>%s</title>`+
		`<style>body{font:1.1rem/1.5 system-ui;max-width:32rem;margin:20vh auto;padding:0 1rem}</style>`+
		`<h1>%s</h1><p>%s</p></html>`, title, title, text) // nobody is there to hear of an error
}
