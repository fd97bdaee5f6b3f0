package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/proxy"
)

// started is when the run began.
var started = time.Now()

// tap notes what a scenario wants to know of the Lambdas' AWS calls, and lets it spoil some.
type tap struct {
	mu         sync.Mutex
	hook       proxy.Interceptor
	executions []*execution
	delays     []int
	denied     []string
}

// execution is one that the processor started.
type execution struct {
	name       string
	begin, end time.Time // end is zero while it runs
	status     string
	errorName  string
	outcome    contract.Outcome
}

func (e *execution) String() string {
	return fmt.Sprintf("%s %s %s %s", e.name, e.status, e.errorName, e.outcome)
}

func (w *tap) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hook, w.executions, w.delays, w.denied = nil, nil, nil, nil
}

// spoil lets hook see every call from now on.
func (w *tap) spoil(hook proxy.Interceptor) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hook = hook
}

func (w *tap) intercept(call proxy.Call, rw http.ResponseWriter, r *http.Request, next http.Handler) {
	noted := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.pass(call, rw, r, next) })
	w.mu.Lock()
	hook := w.hook
	w.mu.Unlock()
	if hook != nil {
		hook(call, rw, r, noted)
		return
	}
	noted.ServeHTTP(rw, r)
}

// pass sends a call on and notes it and its answer.
func (w *tap) pass(call proxy.Call, rw http.ResponseWriter, r *http.Request, next http.Handler) {
	ran := w.before(call)
	answer := &copied{ResponseWriter: rw, status: http.StatusOK}
	defer func() { w.after(call, ran, answer) }() // also where the caller has gone
	next.ServeHTTP(answer, r)
}

func (w *tap) before(call proxy.Call) *execution {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch call.Operation {
	case "SendMessage":
		var body struct{ DelaySeconds int }
		if json.Unmarshal(call.Body, &body) == nil {
			w.delays = append(w.delays, body.DelaySeconds)
		}
	case "StartSyncExecution":
		var body struct {
			Name string `json:"name"`
		}
		if json.Unmarshal(call.Body, &body) == nil {
			ran := &execution{name: body.Name, begin: time.Now()}
			w.executions = append(w.executions, ran)
			return ran
		}
	}
	return nil
}

func (w *tap) after(call proxy.Call, ran *execution, answer *copied) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if answer.status == http.StatusForbidden || bytes.Contains(answer.body.Bytes(), []byte("AccessDenied")) {
		w.denied = append(w.denied, fmt.Sprintf("%s: %s %s", call.Caller, call.Service, call.Operation))
	}
	if ran == nil {
		return
	}
	ran.end = time.Now()
	var said struct {
		Status string `json:"status"`
		Error  string `json:"error"`
		Output string `json:"output"`
	}
	var output struct {
		Outcome contract.Outcome `json:"outcome"`
	}
	_ = json.Unmarshal(answer.body.Bytes(), &said)   // an answer that was lost says nothing
	_ = json.Unmarshal([]byte(said.Output), &output) // a failed execution has no output
	ran.status, ran.errorName, ran.outcome = said.Status, said.Error, output.Outcome
}

// copied is an answer on its way, and what was in it.
type copied struct {
	http.ResponseWriter

	status int
	body   bytes.Buffer
}

func (c *copied) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *copied) Write(part []byte) (int, error) {
	c.body.Write(part)
	return c.ResponseWriter.Write(part)
}

// runs are the executions that the processor started for a message, in order; an empty id means all.
func (w *tap) runs(id string) []execution {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []execution
	for _, e := range w.executions {
		if strings.Contains(e.name, id) {
			found = append(found, *e)
		}
	}
	return found
}

func (w *tap) running() int {
	n := 0
	for _, e := range w.runs("") {
		if e.end.IsZero() {
			n++
		}
	}
	return n
}

// ended counts the executions that have ended.
func (w *tap) ended() int { return len(w.runs("")) - w.running() }

func (w *tap) sentDelays() []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]int{}, w.delays...)
}

func (w *tap) refusals() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string{}, w.denied...)
}

// loseAnswer lets the first call that fits take effect and cuts the connection instead of answering. The end of the test
// makes sure that there was one.
func (w *tap) loseAnswer(t *testing.T, service, operation string, caller contract.Task) {
	t.Helper()
	var once sync.Once
	lost := make(chan struct{})
	w.spoil(func(call proxy.Call, rw http.ResponseWriter, r *http.Request, next http.Handler) {
		fits := call.Service == service && call.Operation == operation &&
			(caller == "" && call.Caller == "" || caller != "" && call.Caller == deployed.Functions[caller])
		spoiled := false
		if fits {
			once.Do(func() {
				spoiled = true
				next.ServeHTTP(httptest.NewRecorder(), r)
				cut(rw)
				close(lost)
			})
		}
		if !spoiled {
			next.ServeHTTP(rw, r)
		}
	})
	t.Cleanup(func() {
		select {
		case <-lost:
		default:
			require.Fail(t, "no call's answer was lost", "%s %s by %s", service, operation, caller)
		}
	})
}

// cut breaks the connection off, as a network does.
func cut(rw http.ResponseWriter) {
	conn, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset, not an orderly end
	}
	_ = conn.Close()
}
