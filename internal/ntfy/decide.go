package ntfy

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/internal/answer"
)

// MaxDetailBytes bounds Result.Detail, in bytes of UTF-8.
const MaxDetailBytes = answer.MaxDetailBytes

// Class is what the answer to one publish means for the message and for the circuit. It is a closed set, Classes.
type Class string

// The classes.
const (
	// Delivered: ntfy said so itself.
	Delivered Class = "delivered"
	// Unavailable: nothing there, or nothing that works; try again soon.
	Unavailable Class = "unavailable"
	// RateLimited: ntfy is there and asks to be left alone for a while.
	RateLimited Class = "rate_limited"
	// Unauthorized: the token or its rights are wrong; nothing is delivered until an operator mends that.
	Unauthorized Class = "unauthorized"
	// Misconfigured: what answers at NTFY_URL is not ntfy; nothing is delivered until an operator mends that.
	Misconfigured Class = "misconfigured"
	// Rejected: ntfy refuses this very message, for good.
	Rejected Class = "rejected"
)

// Classes lists the closed set.
func Classes() []Class {
	return []Class{Delivered, Unavailable, RateLimited, Unauthorized, Misconfigured, Rejected}
}

// String gives the class as it is recorded and logged.
func (c Class) String() string {
	return string(c)
}

// Result is what came of one publish.
type Result struct {
	Class Class
	// Status is the HTTP status, 0 where no answer came.
	Status int
	// Code is ntfy's own error code, as in 42901; 0 where there is none.
	Code int
	// NtfyID is ntfy's id of a delivered message.
	NtfyID string
	// Quota says that the daily quota is used up, not the request rate.
	Quota bool
	// RetryAfter is how long the answer asks to wait; 0 where it does not.
	RetryAfter time.Duration
	// Detail says in one line of at most MaxDetailBytes what happened. It holds neither token nor text of the message.
	Detail string
	// Latency is the time from the call to the last byte of the answer that counted.
	Latency time.Duration
}

// Answer is what Decide judges: an error of the transport, or a response. Its texts are already redacted.
type Answer struct {
	// Fault says in words why no whole response came; empty where one did.
	Fault string
	// Status is the HTTP status, 0 where not even that came.
	Status int
	// ID and Code are ntfy's own "id" and "code", where the body is JSON that has them.
	ID   string
	Code int
	// Location is where a redirect leads, without query and credentials.
	Location string
	// RetryAfter is what the header of that name asks for.
	RetryAfter time.Duration
	// Excerpt is the beginning of what the body says.
	Excerpt string
}

// ntfy's error codes that decide more than their HTTP status does.
const (
	codeTopicInvalid    = 40009
	codeTopicDisallowed = 40010
	codeQuota           = 42908
	codeAuthFailures    = 42909
)

// Decide is the one place that says what an answer means. ownTopic says that the message went to the channel's own
// topic, for which an operator answers, and not to one that the message chose.
func Decide(a Answer, ownTopic bool) Result {
	// Codes are ntfy's only where they fit the status: other JSON APIs have a "code", too.
	if a.Code/100 != a.Status {
		a.Code = 0
	}
	r := Result{Status: a.Status, Code: a.Code}
	switch {
	case a.isSuccess() && a.ID != "":
		// Also where the body broke off after the id: ntfy shows the message before it answers.
		r.Class, r.NtfyID, r.Detail = Delivered, a.ID, "delivered"
	case a.Fault != "":
		r.Class, r.Detail = Unavailable, a.Fault
	case a.isSuccess():
		r.Class, r.Detail = Misconfigured, a.says("2xx, but not ntfy's answer (no id)")
	case a.Status < http.StatusBadRequest:
		r.Class, r.Detail = Misconfigured, a.redirect()
	case a.isBroken():
		r.Class, r.Detail, r.RetryAfter = Unavailable, a.says("ntfy, or a proxy before it, does not work"), a.RetryAfter
	case a.Status == http.StatusTooManyRequests:
		r.tooMany(a)
	default:
		r.refused(a, ownTopic)
	}
	r.Detail = answer.Clip(r.Detail, MaxDetailBytes)
	return r
}

func (a Answer) isSuccess() bool {
	return a.Status >= http.StatusOK && a.Status < http.StatusMultipleChoices
}

// isBroken counts 408 in: that is a proxy's timeout, ntfy has none of its own.
func (a Answer) isBroken() bool {
	return a.Status >= http.StatusInternalServerError || a.Status == http.StatusRequestTimeout
}

// tooMany: bad credentials arrive as a limit, and would never end if they were taken for one.
func (r *Result) tooMany(a Answer) {
	if a.Code == codeAuthFailures {
		r.Class, r.Detail = Unauthorized, a.says("ntfy refuses after too many bad tokens; check the token")
		return
	}
	r.Class, r.RetryAfter = RateLimited, a.RetryAfter
	r.Quota = a.Code == codeQuota
	r.Detail = a.says("over the rate limit")
	if r.Quota {
		r.Detail = a.says("the day's quota is used up")
	}
}

// refused are the other 4xx: whose fault it is depends on who speaks, and about which topic.
func (r *Result) refused(a Answer, ownTopic bool) {
	ownName := ownTopic && (a.Code == codeTopicInvalid || a.Code == codeTopicDisallowed)
	switch {
	case a.Status == http.StatusUnauthorized:
		r.Class, r.Detail = Unauthorized, a.says("the token is not accepted")
	case a.Status == http.StatusNotFound:
		r.Class, r.Detail = Misconfigured, a.says("no ntfy at NTFY_URL")
	case a.Code == 0:
		r.Class, r.Detail = Misconfigured, a.says("not ntfy's answer (no code); check NTFY_URL and any proxy")
	case ownName:
		r.Class, r.Detail = Misconfigured, a.says("ntfy does not allow the topic in NTFY_URL")
	case a.Status == http.StatusForbidden:
		r.forbidden(a, ownTopic)
	default:
		r.Class, r.Detail = Rejected, a.says("ntfy refuses the message")
	}
}

func (r *Result) forbidden(a Answer, ownTopic bool) {
	if ownTopic {
		r.Class, r.Detail = Unauthorized, a.says("the token may not publish to the channel's topic")
		return
	}
	r.Class, r.Detail = Rejected, a.says("the token may not publish to the topic that the message names")
}

func (a Answer) redirect() string {
	if a.Location == "" {
		return a.says("a redirect to nowhere")
	}
	return fmt.Sprintf("HTTP %d: redirected to %s", a.Status, a.Location)
}

// says puts the meaning first, because the end may be cut.
func (a Answer) says(meaning string) string {
	var line strings.Builder
	fmt.Fprintf(&line, "HTTP %d", a.Status)
	if a.Code != 0 {
		fmt.Fprintf(&line, "/%d", a.Code)
	}
	line.WriteString(": " + meaning)
	if a.Excerpt != "" {
		line.WriteString("; it says: " + a.Excerpt)
	}
	return line.String()
}
