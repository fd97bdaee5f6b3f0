package proxy

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// Before puts an Interceptor before any server, so that calls which are no AWS calls can be broken and noted alike: the
// service is then the given one, the operation the method.
func Before(service string, hook Interceptor, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, fmt.Sprintf("the body could not be read: %v", err), http.StatusRequestEntityTooLarge)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		hook(Call{Service: service, Operation: r.Method, Bytes: len(body), Body: body}, w, r, next)
	})
}

// Chain is one Interceptor after the other, the first outermost.
func Chain(hooks ...Interceptor) Interceptor {
	return func(call Call, w http.ResponseWriter, r *http.Request, next http.Handler) {
		for _, hook := range slices.Backward(hooks) {
			inner := next
			next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hook(call, w, r, inner) })
		}
		next.ServeHTTP(w, r)
	}
}
