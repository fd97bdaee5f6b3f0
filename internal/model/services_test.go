package model_test

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/ntfy"
)

var errThrottled = errors.New("ThrottlingException")

// call is one call to a service: it fails before anything happened, or after, or is repeated since its answer was lost.
func (a *actor) call(do func() error) error {
	a.pause()
	if a.unlucky(60) {
		a.spoilt()
		return errThrottled
	}
	err := do()
	if err == nil && a.unlucky(30) {
		a.pause()
		err = do()
	}
	if err == nil && a.unlucky(60) {
		a.spoilt()
		return errThrottled
	}
	return err
}

// table is an actor's view of the messages table.
type table struct{ *actor }

func (t table) Create(ctx context.Context, rec message.Record) error {
	return t.call(func() error {
		known := t.has(rec.ID)
		err := t.records.Create(ctx, rec)
		if err == nil && !known {
			t.wrote(nil, rec)
		}
		return err
	})
}

func (t table) Load(ctx context.Context, id string) (rec message.Record, err error) {
	err = t.call(func() (err error) {
		rec, err = t.records.Load(ctx, id)
		return err
	})
	return rec, err
}

func (t table) Save(ctx context.Context, prev, next message.Record) error {
	return t.call(func() error {
		before, _ := t.records.Load(ctx, prev.ID)
		err := t.records.Save(ctx, prev, next)
		if err == nil && before.Version == prev.Version && next.Version != prev.Version {
			t.checkWrite(t.actor, before, next)
			t.wrote(&before, next)
		}
		return err
	})
}

func (t table) Pending(ctx context.Context, key, cursor string, limit int) (page message.PendingPage, err error) {
	err = t.call(func() (err error) {
		page, err = t.records.Pending(ctx, key, cursor, limit)
		return err
	})
	return page, err
}

func (t table) LoadMany(ctx context.Context, ids []string) (records []message.Record, err error) {
	err = t.call(func() (err error) {
		records, err = t.records.LoadMany(ctx, ids)
		return err
	})
	return records, err
}

func (w *world) has(id string) bool {
	_, err := w.records.Load(context.Background(), id)
	return err == nil
}

// wrote puts a change into the table's stream.
func (w *world) wrote(before *message.Record, after message.Record) {
	stored, err := w.records.Load(context.Background(), after.ID)
	if err != nil {
		w.violatedf("%v", err)
	}
	w.last[after.ID] = stored
	w.stream = append(w.stream, metrics.Change{Old: before, New: &stored})
	w.tally.writes++
}

// item is one of the queue's.
type item struct {
	ticket  message.Ticket
	visible time.Time
	receive int
}

// Publish is SNS, and SQS behind it.
func (a *actor) Publish(_ context.Context, _ message.Record, t message.Ticket) error {
	return a.SendTicket(context.Background(), t, 0)
}

// SendTicket is the main queue.
func (a *actor) SendTicket(_ context.Context, t message.Ticket, delay time.Duration) error {
	return a.call(func() error {
		wait := time.Duration(math.Ceil(min(max(delay, 0), a.settings.MaxDelay).Seconds())) * time.Second
		a.queue = append(a.queue, &item{ticket: t, visible: a.now.Add(wait)})
		return nil
	})
}

// SendDeadLetter is the DLQ.
func (a *actor) SendDeadLetter(_ context.Context, t message.Ticket, _ message.Reason) error {
	return a.call(func() error {
		a.dlq = append(a.dlq, t)
		a.deadLettered[turn{t.MessageID, t.Generation}] = true
		return nil
	})
}

// Visible is the queue's backlog: what waits to be received.
func (a *actor) Visible(context.Context) (visible int, err error) {
	err = a.call(func() error {
		visible = len(a.waiting())
		return nil
	})
	return visible, err
}

// waiting are the queue items that somebody may receive now.
func (w *world) waiting() []*item {
	var items []*item
	for _, it := range w.queue {
		if !it.visible.After(w.now) {
			items = append(items, it)
		}
	}
	return items
}

// What ntfy does with a request.
const (
	delivers  = "delivers"
	breaksOff = "delivers, but its answer is lost"
	isDown    = "is down"
	limits    = "limits the rate"
	refuses   = "refuses the message"
	token     = "refuses the token"
	elsewhere = "is not ntfy"
)

// publisher is an actor's way to ntfy.
type publisher struct{ *actor }

func (p publisher) Publish(_ context.Context, n ntfy.Notification, _ string) ntfy.Result {
	p.pause()
	p.checkSend(p.actor, n)
	p.tally.requests++
	switch p.answer {
	case delivers, breaksOff:
		p.shown[n.SequenceID]++
		if p.answer == breaksOff {
			p.spoilt()
			return ntfy.Result{Class: ntfy.Unavailable, Detail: "broke the connection off"}
		}
		p.pause()
		return ntfy.Result{Class: ntfy.Delivered, Status: 200, NtfyID: "n", Latency: 20 * time.Millisecond}
	case limits:
		return ntfy.Result{Class: ntfy.RateLimited, Status: 429, Code: 42901, Detail: "429"}
	case refuses:
		return ntfy.Result{Class: ntfy.Rejected, Status: 400, Code: 40018, Detail: "400"}
	case token:
		return ntfy.Result{Class: ntfy.Unauthorized, Status: 401, Code: 40101, Detail: "401"}
	case elsewhere:
		return ntfy.Result{Class: ntfy.Misconfigured, Status: 404, Detail: "404"}
	}
	return ntfy.Result{Class: ntfy.Unavailable, Status: 503, Detail: "503"}
}

// noToken: the model's ntfy asks for none.
type noToken struct{}

func (noToken) Token(context.Context) (string, error)   { return "", nil }
func (noToken) Refresh(context.Context) (string, error) { return "", nil }

// circuitTable is an actor's view of the circuit table.
type circuitTable struct{ *actor }

func (t circuitTable) LoadCircuit(ctx context.Context, channel string) (found circuit.Item, err error) {
	err = t.call(func() (err error) {
		found, err = t.circuits.LoadCircuit(ctx, channel)
		return err
	})
	return found, err
}

func (t circuitTable) SaveCircuit(ctx context.Context, channel string, next circuit.Circuit) error {
	return t.call(func() error { return t.circuits.SaveCircuit(ctx, channel, next) })
}

func (t circuitTable) SaveLimit(ctx context.Context, channel string, prev, next circuit.Limit) error {
	return t.call(func() error { return t.circuits.SaveLimit(ctx, channel, prev, next) })
}

func (t circuitTable) TakeSlot(ctx context.Context, channel string, now time.Time, base time.Duration) (slot time.Time, err error) {
	err = t.call(func() (err error) {
		slot, err = t.circuits.TakeSlot(ctx, channel, now, base)
		return err
	})
	return slot, err
}

func (w *world) series() metrics.Series { return metrics.MessageSeries(stage, messageType) }

const (
	stage       = "test"
	messageType = "notification"
	channel     = contract.ChannelNtfy
)
