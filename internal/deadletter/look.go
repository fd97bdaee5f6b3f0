package deadletter

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// View is what a look shows.
type View struct {
	// Depth is about how many items the queue holds.
	Depth int
	// Sample are some of them, at most 100.
	Sample []Letter
	// Failed are the newest messages that failed as pipeline_fault or expired, at most 50.
	Failed []message.Record
}

// Letter is an item, and the record that it is about.
type Letter struct {
	ItemID string
	// MessageID is empty where the item cannot be read.
	MessageID string
	// Status is empty where there is no record.
	Status message.Status
	// Reason is the record's, or says what is wrong with the item: "unreadable: …", "gone".
	Reason, Detail string
	SentAt         time.Time
	Receives       int
	// Redrivable reports whether the item, put into the main queue again, would deliver its message.
	Redrivable bool
}

// Look shows the queue. Its items are hidden from others only as long as it looks.
func (o *Office) Look(ctx context.Context) (View, error) {
	view := View{Failed: []message.Record{}}
	var err error
	if view.Depth, view.Sample, err = o.look(ctx); err != nil {
		return View{}, err
	}
	if view.Failed, err = o.failed(ctx); err != nil {
		return View{}, err
	}
	return view, nil
}

// look is what the queue itself shows: about how many items, and some of them.
func (o *Office) look(ctx context.Context) (depth int, sample []Letter, err error) {
	if depth, err = o.Letters.Visible(ctx); err != nil {
		return 0, nil, fmt.Errorf("look at the dead-letter queue: %w", err)
	}
	items, err := o.Letters.Receive(ctx, mostItems, depth)
	if err != nil {
		return 0, nil, fmt.Errorf("look at the dead-letter queue: %w", err)
	}
	o.release(ctx, items)
	if sample, err = o.read(ctx, items); err != nil {
		return 0, nil, err
	}
	return max(depth, len(sample)), sample, nil
}

// release gives items back. A fault is only logged: they come back by themselves.
func (o *Office) release(ctx context.Context, items []Item) {
	if len(items) == 0 {
		return
	}
	if err := o.Letters.Release(ctx, items); err != nil {
		telemetry.Log(ctx).Warn("dead letters stay hidden for some seconds", zap.Int("items", len(items)), zap.Error(err))
	}
}

// read joins items with their records.
func (o *Office) read(ctx context.Context, items []Item) ([]Letter, error) {
	tickets, faults, ids := make([]message.Ticket, len(items)), make([]error, len(items)), []string{}
	for i, item := range items {
		if tickets[i], faults[i] = message.ParseTicket(item.Body); faults[i] == nil {
			ids = append(ids, tickets[i].MessageID)
		}
	}
	records, err := o.Records.LoadMany(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read the dead letters' records: %w", err)
	}
	byID := make(map[string]message.Record, len(records))
	for _, rec := range records {
		byID[rec.ID] = rec
	}
	letters := make([]Letter, 0, len(items))
	for i, item := range items {
		letter := Letter{ItemID: item.ID, SentAt: item.SentAt, Receives: item.Receives}
		if faults[i] != nil {
			letter.Reason = unreadable(faults[i])
		} else {
			letter.MessageID = tickets[i].MessageID
			rec, there := byID[letter.MessageID]
			o.join(&letter, item, tickets[i], rec, there)
		}
		letters = append(letters, letter)
	}
	return letters, nil
}

// Reasons of items whose record says none.
const (
	reasonGone     = "gone"
	reasonReceives = "receives used up"
)

func (o *Office) join(letter *Letter, item Item, t message.Ticket, rec message.Record, there bool) {
	if !there {
		letter.Reason, letter.Detail = reasonGone, "there is no record with this id (any more), or it cannot be read"
		return
	}
	letter.Status, letter.Reason, letter.Detail = rec.Status, string(rec.Reason), rec.Detail
	letter.Redrivable = rec.Redrivable(t, o.Now(), o.Times)
	switch {
	case letter.Reason != "":
	case item.Reason != "":
		letter.Reason = item.Reason
	default:
		letter.Reason = reasonReceives
	}
}

// unreadable says what is wrong with an item's body; the fault never quotes it.
func unreadable(fault error) string {
	const longest = 250
	reason := "unreadable: " + fault.Error()
	if len(reason) > longest {
		reason = reason[:longest]
	}
	return reason
}

const (
	// mostFailed is how many records a look shows; it reads at most failedPages pages of the index for them.
	mostFailed  = 50
	failedPages = 4
	failedPage  = 100
)

// failed finds the newest messages that failed for a reason of ours.
func (o *Office) failed(ctx context.Context) ([]message.Record, error) {
	found, position := []message.Record{}, ""
	for range failedPages {
		page, err := o.Records.NewestPending(ctx, string(message.StatusFailed), message.Span{}, position, failedPage)
		if err != nil {
			return nil, fmt.Errorf("list what failed: %w", err)
		}
		ids := make([]string, 0, len(page.Keys))
		for _, key := range page.Keys {
			ids = append(ids, key.ID)
		}
		records, err := o.Records.LoadMany(ctx, ids)
		if err != nil {
			return nil, fmt.Errorf("read what failed: %w", err)
		}
		for _, rec := range records {
			if deadReason(rec) {
				found = append(found, rec)
			}
		}
		if position = page.Next; position == "" || len(found) >= mostFailed {
			break
		}
	}
	return found[:min(mostFailed, len(found))], nil
}

// deadReason reports whether a record failed for a reason that leaves a ticket in the dead-letter queue.
func deadReason(rec message.Record) bool {
	return rec.Status == message.StatusFailed &&
		(rec.Reason == message.ReasonPipelineFault || rec.Reason == message.ReasonExpired)
}
