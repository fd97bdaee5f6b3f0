package proxy

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// Call is one AWS call of a Lambda.
type Call struct {
	// Service as in the request's signature: dynamodb, sqs, sns, states, ssm.
	Service string
	// Operation as AWS names it: UpdateItem, SendMessage, ….
	Operation string
	// Caller is the function's name, empty where the call does not tell.
	Caller string
	// Bytes of the call's body.
	Bytes int
	// Body is the call's body, for an Interceptor; it must not be changed.
	Body []byte
}

// The SDKs write AWS_SDK_UA_APP_ID, which the launcher sets to the function's name, into their User-Agent.
var (
	application = regexp.MustCompile(`\bapp/(\S+)`)
	signedFor   = regexp.MustCompile(`Credential=[^/]+/\d+/[^/]+/([a-z0-9-]+)/aws4_request`)
)

func identify(r *http.Request, body []byte) Call {
	call := Call{Bytes: len(body), Body: body}
	if found := application.FindStringSubmatch(r.UserAgent()); found != nil {
		call.Caller = found[1]
	}
	if found := signedFor.FindStringSubmatch(r.Header.Get("Authorization")); found != nil {
		call.Service = found[1]
	}
	if target := r.Header.Get("X-Amz-Target"); target != "" { // the JSON protocols
		call.Operation = target[strings.LastIndex(target, ".")+1:]
	} else if form, err := url.ParseQuery(string(body)); err == nil { // the query protocol: SNS
		call.Operation = form.Get("Action")
	}
	return call
}

type interceptors struct {
	mu   sync.RWMutex
	hook Interceptor
}

func (i *interceptors) get() Interceptor {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return i.hook
}

func (i *interceptors) set(hook Interceptor) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.hook = hook
}
