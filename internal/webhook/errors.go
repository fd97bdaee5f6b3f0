package webhook

import (
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/delivery"
)

// Step Functions matches the bare Go type name of the error that a Lambda returns, so these names are the ones in the
// workflow's Retry and Catch (package contract); they must be returned as they are, never wrapped.
//
//nolint:revive // Their names are the contract; so they say the channel twice.
type (
	// WebhookUnavailable means: no answer, or a fault of the receiver's own. The workflow retries it, then the message waits.
	WebhookUnavailable struct{ Detail string }
	// WebhookRateLimited means: the receiver limits the rate; the message waits for its slot.
	WebhookRateLimited struct{ Detail string }
	// WebhookUnauthorized means: the receiver refuses our signature; the message waits until an operator has mended it.
	WebhookUnauthorized struct{ Detail string }
	// WebhookMisconfigured means: there is no receiver at the address any more, or no secret; the message waits likewise.
	WebhookMisconfigured struct{ Detail string }
	// WebhookRejected means: the receiver refuses this very event; it fails for good.
	WebhookRejected struct{ Detail string }
)

func (e *WebhookUnavailable) Error() string   { return "receiver unavailable: " + e.Detail }
func (e *WebhookRateLimited) Error() string   { return "receiver limits the rate: " + e.Detail }
func (e *WebhookUnauthorized) Error() string  { return "receiver refuses the signature: " + e.Detail }
func (e *WebhookMisconfigured) Error() string { return "no receiver as it should be: " + e.Detail }
func (e *WebhookRejected) Error() string      { return "receiver rejected the event: " + e.Detail }

// Fault gives the channel's error for a class.
func (*Sender) Fault(class delivery.Class, detail string) error {
	switch class {
	case delivery.RateLimited:
		return &WebhookRateLimited{Detail: detail}
	case delivery.Unauthorized:
		return &WebhookUnauthorized{Detail: detail}
	case delivery.Misconfigured:
		return &WebhookMisconfigured{Detail: detail}
	case delivery.Rejected:
		return &WebhookRejected{Detail: detail}
	case delivery.Unavailable, delivery.Delivered:
	}
	return &WebhookUnavailable{Detail: detail}
}

// SendErrors gives one of each error that only this channel raises, by the name that its workflow matches.
func SendErrors() map[string]error {
	return map[string]error{
		contract.ErrorWebhookUnavailable:   &WebhookUnavailable{},
		contract.ErrorWebhookRateLimited:   &WebhookRateLimited{},
		contract.ErrorWebhookUnauthorized:  &WebhookUnauthorized{},
		contract.ErrorWebhookMisconfigured: &WebhookMisconfigured{},
		contract.ErrorWebhookRejected:      &WebhookRejected{},
	}
}
