package webhook

import (
	"fmt"
	"net/http"
	"time"

	"github.com/rezagent/rez_agent/internal/answer"
	"github.com/rezagent/rez_agent/internal/delivery"
)

// Answer is what Decide judges: an error of the transport, or a response. Its texts are already redacted.
type Answer struct {
	// Fault says in words why no whole response came; empty where one did.
	Fault string
	// Status is the HTTP status, 0 where not even that came.
	Status int
	// Location is where a redirect leads, without query and credentials.
	Location string
	// RetryAfter is what the header of that name asks for.
	RetryAfter time.Duration
	// Excerpt is the beginning of what the body says.
	Excerpt string
}

// Decide is the one place that says what an answer means; docs/extending.md has the same as a table.
func Decide(a Answer) delivery.Result {
	r := delivery.Result{Status: a.Status}
	switch {
	case a.isSuccess():
		// Also where the body broke off: the receiver has said that it has the event, and nobody reads the rest.
		r.Class, r.Detail = delivery.Delivered, "delivered"
	case a.Fault != "":
		r.Class, r.Detail = delivery.Unavailable, a.Fault
	case a.Status < http.StatusBadRequest:
		r.Class, r.Detail = delivery.Misconfigured, a.redirect()
	case a.Status >= http.StatusInternalServerError, a.Status == http.StatusRequestTimeout: // 408 is a proxy's timeout
		r.Class, r.RetryAfter, r.Detail = delivery.Unavailable, a.RetryAfter, a.says("the receiver, or a proxy before it, does not work")
	case a.Status == http.StatusTooManyRequests:
		r.Class, r.RetryAfter, r.Detail = delivery.RateLimited, a.RetryAfter, a.says("over the receiver's rate limit")
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		r.Class, r.Detail = delivery.Unauthorized, a.says("the signature is not accepted; is the receiver's secret ours?")
	case a.Status == http.StatusNotFound, a.Status == http.StatusMethodNotAllowed:
		// Of the address, not of the event: a wrong one must not fail every message for good.
		r.Class, r.Detail = delivery.Misconfigured, a.says("no receiver at the address in WEBHOOK_URL")
	case a.Status == http.StatusGone:
		r.Class, r.Detail = delivery.Misconfigured, a.says("the receiver says that it is gone for good")
	default:
		r.Class, r.Detail = delivery.Rejected, a.says("the receiver refuses the event")
	}
	r.Detail = answer.Clip(r.Detail, answer.MaxDetailBytes)
	return r
}

func (a Answer) isSuccess() bool {
	return a.Status >= http.StatusOK && a.Status < http.StatusMultipleChoices
}

func (a Answer) redirect() string {
	if a.Location == "" {
		return a.says("no answer that ends the request")
	}
	return fmt.Sprintf("HTTP %d: redirected to %s; redirects are not followed", a.Status, a.Location)
}

// says puts the meaning first, because the end may be cut.
func (a Answer) says(meaning string) string {
	line := fmt.Sprintf("HTTP %d: %s", a.Status, meaning)
	if a.Excerpt != "" {
		line += "; it says: " + a.Excerpt
	}
	return line
}
