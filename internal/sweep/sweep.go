// Package sweep finds records that were left behind (created but never published, a lapsed lease, an overdue deferral)
// and publishes their current ticket again. It is the reason why an accepted message cannot be lost between two
// services; in healthy times it finds nothing.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// Records are the message records, and the index of those that wait.
type Records interface {
	// Pending lists one page of the status index, oldest first; an empty cursor starts at the oldest.
	Pending(ctx context.Context, key, cursor string, limit int) (message.PendingPage, error)
	// LoadMany reads the records of a page; those that are gone are left out.
	LoadMany(ctx context.Context, ids []string) ([]message.Record, error)
	// Save writes what differs. Errors: message.ErrConflict, message.ErrNotFound.
	Save(ctx context.Context, prev, next message.Record) error
}

// Backlog says how many queue items wait to be received.
type Backlog interface {
	Visible(ctx context.Context) (int, error)
}

// Publisher publishes tickets.
type Publisher interface {
	Publish(ctx context.Context, rec message.Record, t message.Ticket) error
}

// DeadLetters takes the tickets of messages that expired.
type DeadLetters interface {
	SendDeadLetter(ctx context.Context, t message.Ticket, reason message.Reason) error
}

// Lane is a channel's queues.
type Lane struct {
	Backlog     Backlog
	DeadLetters DeadLetters
}

// Sweeper sweeps once per Run.
type Sweeper struct {
	Records   Records
	Publisher Publisher
	// Backlog and DeadLetters are ntfy's queues, and those of every channel that has none in Others.
	Backlog     Backlog
	DeadLetters DeadLetters
	// Others are the queues of the other channels, by channel. A backlog holds up the records of its own channel alone.
	Others   map[string]Lane
	Settings settings.Sweep
	Now      func() time.Time

	// cursors remember where the last run of this Lambda stopped reading, so that a long list of messages that wait
	// rightly cannot hide one behind them that was forgotten. A fresh Lambda starts with the oldest.
	cursors map[string]string
	// free are the lanes that this run sweeps.
	free map[string]bool
}

// Report is what a run did.
type Report struct {
	// Backlog is how many queue items waited. A channel with any is not swept, since the records' tickets may be among them.
	Backlog int `json:"backlog"`
	// Looked, Swept and Expired count records.
	Looked  int `json:"looked"`
	Swept   int `json:"swept"`
	Expired int `json:"expired"`
}

// pageSize is how many keys of the index are read at once, and pages the most read of each list in one run.
const (
	pageSize = 100
	pages    = 50
)

// Run sweeps the open and the deferred records, at most Settings.Batch of them.
func (s *Sweeper) Run(ctx context.Context) (Report, error) {
	var report Report
	free, unread := s.freeLanes(ctx, &report)
	if len(free) == 0 {
		return report, unread
	}
	s.free = free
	if s.cursors == nil {
		s.cursors = map[string]string{}
	}
	for _, key := range []string{message.PendingOpen, string(message.StatusDeferred)} {
		if s.full(&report) {
			break
		}
		if err := s.sweepList(ctx, key, &report); err != nil {
			return report, err
		}
	}
	if report.Swept > 0 {
		telemetry.Count(ctx, telemetry.Swept, report.Swept)
	}
	return report, unread
}

// mainLane is ntfy's, and everybody's who has none of its own.
const mainLane = ""

func (s *Sweeper) laneOf(channel string) string {
	if _, own := s.Others[channel]; own {
		return channel
	}
	return mainLane
}

func (s *Sweeper) lane(name string) Lane {
	if name == mainLane {
		return Lane{Backlog: s.Backlog, DeadLetters: s.DeadLetters}
	}
	return s.Others[name]
}

// freeLanes are those whose queue has no backlog. One that cannot be read is not free, and keeps no other from being swept.
func (s *Sweeper) freeLanes(ctx context.Context, report *Report) (free map[string]bool, err error) {
	free = map[string]bool{}
	for _, name := range append(slices.Sorted(maps.Keys(s.Others)), mainLane) {
		waiting, fault := s.lane(name).Backlog.Visible(ctx)
		report.Backlog += waiting
		if fault != nil {
			err = errors.Join(err, fmt.Errorf("read the queue's backlog: %w", fault))
		} else if waiting == 0 {
			free[name] = true
		}
	}
	return free, err
}

func (s *Sweeper) sweepList(ctx context.Context, key string, report *Report) error {
	for range pages {
		page, err := s.Records.Pending(ctx, key, s.cursors[key], pageSize)
		if err != nil {
			return fmt.Errorf("list %s records: %w", key, err)
		}
		if err := s.sweepPage(ctx, page, report); err != nil {
			return err
		}
		if s.full(report) { // the next run reads the rest of this page
			return nil
		}
		s.cursors[key] = page.Next
		if page.Next == "" {
			return nil
		}
	}
	return nil
}

func (s *Sweeper) full(report *Report) bool { return report.Swept+report.Expired >= s.Settings.Batch }

func (s *Sweeper) sweepPage(ctx context.Context, page message.PendingPage, report *Report) error {
	ids := s.due(page)
	if len(ids) == 0 {
		return nil
	}
	records, err := s.Records.LoadMany(ctx, ids)
	if err != nil {
		return fmt.Errorf("read %d records: %w", len(ids), err)
	}
	for _, rec := range records {
		if s.full(report) {
			return nil
		}
		report.Looked++
		if err := s.sweepOne(ctx, rec, report); err != nil {
			return err
		}
	}
	return nil
}

// due leaves out what the index itself shows to be waiting rightly, so that its record need not be read.
func (s *Sweeper) due(page message.PendingPage) []string {
	now, ids := s.Now(), make([]string, 0, len(page.Keys))
	for _, key := range page.Keys {
		if now.Before(key.NextAttemptAt) || now.Before(key.NextSweepAt) || now.Sub(key.CreatedAt) < s.Settings.After {
			continue
		}
		ids = append(ids, key.ID)
	}
	return ids
}

// sweepOne ends a record past its deadline, or publishes the ticket of one that was left behind. The note on the record
// comes first: of two sweepers only one publishes.
func (s *Sweeper) sweepOne(ctx context.Context, rec message.Record, report *Report) error {
	now := s.Now()
	ctx = telemetry.About(ctx, rec.ID, rec.ExecutionARN)
	if !s.free[s.laneOf(rec.Channel)] || !rec.LeftBehind(now, s.Settings.After) {
		return nil
	}
	if rec.Overdue(now) {
		return s.expire(ctx, rec, report)
	}
	next, err := rec.Sweep(now, s.Settings.After, s.Settings.First, s.Settings.Max)
	if err != nil {
		return nil //nolint:nilerr // it is not left behind after all
	}
	if saved, err := s.save(ctx, rec, next); !saved {
		return err
	}
	if err := s.Publisher.Publish(ctx, next, next.Ticket(message.EventSwept, now)); err != nil {
		return fmt.Errorf("publish the ticket of message %s: %w", rec.ID, err)
	}
	report.Swept++
	telemetry.Log(ctx).Warn("record was left behind; its ticket is published again",
		zap.String("status", string(rec.Status)), zap.Int("swept", next.Swept))
	return nil
}

// expire sends the ticket to the DLQ before it writes the record, as MarkFailed does: should the sweeper die in between, the
// next run expires the message again; once the record were final, nobody would. A ticket too many, also of a message that
// somebody else has moved on since it was read, is stale as soon as it is redriven.
func (s *Sweeper) expire(ctx context.Context, rec message.Record, report *Report) error {
	next, err := rec.Expire(s.Now())
	if err != nil {
		return nil //nolint:nilerr // somebody holds it: that execution finds the deadline passed
	}
	if err := s.lane(s.laneOf(rec.Channel)).DeadLetters.SendDeadLetter(ctx, next.ExpiredTicket(s.Now()), next.Reason); err != nil {
		return fmt.Errorf("send message %s to the DLQ: %w", rec.ID, err)
	}
	if saved, err := s.save(ctx, rec, next); !saved {
		return err
	}
	report.Expired++
	return nil
}

// save reports false, without an error, where somebody else was faster: then there is nothing left to sweep.
func (s *Sweeper) save(ctx context.Context, prev, next message.Record) (bool, error) {
	err := s.Records.Save(ctx, prev, next)
	if errors.Is(err, message.ErrConflict) || errors.Is(err, message.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("write message %s: %w", prev.ID, err)
	}
	return true, nil
}
