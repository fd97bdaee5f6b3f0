package delivery

import (
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
)

// Jitter gives a number in [0, 1). It spreads the waits of many messages, so that they do not all come back at once.
type Jitter func() float64

// backoff is the wait's upper half, at random: never less than half of it, never more than it.
func (j Jitter) backoff(wait time.Duration) time.Duration {
	half := wait / 2
	return half + time.Duration(j()*float64(wait-half))
}

// probeWait is when a message that waits for a probe comes again: at the next probe's time plus up to half a cool-down.
func (j Jitter) probeWait(p circuit.Permission, now time.Time) time.Time {
	at := p.RetryAt
	if at.Before(now) {
		at = now
	}
	return at.Add(time.Duration(j() * float64(p.Cooldown) / 2))
}
