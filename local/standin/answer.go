package standin

import (
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

const signInPage = `<!doctype html><html><head><title>Sign in</title></head><body><form>Please sign in</form></body></html>`

// answer is what goes back over the wire, and what was delivered on the way.
type answer struct {
	status  int
	code    int // ntfy's
	body    any // written as JSON, where text is not set
	text    *string
	headers map[string]string
	message *Message // that was delivered
	fault   *Fault
}

func (a *answer) kind() Kind {
	if a.fault == nil {
		return ""
	}
	return a.fault.Kind
}

// broken says that there is no HTTP answer at all.
func (a *answer) broken() bool {
	return slices.Contains([]Kind{Reset, ResetAfter, Garbage}, a.kind())
}

func (a *answer) loggedStatus() int {
	if a.broken() {
		return 0
	}
	return a.status
}

// answer is what the fault says. Its message is set by who delivers it.
func (f *Fault) answer() answer {
	a := answer{status: http.StatusOK, fault: f, headers: maps.Clone(f.Headers)}
	switch f.Kind {
	case Status:
		f.statusAnswer(&a)
	case Quota, RateLimit, Unauthorized, Delivered500:
		a.refuse(f.Kind.code())
	case Empty200:
		a.say("text/plain", "")
	case HTML200:
		a.say("text/html", signInPage)
	case JSONWithoutID:
		a.body = map[string]bool{"ok": true}
	case Redirect:
		a.status = f.Status
		a.say("text/html", page(f.Status))
		a.headers["Location"] = f.Location
	case Latency, Reset, ResetAfter, Garbage:
		// Latency answers with the message, the others with nothing.
	}
	return a
}

// code is ntfy's error for the kinds that are one.
func (k Kind) code() int {
	return map[Kind]int{
		Quota: codeQuota, RateLimit: codeTooManyRequests, Unauthorized: codeUnauthorized, Delivered500: codeInternal,
	}[k]
}

func (f *Fault) statusAnswer(a *answer) {
	code := f.Code
	if code == 0 && !f.HTML {
		code = codeOfStatus(f.Status)
	}
	a.status = f.Status
	switch {
	case f.BodyBytes > 0:
		a.say("text/html", filler(f.BodyBytes))
	case f.Body != "":
		a.say(contentType(f.Body), f.Body)
	case code != 0:
		a.refuse(code)
		a.status = f.Status
	default:
		a.say("text/html", page(f.Status))
	}
}

func (a *answer) refuse(code int) {
	refusal := errorOf(code)
	a.status, a.code, a.body = refusal.HTTP, code, refusal
}

// say sets a body that is not ntfy's JSON. The fault's own headers win.
func (a *answer) say(kind, text string) {
	a.text = &text
	if a.headers == nil {
		a.headers = map[string]string{}
	}
	if a.headers["Content-Type"] == "" {
		a.headers["Content-Type"] = kind
	}
}

func contentType(body string) string {
	switch {
	case json.Valid([]byte(body)), strings.HasPrefix(body, "{"):
		return "application/json"
	case strings.HasPrefix(strings.TrimSpace(body), "<"):
		return "text/html"
	}
	return "text/plain"
}

// filler is a page of exactly size bytes, as a broken application server's stack trace would be.
func filler(size int) string {
	const head, line = "<html><body><h1>500 Internal Server Error</h1><pre>\n", "at com.example.Handler.run(Handler.java:42)\n"
	return (head + strings.Repeat(line, size/len(line)+1))[:size]
}

// write sends the answer; closed ends a wait early.
func (a *answer) write(w http.ResponseWriter, r *http.Request, closed <-chan struct{}) {
	switch {
	case a.kind() == Garbage:
		breakConnection(w, "\x15\x03\x01\x00\x02\x02\x50 this is not HTTP\r\n\r\n")
	case a.broken():
		breakConnection(w, "")
	case a.kind() == Latency:
		a.writeLate(w, r, closed)
	default:
		a.writeNow(w)
	}
}

func (a *answer) writeNow(w http.ResponseWriter) {
	for name, value := range a.headers {
		w.Header().Set(name, value)
	}
	if a.text != nil {
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, *a.text) // the client has gone; there is no one to tell
		return
	}
	writeJSON(w, a.status, a.body)
}

// writeLate holds the answer back, whole or from its body on.
func (a *answer) writeLate(w http.ResponseWriter, r *http.Request, closed <-chan struct{}) {
	a.body = a.message
	if a.fault.SlowBody {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(a.status)
		_ = http.NewResponseController(w).Flush() // without it the headers only come later
	}
	wait := time.NewTimer(a.fault.Delay)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-r.Context().Done():
	case <-closed:
	}
	if a.fault.SlowBody {
		sendJSON(w, a.body)
		return
	}
	a.writeNow(w)
}

// breakConnection writes raw bytes, or none, and then resets the connection, as a crashed process does.
func breakConnection(w http.ResponseWriter, raw string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's own way to break off what cannot be taken over, as in HTTP/2
	}
	defer func() { _ = conn.Close() }() // it is to be broken
	if raw != "" {
		_, _ = io.WriteString(conn, raw) // whether it arrives does not matter
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // so that closing sends RST and not FIN
	}
}
