package answer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// Location is where a response redirects to, without the parts that hold secrets.
func Location(resp *http.Response, hide func(string) string) string {
	if resp.Header.Get("Location") == "" {
		return ""
	}
	target, err := resp.Location()
	if err != nil {
		return "an address that cannot be read"
	}
	return OneLine(target.Scheme + "://" + target.Host + hide(target.EscapedPath()))
}

// Fault says in words why no whole answer came from host. The error's own text passes through hide: it can repeat what
// the other side sent.
func Fault(err error, host string, timeout time.Duration, hide func(string) string) string {
	var (
		lookup   *net.DNSError
		timedOut net.Error
	)
	switch {
	case errors.Is(err, context.Canceled):
		return "stopped before " + host + " had answered"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timedOut) && timedOut.Timeout():
		return fmt.Sprintf("no whole answer from %s within %s (timeout)", host, timeout)
	case errors.Is(err, syscall.ECONNREFUSED):
		return host + " refused the connection; nothing listens there"
	case errors.As(err, &lookup):
		return "the host name " + lookup.Name + " cannot be looked up"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF):
		return host + " broke the connection off before a whole answer"
	case isTLS(err):
		return "no secure connection to " + host + ": " + hide(err.Error())
	}
	return "no answer from " + host + ": " + hide(err.Error())
}

func isTLS(err error) bool {
	var (
		record tls.RecordHeaderError
		alert  tls.AlertError
		chain  *tls.CertificateVerificationError
	)
	return errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &chain)
}
