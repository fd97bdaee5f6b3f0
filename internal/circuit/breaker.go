package circuit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/settings"
)

// ErrConflict means: somebody else wrote the item since it was read. Read again and decide again.
var ErrConflict = errors.New("circuit was changed by somebody else meanwhile")

// Item is all that the table holds of a channel.
type Item struct {
	Circuit Circuit
	Limit   Limit
}

// Store keeps one item per channel. The two parts of an item are written apart from each other.
type Store interface {
	// LoadCircuit reads a channel's item, consistently; one that is not there is the zero Item.
	LoadCircuit(ctx context.Context, channel string) (Item, error)
	// SaveCircuit writes the breaker on condition that the stored version is next.Version-1, else ErrConflict. A write
	// that finds next's own WriteID there has been done.
	SaveCircuit(ctx context.Context, channel string, next Circuit) error
	// SaveLimit writes the limit on condition that it still equals prev, else ErrConflict. A write that is repeated
	// because its answer was lost finds itself there; an equal limit alone is no sign of that.
	SaveLimit(ctx context.Context, channel string, prev, next Limit) error
	// TakeSlot is Limit.TakeSlot as one or two atomic writes: hundreds of messages may take a slot at the same time.
	TakeSlot(ctx context.Context, channel string, now time.Time, base time.Duration) (time.Time, error)
}

// Listener hears of circuits that open and close. A probe that failed, or was won, is no such change.
type Listener interface {
	// CircuitChanged is called once for each change, by the one who wrote it, right after it was written.
	CircuitChanged(ctx context.Context, channel string, opened bool)
}

// Breaker applies the circuit's transitions to the stored item.
type Breaker struct {
	Store    Store
	Settings settings.Breaker
	Now      func() time.Time
	// Jitter gives a number in [0, 1), which spreads the probes of many channels. Nil draws it; a test whose schedule can
	// be repeated gives its own.
	Jitter func() float64
	// Listener may be nil: nobody listens.
	Listener Listener
}

// maxTries bounds the read-decide-write loop. Each round somebody wins, and after at most Threshold wins a circuit that
// fails is open, where nobody writes; more conflicts than this mean that something else is wrong.
const maxTries = 64

// Look reads a channel's item: its breaker and its limit in one read.
func (b *Breaker) Look(ctx context.Context, channel string) (Item, error) {
	item, err := b.Store.LoadCircuit(ctx, channel)
	if err != nil {
		return Item{}, fmt.Errorf("read the circuit of %s: %w", channel, err)
	}
	return item, nil
}

// Ask asks for permission to send, on the item that Look has just read; owner is the execution. It may win the probe,
// and reads again only where another one was faster.
func (b *Breaker) Ask(ctx context.Context, channel, owner string, seen Item) (Permission, error) {
	var permission Permission
	_, err := b.updateFrom(ctx, channel, owner, "ask", seen, func(c Circuit, now time.Time) Circuit {
		next, p := c.Ask(owner, now, b.Settings)
		permission = p
		return next
	})
	if err != nil { // a probe that could not be written down is not won
		return Permission{}, err
	}
	return permission, nil
}

// Peek asks for permission to send once more, without winning a probe.
func (b *Breaker) Peek(ctx context.Context, channel, owner string) (Permission, error) {
	item, err := b.Look(ctx, channel)
	if err != nil {
		return Permission{}, err
	}
	return item.Circuit.Peek(owner, b.Now(), b.Settings), nil
}

// Failed reports a request that got no answer of ntfy's; id tells a repeated report from a second failure. opened
// says that this report opened the circuit, as opposed to a probe that found it as it was.
func (b *Breaker) Failed(
	ctx context.Context, channel, owner, id string, cause Cause,
) (after Circuit, opened bool, err error) {
	jitter := b.jitter()
	item, err := b.update(ctx, channel, owner, "failed "+id, func(c Circuit, now time.Time) Circuit {
		next := c.Failed(owner, id, cause, now, jitter, b.Settings)
		opened = next.shut() && !c.shut()
		return next
	})
	return item.Circuit, opened, err
}

func (b *Breaker) jitter() float64 {
	if b.Jitter == nil {
		return rand.Float64()
	}
	return b.Jitter()
}

// Answered reports that ntfy answered the probe.
func (b *Breaker) Answered(ctx context.Context, channel, owner string) error {
	_, err := b.update(ctx, channel, owner, "answered", func(c Circuit, _ time.Time) Circuit { return c.Answered(owner) })
	return err
}

// HandBack reports that the probe was not made.
func (b *Breaker) HandBack(ctx context.Context, channel, owner string) error {
	_, err := b.update(ctx, channel, owner, "hand back", func(c Circuit, now time.Time) Circuit {
		return c.HandBack(owner, now)
	})
	return err
}

// ForceOpen opens the circuit on an operator's word; it stays open until Reset.
func (b *Breaker) ForceOpen(ctx context.Context, channel, operator string) error {
	_, err := b.update(ctx, channel, operator, "force open", func(c Circuit, now time.Time) Circuit {
		return c.ForceOpen(now)
	})
	return err
}

// actReset tells a reset from an answer that closes the circuit, too.
const actReset = "reset"

// Reset closes the circuit on an operator's word.
func (b *Breaker) Reset(ctx context.Context, channel, operator string) error {
	_, err := b.update(ctx, channel, operator, actReset, func(c Circuit, _ time.Time) Circuit { return c.Reset() })
	return err
}

// update reads the item, lets decide say what becomes of it, and writes that where it differs.
func (b *Breaker) update(
	ctx context.Context, channel, by, act string, decide func(Circuit, time.Time) Circuit,
) (Item, error) {
	item, err := b.Look(ctx, channel)
	if err != nil {
		return Item{}, err
	}
	return b.updateFrom(ctx, channel, by, act, item, decide)
}

func (b *Breaker) updateFrom(
	ctx context.Context, channel, by, act string, item Item, decide func(Circuit, time.Time) Circuit,
) (Item, error) {
	for range maxTries {
		now := b.Now()
		next := decide(item.Circuit, now)
		if next.same(item.Circuit) {
			return item, nil
		}
		next.Version = item.Circuit.Version + 1
		next.ChangedBy = by
		next.History = item.Circuit.changed(next, act, by, now)
		next.WriteID = fmt.Sprintf("%s %s %d", by, act, next.Version)
		err := b.Store.SaveCircuit(ctx, channel, next)
		if err == nil {
			b.tell(ctx, channel, item.Circuit, next)
			return Item{Circuit: next, Limit: item.Limit}, nil
		}
		if !errors.Is(err, ErrConflict) {
			return Item{}, fmt.Errorf("write the circuit of %s: %w", channel, err)
		}
		if item, err = b.Look(ctx, channel); err != nil {
			return Item{}, err
		}
	}
	return Item{}, fmt.Errorf("write the circuit of %s, %d times in vain: %w", channel, maxTries, ErrConflict)
}

// tell tells the listener of a circuit that left closed, or came back to it.
func (b *Breaker) tell(ctx context.Context, channel string, before, after Circuit) {
	if b.Listener != nil && before.shut() != after.shut() {
		b.Listener.CircuitChanged(ctx, channel, after.shut())
	}
}

// shut reports whether the circuit keeps messages back.
func (c Circuit) shut() bool { return c.State == Open || c.State == HalfOpen }

// same compares what a decision can change.
func (c Circuit) same(other Circuit) bool {
	return c.State == other.State && c.Cause == other.Cause && slices.EqualFunc(c.Failures, other.Failures, Failure.same) &&
		c.RetryAt.Equal(other.RetryAt) && c.ProbeOwner == other.ProbeOwner && c.ProbeUntil.Equal(other.ProbeUntil)
}

func (f Failure) same(other Failure) bool { return f.ID == other.ID && f.At.Equal(other.At) }
