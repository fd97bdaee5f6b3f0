package circuit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rezagent/rez_agent/internal/settings"
)

// Limiter hands out the slots of a channel whose destination limits the rate.
type Limiter struct {
	Store    Store
	Settings settings.Limits
	Now      func() time.Time
}

// Refusal is what the destination said when it limited the rate.
type Refusal struct {
	// OnSlot: the message was sent on its own slot and refused all the same.
	OnSlot bool
	// Quota: the daily quota is used up, not the request bucket.
	Quota bool
	// RetryAfter is what a proxy's header asked for; 0 where it asked for nothing sensible.
	RetryAfter time.Duration
}

// limitTries bounds the rare writes that need the limit unchanged since it was read.
const limitTries = 20

// Take takes the next slot for a message that came while the channel was limited.
func (l *Limiter) Take(ctx context.Context, channel string) (time.Time, error) {
	slot, err := l.Store.TakeSlot(ctx, channel, l.Now(), l.Settings.Spacing)
	if err != nil {
		return time.Time{}, fmt.Errorf("take a slot of %s: %w", channel, err)
	}
	return slot, nil
}

// Refused notes a refusal and takes the slot in which the message comes again.
func (l *Limiter) Refused(ctx context.Context, channel string, r Refusal) (time.Time, error) {
	if r.Quota {
		return l.refusedForTheDay(ctx, channel)
	}
	if r.OnSlot {
		if err := l.update(ctx, channel, func(limit Limit) Limit { return limit.widen(l.Settings) }); err != nil {
			return time.Time{}, err
		}
	}
	if r.RetryAfter > 0 {
		return l.takeAfter(ctx, channel, min(r.RetryAfter, l.Settings.MaxRetryAfter))
	}
	return l.Take(ctx, channel)
}

func (l *Limiter) refusedForTheDay(ctx context.Context, channel string) (time.Time, error) {
	var canaryAt time.Time
	err := l.update(ctx, channel, func(limit Limit) Limit {
		next, canary := limit.exhausted(l.Now(), l.Settings)
		canaryAt = time.Time{}
		if canary {
			canaryAt = next.CanaryAt
		}
		return next
	})
	if err != nil {
		return time.Time{}, err
	}
	if !canaryAt.IsZero() {
		return canaryAt, nil
	}
	return l.Take(ctx, channel)
}

// takeAfter holds the channel back for as long as the destination asked, then takes the next slot. The time is cut to
// whole spacings, so that of hundreds who are refused in the same moment only the first has to write it; the slot, one
// spacing later, is not too early for any of them.
func (l *Limiter) takeAfter(ctx context.Context, channel string, wait time.Duration) (time.Time, error) {
	until := l.Now().Add(wait).Truncate(l.Settings.Spacing)
	if err := l.update(ctx, channel, func(limit Limit) Limit { return limit.heldUntil(until) }); err != nil {
		return time.Time{}, err
	}
	return l.Take(ctx, channel)
}

// Succeeded notes that a message was taken on its slot.
func (l *Limiter) Succeeded(ctx context.Context, channel string) error {
	return l.update(ctx, channel, func(limit Limit) Limit { return limit.succeeded(l.Now(), l.Settings) })
}

func (l *Limiter) update(ctx context.Context, channel string, decide func(Limit) Limit) error {
	for range limitTries {
		item, err := l.Store.LoadCircuit(ctx, channel)
		if err != nil {
			return fmt.Errorf("read the rate limit of %s: %w", channel, err)
		}
		next := decide(item.Limit)
		if next == item.Limit {
			return nil
		}
		err = l.Store.SaveLimit(ctx, channel, item.Limit, next)
		if err == nil {
			return nil
		}
		if !errors.Is(err, ErrConflict) {
			return fmt.Errorf("write the rate limit of %s: %w", channel, err)
		}
	}
	return fmt.Errorf("write the rate limit of %s, %d times in vain: %w", channel, limitTries, ErrConflict)
}
