package dispatch

import (
	"errors"
	"fmt"
	"slices"

	"github.com/rezagent/rez_agent/internal/contract"
)

// Ending is how an execution ended.
type Ending struct {
	ExecutionARN string
	// Succeeded: the execution ran to a state that is no failure; Outcome is what its output says.
	Succeeded bool
	Outcome   contract.Outcome
	// ErrorName and Status say how one that did not succeed ended: FAILED with this error, or TIMED_OUT.
	ErrorName string
	Status    string
}

// ErrBusy means: another execution holds the message's lease; its ticket must come back.
var ErrBusy = errors.New("another execution holds the message")

// ErrUnexpected means: the execution ended in a way that says nothing of its message.
var ErrUnexpected = errors.New("execution ended without an outcome")

// fault is nil where the ticket has done its work and may be deleted: a known outcome but busy, or one of the two
// failures that are final for the message.
func (e Ending) fault() error {
	if e.Succeeded {
		switch {
		case e.Outcome == contract.OutcomeBusy:
			return ErrBusy
		case slices.Contains(contract.Outcomes(), e.Outcome):
			return nil
		}
		return fmt.Errorf("%w: unknown outcome %q", ErrUnexpected, e.Outcome)
	}
	if e.ErrorName == contract.ErrorDeliveryFailed || e.ErrorName == contract.ErrorDeliveryExpired {
		return nil
	}
	return fmt.Errorf("%w: %s %s", ErrUnexpected, e.Status, e.ErrorName)
}
