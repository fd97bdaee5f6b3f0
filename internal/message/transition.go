package message

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/settings"
)

// ErrNotHolder means: the execution does not hold the message's lease (any more), so it may not move it.
var ErrNotHolder = errors.New("the execution does not hold the message's lease")

// ErrNotAllowed means: the transition does not exist from the record's status.
var ErrNotAllowed = errors.New("transition not allowed")

// New is a message that nobody has seen yet.
func New(id, kind, channel, stage, createdBy, payload string, now time.Time, times Times) Record {
	now = Moment(now)
	return Record{
		ID: id, CreatedAt: now, UpdatedAt: now, CreatedBy: createdBy, Stage: stage, Type: kind, Channel: channel,
		Status: StatusCreated, Payload: payload, Generation: 1, Version: 1,
		Deadline: now.Add(times.Deadline), ExpiresAt: expiry(now, times),
	}
}

// expiry is in whole seconds: DynamoDB's time to live knows no finer ones.
func expiry(now time.Time, times Times) time.Time {
	return Moment(now).Add(times.RecordTTL).Truncate(time.Second)
}

// Times are the durations that transitions need.
type Times struct {
	// Lease is how long an execution owns its message.
	Lease time.Duration
	// Deadline is how long a message may wait, from creation or replay.
	Deadline time.Duration
	// RecordTTL is how long the record is kept, from creation or replay.
	RecordTTL time.Duration
}

// Take decides what a ticket, in the hands of an execution, may do with the record, and gives the record with the
// lease taken where it may go on. The outcomes: proceed and expired (lease taken: MarkFailed ends it), duplicate and
// busy (record unchanged). DESIGN: “What a ticket may do”.
func (r Record) Take(t Ticket, by Execution, now time.Time, times Times) (Record, contract.Outcome) {
	if r.Status == StatusProcessing && r.ExecutionARN == by.ARN {
		return r, r.proceedOrExpired(now) // the same execution again: a retried Lambda, or a write whose answer was lost
	}
	if r.LeaseLive(now) {
		if t.FromQueue(by.Name) && !r.valid(t) {
			return r, contract.OutcomeDuplicate
		}
		return r, contract.OutcomeBusy
	}
	next, allowed := r.admit(t, by, now, times)
	if !allowed {
		return r, contract.OutcomeDuplicate
	}
	next = next.lease(by, now, times)
	return next, next.proceedOrExpired(now)
}

// valid: a ticket speaks for the record only as long as neither a replay nor a deferral came after it.
func (r Record) valid(t Ticket) bool {
	return t.Generation == r.Generation && t.Deferral == r.Deferrals
}

func (r Record) proceedOrExpired(now time.Time) contract.Outcome {
	if r.Overdue(now) {
		return contract.OutcomeExpired
	}
	return contract.OutcomeProceed
}

// Overdue reports whether the deadline has passed.
func (r Record) Overdue(now time.Time) bool { return !now.Before(r.Deadline) }

func (r Record) admit(t Ticket, by Execution, now time.Time, times Times) (Record, bool) {
	if t.FromQueue(by.Name) {
		return r.admitFromQueue(t, now, times)
	}
	return r.admitByHand(t, now, times)
}

func (r Record) admitFromQueue(t Ticket, now time.Time, times Times) (Record, bool) {
	if !r.valid(t) {
		return r, false
	}
	switch r.Status {
	case StatusCreated, StatusDeferred, StatusProcessing: // processing: its lease has lapsed
		return r, true
	case StatusFailed:
		if r.Reason == ReasonPipelineFault {
			return r.freshDeadline(now, times), true // a redrive is an operator's wish to deliver
		}
		if r.Reason == ReasonExpired && t.Replay {
			return r.nextGeneration(now, times), true
		}
	case StatusCompleted:
	}
	return r, false
}

// admitByHand: a person restarted the execution in the console or on the command line, and means it.
func (r Record) admitByHand(t Ticket, now time.Time, times Times) (Record, bool) {
	switch r.Status {
	case StatusCreated, StatusDeferred, StatusProcessing:
		if r.Overdue(now) {
			return r.freshDeadline(now, times), true
		}
		return r, true
	case StatusFailed:
		return r.nextGeneration(now, times), true
	case StatusCompleted:
		// Once per generation: the same input started twice shows one new notification, not two.
		if t.Replay && (t.Generation == 0 || t.Generation == r.Generation) {
			return r.nextGeneration(now, times), true
		}
	}
	return r, false
}

func (r Record) freshDeadline(now time.Time, times Times) Record {
	r.Deadline = Moment(now).Add(times.Deadline)
	r.ExpiresAt = expiry(now, times)
	return r
}

func (r Record) nextGeneration(now time.Time, times Times) Record {
	r = r.freshDeadline(now, times)
	r.Generation++
	r.Deferrals = 0
	r.Swept = 0
	return r.notWaiting()
}

// notWaiting drops everything that only a waiting or failed message has.
func (r Record) notWaiting() Record {
	r.Reason, r.Detail = "", ""
	r.NextAttemptAt, r.SlotAt, r.NextSweepAt, r.LeaseUntil = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return r
}

// lease keeps NextAttemptAt and SlotAt: an execution that takes over a lapsed lease must know of the slot. Why the
// message waited or failed is over.
func (r Record) lease(by Execution, now time.Time, times Times) Record {
	r.Status, r.Reason, r.Detail = StatusProcessing, "", ""
	r.LeaseUntil = Moment(now).Add(times.Lease)
	r.ExecutionARN, r.ExecutionStarted, r.TraceID = by.ARN, Moment(by.Started), by.TraceID
	return r.written(now)
}

func (r Record) written(now time.Time) Record {
	r.UpdatedAt = Moment(now)
	r.Version++
	return r
}

// holds reports ErrNotHolder unless the execution owns the processing message. A lapsed lease that nobody took is
// still its own: what it knows is the truth.
func (r Record) holds(arn string) error {
	if r.Status != StatusProcessing || r.ExecutionARN != arn {
		return fmt.Errorf("message %s is %s: %w", r.ID, r.Status, ErrNotHolder)
	}
	return nil
}

// Attempted notes an attempt that did not deliver. The same attempt, told by its time, changes nothing when it is noted
// again. Errors: ErrNotHolder.
func (r Record) Attempted(arn string, a Attempt, now time.Time) (Record, error) {
	if err := r.holds(arn); err != nil {
		return r, err
	}
	if last, ok := r.LastAttempt(); ok && last.At.Equal(Moment(a.At)) {
		return r, nil
	}
	return r.attempted(a).written(now), nil
}

// attempted copies the attempts before it adds one: the record that was read may share its own with others.
func (r Record) attempted(a Attempt) Record {
	a.At, a.RetryAt = Moment(a.At), Moment(a.RetryAt)
	r.Attempts = append(slices.Clip(r.Attempts), a)
	if len(r.Attempts) > MaxAttempts {
		r.Attempts = slices.Delete(slices.Clone(r.Attempts), firstAttempts, firstAttempts+1)
	}
	return r
}

// MaxAttempts is how many attempts a record keeps: the first ten, which show how it began, and the newest. DynamoDB
// takes 400 KB and bills every write by the item's size; in a day of outage one message can collect some hundreds.
const MaxAttempts = 100

const firstAttempts = 10

// Complete ends a message that was delivered, with the attempt that did it. Done again by the same execution it
// changes nothing. Errors: ErrNotHolder.
func (r Record) Complete(arn string, a Attempt, now time.Time) (Record, error) {
	if r.Status == StatusCompleted && r.ExecutionARN == arn {
		return r, nil
	}
	if err := r.holds(arn); err != nil {
		return r, err
	}
	r = r.notWaiting().attempted(a)
	r.Status = StatusCompleted
	return r.written(now), nil
}

// Deferral is why and until when a message waits.
type Deferral struct {
	// From is the number of deferrals that the execution started from: it tells a repeat from a second deferral.
	From   int
	Until  time.Time
	Reason Reason
	Detail string
	// Slot marks Until as a rate-limit slot that is the message's own.
	Slot bool
}

// Defer puts the message off. Done again by the same execution it changes nothing. Errors: ErrNotHolder.
func (r Record) Defer(arn string, d Deferral, now time.Time) (Record, error) {
	if r.Status == StatusDeferred && r.ExecutionARN == arn && r.Deferrals == d.From+1 {
		return r, nil
	}
	if err := r.holds(arn); err != nil {
		return r, err
	}
	r = r.notWaiting()
	r.Status, r.Reason, r.Detail = StatusDeferred, d.Reason, d.Detail
	r.Deferrals++
	r.NextAttemptAt = Moment(d.Until)
	if d.Slot {
		r.SlotAt = r.NextAttemptAt
	}
	return r.written(now), nil
}

// Fail ends a message that will not be delivered. Done again by the same execution it changes nothing.
// Errors: ErrNotHolder.
func (r Record) Fail(arn string, why Reason, detail string, now time.Time) (Record, error) {
	if r.Status == StatusFailed && r.ExecutionARN == arn {
		return r, nil
	}
	if err := r.holds(arn); err != nil {
		return r, err
	}
	return r.failed(why, detail, now), nil
}

func (r Record) failed(why Reason, detail string, now time.Time) Record {
	r = r.notWaiting()
	r.Status, r.Reason, r.Detail = StatusFailed, why, detail
	return r.written(now)
}

// Expire ends, from outside any execution, a message whose deadline passed while nobody held it. Done again it changes
// nothing. Errors: ErrNotAllowed.
func (r Record) Expire(now time.Time) (Record, error) {
	if r.Status == StatusFailed && r.Reason == ReasonExpired {
		return r, nil
	}
	if r.Status.Final() || r.LeaseLive(now) || !r.Overdue(now) {
		return r, fmt.Errorf("expire message %s, which is %s until %s: %w", r.ID, r.Status, r.Deadline, ErrNotAllowed)
	}
	return r.failed(ReasonExpired, "deadline passed while it waited", now), nil
}

// PipelineFault ends, from outside any execution, a message whose ticket goes to the DLQ because something of ours
// broke on every receive. A record that the ticket no longer speaks for, a live lease and a final record stay as they
// are. Done again it changes nothing. Errors: ErrNotAllowed.
func (r Record) PipelineFault(t Ticket, detail string, now time.Time) (Record, error) {
	if r.Status == StatusFailed && r.Reason == ReasonPipelineFault && r.valid(t) {
		return r, nil
	}
	if r.Status.Final() || r.LeaseLive(now) || !r.valid(t) {
		return r, fmt.Errorf("pipeline fault of message %s, which is %s: %w", r.ID, r.Status, ErrNotAllowed)
	}
	return r.failed(ReasonPipelineFault, detail, now), nil
}

// LeftBehind reports whether the record waits for something that should have come: a first ticket, a lapsed lease's
// redelivery, an overdue deferral. after is how late is late.
func (r Record) LeftBehind(now time.Time, after time.Duration) bool {
	if now.Before(r.NextSweepAt) {
		return false
	}
	since := r.UpdatedAt
	switch r.Status {
	case StatusProcessing: // a lease that the workflow gave back ends in the past
		since = later(r.UpdatedAt, r.LeaseUntil)
	case StatusDeferred:
		since = r.NextAttemptAt
	case StatusCreated:
	case StatusCompleted, StatusFailed:
		return false
	}
	return now.Sub(since) >= after
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Sweep notes that the ticket was published again, and when at the earliest it may be published once more: first,
// doubling to most. Errors: ErrNotAllowed for a record that is not left behind.
func (r Record) Sweep(now time.Time, after, first, most time.Duration) (Record, error) {
	if !r.LeftBehind(now, after) {
		return r, fmt.Errorf("sweep message %s, which is %s: %w", r.ID, r.Status, ErrNotAllowed)
	}
	r.NextSweepAt = Moment(now).Add(Doubled(first, most, r.Swept))
	r.Swept++
	return r.noted(), nil
}

// noted leaves UpdatedAt alone: what was noted is no progress of the message.
func (r Record) noted() Record {
	r.Version++
	return r
}

// TimesOf picks the durations that transitions need out of the settings.
func TimesOf(s settings.Settings) Times {
	return Times{Lease: s.Lease, Deadline: s.Deadline, RecordTTL: s.RecordTTL}
}
