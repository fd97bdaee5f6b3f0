package proxy

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
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
	// Resource is what the call is about: the name of a table, queue, topic, state machine or parameter, without the rest
	// of its address; of a batch the first table; empty where it is about none.
	Resource string
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
		call.Resource = resourceOf(body)
	} else if form, err := url.ParseQuery(string(body)); err == nil && form.Has("Action") { // the query protocol: SNS
		call.Operation, call.Resource = form.Get("Action"), nameOf(form.Get("TopicArn"))
	} else {
		call.Operation, call.Resource = restOperation(call.Service, r.Method, r.URL.Path)
	}
	return call
}

// restOperation names the calls of the REST protocols that our Lambdas make: of another, the method is all that is told.
func restOperation(service, method, path string) (operation, resource string) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case service == "lambda" && method == http.MethodPost && len(parts) == 4: // version, functions, name, invocations
		return "Invoke", nameOf(parts[2])
	case service == "scheduler" && len(parts) == 1 && method == http.MethodGet:
		return "ListSchedules", ""
	case service == "scheduler" && len(parts) == 2: //nolint:mnd // schedules, name
		of := map[string]string{
			http.MethodPost: "CreateSchedule", http.MethodGet: "GetSchedule", http.MethodPut: "UpdateSchedule", http.MethodDelete: "DeleteSchedule",
		}
		return of[method], parts[1]
	}
	return method, ""
}

// resourceOf reads what a JSON call is about.
func resourceOf(body []byte) string {
	var about struct {
		TableName       string
		RequestItems    map[string]json.RawMessage
		QueueURL        string `json:"QueueUrl"`        //nolint:tagliatelle // AWS's own name
		StateMachineARN string `json:"stateMachineArn"` //nolint:tagliatelle // AWS's own name
		Name            string // of an SSM parameter
	}
	if json.Unmarshal(body, &about) != nil {
		return ""
	}
	tables := slices.Sorted(maps.Keys(about.RequestItems))
	return nameOf(cmp.Or(about.TableName, strings.Join(tables, ","), about.QueueURL, about.StateMachineARN, about.Name))
}

// nameOf is the last part of an ARN or URL.
func nameOf(address string) string {
	return address[strings.LastIndexAny(address, ":/")+1:]
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
