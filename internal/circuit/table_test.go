package circuit_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
)

const (
	channel = "ntfy"
	me      = "execution of mine"
	other   = "execution of somebody else's"
)

// at is the moment at which most tests stand.
func at() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }

// table is a circuit table in memory, as Store describes it. Its hooks stand in for what can go wrong on the way.
type table struct {
	mu           sync.Mutex
	item         circuit.Item
	loads, saves int
	// onLoad and onSave, where set, are asked before each call; an error of theirs is the answer. Called without the lock.
	onLoad, onSave func() error
	// loseAnswers makes the client repeat each write that was done, since it did not hear so.
	loseAnswers bool
}

func (s *table) LoadCircuit(context.Context, string) (circuit.Item, error) {
	if s.onLoad != nil {
		if err := s.onLoad(); err != nil {
			return circuit.Item{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads++
	item := s.item
	item.Circuit.Failures = slices.Clone(item.Circuit.Failures)
	item.Circuit.History = slices.Clone(item.Circuit.History)
	return item, nil
}

func (s *table) SaveCircuit(_ context.Context, _ string, next circuit.Circuit) error {
	if s.onSave != nil {
		if err := s.onSave(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saves++
	err := s.saveCircuit(next)
	if err == nil && s.loseAnswers {
		err = s.saveCircuit(next)
	}
	return err
}

func (s *table) saveCircuit(next circuit.Circuit) error {
	switch {
	case s.item.Circuit.Version == next.Version-1:
		s.item.Circuit = next
		s.item.Circuit.Failures = slices.Clone(next.Failures)
	case s.item.Circuit.WriteID != next.WriteID:
		return circuit.ErrConflict
	}
	return nil
}

func (s *table) SaveLimit(_ context.Context, _ string, prev, next circuit.Limit) error {
	if s.onSave != nil {
		if err := s.onSave(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saves++
	if !equal(s.item.Limit, prev) {
		return circuit.ErrConflict
	}
	s.item.Limit = next // a repeat after a lost answer would find itself here
	return nil
}

func equal(a, b circuit.Limit) bool {
	return a.Spacing == b.Spacing && a.NextSlot.Equal(b.NextSlot) && a.QuotaUntil.Equal(b.QuotaUntil) && a.CanaryAt.Equal(b.CanaryAt)
}

func (s *table) TakeSlot(_ context.Context, _ string, now time.Time, base time.Duration) (time.Time, error) {
	if s.onSave != nil {
		if err := s.onSave(); err != nil {
			return time.Time{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saves++
	limit, slot := s.item.Limit.TakeSlot(now, base)
	s.item.Limit = limit
	return slot, nil
}

// clock is a hand-set clock.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: at()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) passUntil(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now.Before(t) {
		c.now = t
	}
}
