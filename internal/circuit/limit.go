package circuit

import (
	"time"

	"github.com/rezagent/rez_agent/internal/settings"
)

// Limit is a channel's rate limit as the table keeps it. The zero value is a channel that is not limited.
type Limit struct {
	// NextSlot is the newest slot that was taken: the channel is limited until it has passed.
	NextSlot time.Time
	// Spacing lies between two slots; zero means the settings' own.
	Spacing time.Duration
	// QuotaUntil is when a used-up daily quota is filled again, and CanaryAt when one message tries before that.
	QuotaUntil, CanaryAt time.Time
}

// Limited reports whether who holds no slot must take one.
func (l Limit) Limited(now time.Time) bool { return now.Before(l.NextSlot) }

// TakeSlot takes the next slot: one spacing after the newest one, or after now where that has passed.
func (l Limit) TakeSlot(now time.Time, base time.Duration) (Limit, time.Time) {
	last := now
	if l.Limited(now) {
		last = l.NextSlot
	}
	l.NextSlot = last.Add(l.spacing(base))
	return l, l.NextSlot
}

func (l Limit) spacing(base time.Duration) time.Duration {
	if l.Spacing == 0 {
		return base
	}
	return l.Spacing
}

// heldUntil gives out no slot before until.
func (l Limit) heldUntil(until time.Time) Limit {
	if l.NextSlot.Before(until) {
		l.NextSlot = until
	}
	return l
}

// widen doubles the spacing after a message was refused on its own slot.
func (l Limit) widen(s settings.Limits) Limit {
	l.Spacing = min(2*l.spacing(s.Spacing), s.MaxSpacing)
	return l
}

// exhausted lets the whole channel wait for the new day. Who reports it while no canary is out becomes the canary and
// comes again at CanaryAt, with the new day at the latest.
func (l Limit) exhausted(now time.Time, s settings.Limits) (next Limit, canary bool) {
	midnight := now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	if l.QuotaUntil.Before(midnight) {
		l.QuotaUntil = midnight
	}
	l = l.heldUntil(midnight)
	if now.Before(l.CanaryAt) {
		return l, false
	}
	if l.CanaryAt = now.Add(s.CanaryEvery); l.CanaryAt.After(midnight) {
		l.CanaryAt = midnight
	}
	return l, true
}

// succeeded halves a widened spacing after a message was taken on its slot, and lifts the quota's wait where the
// canary got through before the new day.
func (l Limit) succeeded(now time.Time, s settings.Limits) Limit {
	if l.Spacing > s.Spacing {
		l.Spacing = max(l.Spacing/2, s.Spacing)
	}
	if now.Before(l.QuotaUntil) {
		l.NextSlot, l.QuotaUntil, l.CanaryAt = now, time.Time{}, time.Time{}
	}
	return l
}
