package delivery

import "github.com/rezagent/rez_agent/internal/contract"

// Step Functions matches the bare Go type name of the error that a Lambda returns, so these names are the ones in the
// workflow's Retry and Catch (package contract); they must be returned as they are, never wrapped.
type (
	// NtfyUnavailable means: no answer, or a fault of ntfy's own. The workflow retries it, then the message waits.
	NtfyUnavailable struct{ Detail string }
	// NtfyRateLimited means: ntfy limits the rate; the message waits for its slot.
	NtfyRateLimited struct{ Detail string }
	// NtfyUnauthorized means: ntfy refuses our token; the message waits until an operator has mended it.
	NtfyUnauthorized struct{ Detail string }
	// NtfyMisconfigured means: what answered is not ntfy, or not our topic; the message waits likewise.
	NtfyMisconfigured struct{ Detail string }
	// NtfyRejected means: ntfy refuses this very message; it fails for good.
	NtfyRejected struct{ Detail string }
	// CircuitOpen means: the circuit opened between two sends; nothing was sent.
	CircuitOpen struct{ Detail string }
	// ProbeFailed means: the half-open circuit's single probe failed; it is never sent again.
	ProbeFailed struct{ Detail string }
)

func (e *NtfyUnavailable) Error() string   { return says("ntfy unavailable", e.Detail) }
func (e *NtfyRateLimited) Error() string   { return says("ntfy limits the rate", e.Detail) }
func (e *NtfyUnauthorized) Error() string  { return says("ntfy refuses the token", e.Detail) }
func (e *NtfyMisconfigured) Error() string { return says("not an answer of ntfy's", e.Detail) }
func (e *NtfyRejected) Error() string      { return says("ntfy rejected the message", e.Detail) }
func (e *CircuitOpen) Error() string       { return says("circuit open", e.Detail) }
func (e *ProbeFailed) Error() string       { return says("probe failed", e.Detail) }

func says(what, detail string) string {
	if detail == "" {
		return what
	}
	return what + ": " + detail
}

// SendErrors gives one of each error that SendNtfy raises on purpose, by the name that its workflow matches.
func SendErrors() map[string]error {
	return map[string]error{
		contract.ErrorNtfyUnavailable:   &NtfyUnavailable{},
		contract.ErrorNtfyRateLimited:   &NtfyRateLimited{},
		contract.ErrorNtfyUnauthorized:  &NtfyUnauthorized{},
		contract.ErrorNtfyMisconfigured: &NtfyMisconfigured{},
		contract.ErrorNtfyRejected:      &NtfyRejected{},
		contract.ErrorCircuitOpen:       &CircuitOpen{},
		contract.ErrorProbeFailed:       &ProbeFailed{},
	}
}
