package delivery

import (
	"context"

	"github.com/rezagent/rez_agent/internal/circuit"
)

// mayStillSend is what a send must pass beside CheckCircuit: a probe is sent once and must end within its lease; a
// retry asks the breaker again, and starts within the execution's time.
func (s *Send) mayStillSend(ctx context.Context, in SendInput) error {
	if in.Work.Probe() {
		return s.mayProbe(ctx, in)
	}
	if in.RetryCount == 0 {
		return nil
	}
	if s.Now().Sub(in.Work.Execution.Started) > s.RetryWindow {
		return s.Sender.Fault(Unavailable, "no time left in this execution for another try")
	}
	permission, err := s.Breaker.Peek(ctx, in.Work.Channel, in.Work.Execution.ARN)
	if err != nil {
		unreadable(ctx, err)
		return nil
	}
	if !permission.Granted {
		return &CircuitOpen{Detail: string(permission.Cause)}
	}
	return nil
}

func (s *Send) mayProbe(ctx context.Context, in SendInput) error {
	if in.RetryCount > 0 { // the first try may have been received: it counts as failed
		s.breakerFailed(ctx, in, circuit.CauseUnavailable)
		return &ProbeFailed{Detail: "the probe gave no verdict"}
	}
	if s.Now().Add(s.HTTPTimeout).After(in.Work.ProbeUntil) {
		s.note(ctx, s.Breaker.HandBack(ctx, in.Work.Channel, in.Work.Execution.ARN))
		return &CircuitOpen{Detail: "the probe's lease ends too soon"}
	}
	return nil
}
