package message_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

const (
	id     = "0190b5a0-0000-7000-8000-000000000001"
	mine   = "arn:aws:states:us-east-1:000000000000:express:deliver:mine"
	theirs = "arn:aws:states:us-east-1:000000000000:express:deliver:theirs"
)

// now is neither UTC nor whole milliseconds, as a clock's time may be.
func now() time.Time {
	return time.Date(2026, 11, 25, 12, 0, 0, 123_456_789, time.FixedZone("somewhere", 3600))
}

// moment is now as a record holds it.
func moment() time.Time { return time.Date(2026, 11, 25, 11, 0, 0, 123_000_000, time.UTC) }

func times() message.Times {
	return message.Times{Lease: time.Minute, Deadline: 24 * time.Hour, RecordTTL: 90 * 24 * time.Hour}
}

// Who brings the ticket.
const (
	byQueue = "by the queue"
	byHand  = "by hand"
	again   = "by the same execution again"
)

// Which turn of the record the ticket speaks of.
const (
	valid           = "valid ticket"
	olderGeneration = "ticket of an older generation"
	newerGeneration = "ticket of a newer generation"
	olderDeferral   = "ticket of an older deferral"
	newerDeferral   = "ticket of a newer deferral"
	blank           = "ticket without generation and deferral"
)

// situation is one way in which a ticket can meet a record.
type situation struct {
	status  message.Status
	reason  message.Reason
	live    bool // the lease
	by      string
	ticket  string
	replay  bool
	overdue bool
}

func (s situation) String() string {
	return fmt.Sprintf("%s/%s lease live %t, %s, %s, replay %t, overdue %t",
		s.status, s.reason, s.live, s.by, s.ticket, s.replay, s.overdue)
}

// situations are all of them.
func situations() []situation {
	var all []situation
	for _, stand := range stands() {
		for _, by := range []string{byQueue, byHand, again} {
			if by == again && stand.status != message.StatusProcessing {
				continue
			}
			for _, ticket := range []string{valid, olderGeneration, newerGeneration, olderDeferral, newerDeferral, blank} {
				for flags := range 4 {
					s := stand
					s.by, s.ticket, s.replay, s.overdue = by, ticket, flags&1 != 0, flags&2 != 0
					all = append(all, s)
				}
			}
		}
	}
	return all
}

// stands are the places where a record can stand: every status, with every reason that it can have.
func stands() []situation {
	all := []situation{
		{status: message.StatusCreated},
		{status: message.StatusProcessing, live: true},
		{status: message.StatusProcessing},
		{status: message.StatusCompleted},
	}
	for _, reason := range message.Reasons() {
		switch reason {
		case message.ReasonRefused, message.ReasonExpired, message.ReasonPipelineFault:
			all = append(all, situation{status: message.StatusFailed, reason: reason})
		case message.ReasonUnavailable, message.ReasonRateLimited, message.ReasonUnauthorized, message.ReasonMisconfigured,
			message.ReasonCircuitOpen:
			all = append(all, situation{status: message.StatusDeferred, reason: reason})
		}
	}
	return all
}

func (s situation) record() message.Record {
	r := message.New(id, "web_action", "ntfy", "test", "ann", `{"text":"hello"}`, now().Add(-time.Hour), times())
	r.Status, r.Reason, r.Detail = s.status, s.reason, ""
	r.Generation, r.Deferrals, r.Version = 3, 2, 17
	r.Swept, r.NextSweepAt = 2, moment().Add(time.Hour)
	r.ExecutionARN, r.ExecutionStarted = theirs, moment().Add(-time.Minute)
	r.Attempts = []message.Attempt{{At: moment().Add(-time.Minute), Outcome: "unavailable"}}
	r.Deadline = moment().Add(time.Millisecond)
	if s.overdue {
		r.Deadline = moment()
	}
	if s.by == again {
		r.ExecutionARN = mine
	}
	switch s.status {
	case message.StatusProcessing, message.StatusDeferred:
		r.NextAttemptAt, r.SlotAt = moment().Add(time.Minute), moment().Add(time.Minute)
	case message.StatusCreated, message.StatusCompleted, message.StatusFailed:
	}
	if s.status == message.StatusProcessing {
		r.LeaseUntil = moment()
	}
	if s.live {
		r.LeaseUntil = moment().Add(time.Millisecond)
	}
	if s.reason != "" {
		r.Detail = "why"
	}
	return r
}

func (s situation) ticketAndExecution() (message.Ticket, message.Execution) {
	t := message.Ticket{MessageID: id, Generation: 3, Deferral: 2, Replay: s.replay}
	switch s.ticket {
	case olderGeneration:
		t.Generation = 2
	case newerGeneration:
		t.Generation = 4
	case olderDeferral:
		t.Deferral = 1
	case newerDeferral:
		t.Deferral = 3
	case blank:
		t.Generation, t.Deferral = 0, 0
	}
	by := message.Execution{ARN: mine, Name: "5f2d-from-the-console", Started: now().Add(-time.Second)}
	if s.by != byHand {
		by.Name = t.ExecutionName(2)
	}
	return t, by
}

func (s situation) open() bool {
	return s.status == message.StatusCreated || s.status == message.StatusDeferred ||
		s.status == message.StatusProcessing && !s.live
}

func (s situation) from(by string) bool { return s.by == by && !s.live }

// What becomes of the record.
type change int

const (
	unchanged change = iota
	leased
	leasedWithFreshDeadline
	leasedAsNextGeneration
)

// rule is one line of “What a ticket may do”.
type rule struct {
	fact    string
	applies func(situation) bool
	outcome contract.Outcome
	becomes change
}

func rules() []rule {
	const (
		proceed, expired, busy, duplicate = contract.OutcomeProceed, contract.OutcomeExpired, contract.OutcomeBusy, contract.OutcomeDuplicate
	)
	failedBy := func(s situation, reason message.Reason) bool {
		return s.status == message.StatusFailed && s.reason == reason
	}
	current := func(s situation) bool { return s.ticket == valid }
	return []rule{
		{"the same execution again goes on with what it has", func(s situation) bool {
			return s.by == again && !s.overdue
		}, proceed, unchanged},
		{"the same execution again, past the deadline, ends the message", func(s situation) bool {
			return s.by == again && s.overdue
		}, expired, unchanged},
		{"a live lease makes a valid ticket wait", func(s situation) bool {
			return s.live && s.by == byQueue && current(s)
		}, busy, unchanged},
		{"a live lease makes a stale ticket a duplicate", func(s situation) bool {
			return s.live && s.by == byQueue && !current(s)
		}, duplicate, unchanged},
		{"a live lease makes a person wait", func(s situation) bool { return s.live && s.by == byHand }, busy, unchanged},

		{"a stale ticket is a duplicate", func(s situation) bool { return s.from(byQueue) && !current(s) }, duplicate, unchanged},
		{"a valid ticket takes what is open", func(s situation) bool {
			return s.from(byQueue) && current(s) && s.open() && !s.overdue
		}, proceed, leased},
		{"a valid ticket past the deadline takes the message to end it", func(s situation) bool {
			return s.from(byQueue) && current(s) && s.open() && s.overdue
		}, expired, leased},
		{"a redriven pipeline fault is delivered, with time to do so", func(s situation) bool {
			return s.from(byQueue) && current(s) && failedBy(s, message.ReasonPipelineFault)
		}, proceed, leasedWithFreshDeadline},
		{"a redriven expired message is delivered as new", func(s situation) bool {
			return s.from(byQueue) && current(s) && failedBy(s, message.ReasonExpired) && s.replay
		}, proceed, leasedAsNextGeneration},
		{"an expired message's ordinary ticket is a duplicate", func(s situation) bool {
			return s.from(byQueue) && current(s) && failedBy(s, message.ReasonExpired) && !s.replay
		}, duplicate, unchanged},
		{"a refused message is not sent again, whatever the ticket says", func(s situation) bool {
			return s.from(byQueue) && current(s) && failedBy(s, message.ReasonRefused)
		}, duplicate, unchanged},
		{"a completed message is not sent again, whatever the ticket says", func(s situation) bool {
			return s.from(byQueue) && current(s) && s.status == message.StatusCompleted
		}, duplicate, unchanged},

		{"a person delivers what is open, with any ticket", func(s situation) bool {
			return s.from(byHand) && s.open() && !s.overdue
		}, proceed, leased},
		{"a person delivers what is overdue, with time to do so", func(s situation) bool {
			return s.from(byHand) && s.open() && s.overdue
		}, proceed, leasedWithFreshDeadline},
		{"a person delivers what failed as new", func(s situation) bool {
			return s.from(byHand) && s.status == message.StatusFailed
		}, proceed, leasedAsNextGeneration},
		{"a person who asks for a replay delivers what is completed as new", func(s situation) bool {
			return s.from(byHand) && s.status == message.StatusCompleted && s.replay && s.ofThisGeneration()
		}, proceed, leasedAsNextGeneration},
		{"a replay by hand is shown once per generation", func(s situation) bool {
			return s.from(byHand) && s.status == message.StatusCompleted && s.replay && !s.ofThisGeneration()
		}, duplicate, unchanged},
		{"a person who does not ask for a replay gets no second notification", func(s situation) bool {
			return s.from(byHand) && s.status == message.StatusCompleted && !s.replay
		}, duplicate, unchanged},
	}
}

func (s situation) ofThisGeneration() bool {
	return s.ticket != olderGeneration && s.ticket != newerGeneration
}

// after is the record that a change makes of r, said again in the test's own words.
func (c change) after(r message.Record) message.Record {
	if c == unchanged {
		return r
	}
	r.Status, r.Reason, r.Detail = message.StatusProcessing, "", ""
	r.LeaseUntil = moment().Add(time.Minute)
	r.ExecutionARN, r.ExecutionStarted = mine, moment().Add(-time.Second)
	r.UpdatedAt = moment()
	r.Version = 18
	if c == leased {
		return r
	}
	r.Deadline, r.ExpiresAt = moment().Add(24*time.Hour), moment().Add(90*24*time.Hour).Truncate(time.Second)
	if c == leasedWithFreshDeadline {
		return r
	}
	r.Generation, r.Deferrals, r.Swept = 4, 0, 0
	r.NextAttemptAt, r.SlotAt, r.NextSweepAt = time.Time{}, time.Time{}, time.Time{}
	return r
}

func TestTakeFollowsTheTable(t *testing.T) {
	t.Parallel()
	for _, rule := range rules() {
		t.Run(rule.fact, func(t *testing.T) {
			t.Parallel()
			met := 0
			for _, s := range situations() {
				if !rule.applies(s) {
					continue
				}
				met++
				before := s.record()
				ticket, by := s.ticketAndExecution()
				after, outcome := before.Take(ticket, by, now(), times())
				require.Equal(t, rule.outcome, outcome, s)
				require.Equal(t, rule.becomes.after(s.record()), after, s)
				require.Equal(t, s.record(), before, "the record that was read must stay as it was: %s", s)
			}
			require.Positive(t, met, "the rule is never met")
		})
	}
}

func TestTakeHasOneRuleForEachSituation(t *testing.T) {
	t.Parallel()
	for _, s := range situations() {
		var facts []string
		for _, rule := range rules() {
			if rule.applies(s) {
				facts = append(facts, rule.fact)
			}
		}
		require.Len(t, facts, 1, "%s: %q", s, facts)
	}
}

func TestTakeAsMarkProcessingRetried(t *testing.T) {
	t.Parallel()
	for _, s := range situations() {
		ticket, by := s.ticketAndExecution()
		taken, outcome := s.record().Take(ticket, by, now(), times())
		if taken.Version == s.record().Version {
			continue
		}
		same, repeated := taken.Take(ticket, by, now(), times())
		require.Equal(t, taken, same, s)
		require.Equal(t, outcome, repeated, s)
	}
}

func TestAReplayByHandStartedTwiceIsShownOnce(t *testing.T) {
	t.Parallel()
	s := situation{status: message.StatusCompleted, by: byHand, ticket: valid, replay: true}
	ticket, by := s.ticketAndExecution()
	taken, _ := s.record().Take(ticket, by, now(), times())
	done, err := taken.Complete(by.ARN, message.Attempt{At: moment()}, now())
	require.NoError(t, err)

	by.ARN = theirs
	_, outcome := done.Take(ticket, by, now(), times())
	require.Equal(t, contract.OutcomeDuplicate, outcome)
}

func TestARedriveOfAnExpiredMessageWorksOnce(t *testing.T) {
	t.Parallel()
	s := situation{status: message.StatusFailed, reason: message.ReasonExpired, by: byQueue, ticket: valid}
	ticket := s.record().ExpiredTicket(now())
	require.Equal(t, message.EventExpired, ticket.EventType)
	by := message.Execution{ARN: mine, Name: ticket.ExecutionName(1), Started: now()}
	taken, outcome := s.record().Take(ticket, by, now(), times())
	require.Equal(t, contract.OutcomeProceed, outcome)
	require.Equal(t, 4, taken.Generation)

	done, err := taken.Complete(mine, message.Attempt{At: moment()}, now())
	require.NoError(t, err)
	by.ARN = theirs
	_, outcome = done.Take(ticket, by, now(), times())
	require.Equal(t, contract.OutcomeDuplicate, outcome, "the same DLQ item once more")
}
