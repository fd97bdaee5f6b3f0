package coldstart

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// The runtime API's paths, as AWS documents them for custom runtimes.
const (
	apiNext   = "GET /2018-06-01/runtime/invocation/next"
	apiAnswer = "POST /2018-06-01/runtime/invocation/{id}/response"
	apiError  = "POST /2018-06-01/runtime/invocation/{id}/error"
	apiInit   = "POST /2018-06-01/runtime/init/error"

	functionARN = "arn:aws:lambda:" + region + ":" + account + ":function:coldstart"
	requestID   = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
	// timeLeft is what the event says the Lambda has: no Lambda's first event takes it.
	timeLeft = 5 * time.Minute
)

// runtimeAPI hands one event to one process and notes when it was asked for, when it was answered, and when the process
// asked for the next, which it never gets.
type runtimeAPI struct {
	// address is what AWS_LAMBDA_RUNTIME_API holds.
	address string
	event   []byte

	server *http.Server
	// waiting is closed once the process has asked for a second event.
	waiting chan struct{}

	mu              sync.Mutex
	ready, answered time.Time
	answer          []byte
	failure         error
}

// serve starts a runtime API of its own for one process.
func serve(ctx context.Context, event []byte) (*runtimeAPI, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for a Lambda: %w", err)
	}
	a := &runtimeAPI{address: listener.Addr().String(), event: event, waiting: make(chan struct{})}
	routes := http.NewServeMux()
	routes.HandleFunc(apiNext, a.next)
	routes.HandleFunc(apiAnswer, func(w http.ResponseWriter, r *http.Request) { a.end(w, r, nil) })
	failed := func(w http.ResponseWriter, r *http.Request) { a.end(w, r, errors.New("the Lambda reported an error")) }
	routes.HandleFunc(apiError, failed)
	routes.HandleFunc(apiInit, failed)
	a.server = &http.Server{Handler: routes, ReadHeaderTimeout: time.Minute}
	go func() { _ = a.server.Serve(listener) }() // ends by close
	return a, nil
}

func (a *runtimeAPI) close() { _ = a.server.Close() } // nothing is left to be said to the process

// next gives the event to whoever asks first; a second time it waits until the process is killed.
func (a *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	a.mu.Lock()
	first := a.ready.IsZero()
	if first {
		a.ready = now
	}
	a.mu.Unlock()
	if !first {
		close(a.waiting)
		<-r.Context().Done()
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Lambda-Runtime-Aws-Request-Id", requestID)
	w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(now.Add(timeLeft).UnixMilli()))
	w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", functionARN)
	w.Header().Set("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0")
	_, _ = w.Write(a.event) // a process that went away is seen by its answer that never comes
}

// end notes the answer, which is there once its last byte is.
func (a *runtimeAPI) end(w http.ResponseWriter, r *http.Request, failure error) {
	body, err := io.ReadAll(r.Body)
	now := time.Now()
	a.mu.Lock()
	a.answered, a.answer, a.failure = now, body, errors.Join(failure, err)
	a.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}
