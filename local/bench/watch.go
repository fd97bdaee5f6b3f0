package bench

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/rezagent/rez_agent/local/proxy"
)

// watch notes, in the proxy, when each message's execution has ended, of either chain.
type watch struct {
	mu    sync.Mutex
	ended map[string]time.Time
}

// intercept is the proxy's Interceptor.
func (e *watch) intercept(call proxy.Call, w http.ResponseWriter, r *http.Request, next http.Handler) {
	if call.Operation != "StartSyncExecution" {
		next.ServeHTTP(w, r)
		return
	}
	answer := &copied{ResponseWriter: w}
	next.ServeHTTP(answer, r)
	var execution struct{ Status string }
	if json.Unmarshal(answer.body.Bytes(), &execution) == nil && execution.Status == "SUCCEEDED" {
		e.note(messageID(call.Body), time.Now())
	}
}

func (e *watch) note(id string, at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, again := e.ended[id]; !again {
		e.ended[id] = at
	}
}

// take gives the executions that have ended of ids.
func (e *watch) take(ids map[string]time.Time) map[string]time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	found := map[string]time.Time{}
	for id := range ids {
		if at, known := e.ended[id]; known {
			found[id] = at
		}
	}
	return found
}

// messageID is the id in an execution's input, which is the same in both chains.
func messageID(body []byte) string {
	var call struct{ Input string }
	var input struct {
		ID string `json:"message_id"`
	}
	if json.Unmarshal(body, &call) != nil || json.Unmarshal([]byte(call.Input), &input) != nil {
		return ""
	}
	return input.ID
}

// copied keeps a copy of an answer that goes through.
type copied struct {
	http.ResponseWriter

	body bytes.Buffer
}

// Write sends a part of the answer on and keeps it.
func (c *copied) Write(part []byte) (int, error) {
	c.body.Write(part)
	return c.ResponseWriter.Write(part)
}
