package metrics_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
)

const (
	stage     = "dev"
	kind      = "notification"
	execution = "arn:aws:states:us-east-1:123456789012:express:deliver:1"
)

// noon is the hour in which messages are accepted, unless a test says otherwise.
func noon() time.Time { return time.Date(2026, time.November, 25, 12, 0, 0, 0, time.UTC) }

func times() message.Times {
	return message.Times{Lease: time.Minute, Deadline: 24 * time.Hour, RecordTTL: 90 * 24 * time.Hour}
}

func meter() metrics.Meter { return metrics.Meter{Deadline: times().Deadline} }

func series() metrics.Series { return metrics.MessageSeries(stage, kind) }

// story is one message's life: every version of its record, in order.
type story struct {
	t        *testing.T
	versions []message.Record
}

// begin accepts a message.
func begin(t *testing.T, at time.Time) *story {
	t.Helper()
	rec := message.New("0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11", kind, contract.ChannelNtfy, stage, "user:ann", "{}", at, times())
	return &story{t: t, versions: []message.Record{rec}}
}

func (s *story) now() message.Record { return s.versions[len(s.versions)-1] }

// then adds a version.
func (s *story) then(rec message.Record, err error) *story {
	s.t.Helper()
	require.NoError(s.t, err)
	s.versions = append(s.versions, rec)
	return s
}

func (s *story) take(at time.Time) *story {
	s.t.Helper()
	rec := s.now()
	ticket := rec.Ticket(message.EventCreated, at)
	by := message.Execution{ARN: execution + at.String(), Name: ticket.ExecutionName(1), Started: at}
	next, outcome := rec.Take(ticket, by, at, times())
	require.Equal(s.t, contract.OutcomeProceed, outcome)
	return s.then(next, nil)
}

func (s *story) attempt(at time.Time) *story {
	s.t.Helper()
	return s.then(s.now().Attempted(s.now().ExecutionARN, message.Attempt{At: at, Outcome: "unavailable", Status: 503}, at))
}

func (s *story) deferral(at, until time.Time) *story {
	s.t.Helper()
	d := message.Deferral{From: s.now().Deferrals, Until: until, Reason: message.ReasonUnavailable}
	return s.then(s.now().Defer(s.now().ExecutionARN, d, at))
}

func (s *story) complete(sent, at time.Time) *story {
	s.t.Helper()
	a := message.Attempt{At: sent, Outcome: "delivered", Status: 200}
	return s.then(s.now().Complete(s.now().ExecutionARN, a, at))
}

func (s *story) fail(why message.Reason, at time.Time) *story {
	s.t.Helper()
	return s.then(s.now().Fail(s.now().ExecutionARN, why, "", at))
}

func (s *story) replay(at time.Time) *story {
	s.t.Helper()
	return s.then(s.now().Replay(s.now().Generation, "user:ann", at, times()))
}

func (s *story) redrive(at time.Time) *story {
	s.t.Helper()
	next, _, err := s.now().Redrive("user:ann", at, times())
	return s.then(next, err)
}

// last is the change from the version before the newest one to that.
func (s *story) last() (old, next *message.Record) {
	if len(s.versions) > 1 {
		old = &s.versions[len(s.versions)-2]
	}
	return old, &s.versions[len(s.versions)-1]
}

// changes are all changes, as the stream brings them.
func (s *story) changes() []metrics.Change {
	var all []metrics.Change
	for i := range s.versions {
		c := metrics.Change{New: &s.versions[i]}
		if i > 0 {
			c.Old = &s.versions[i-1]
		}
		all = append(all, c)
	}
	return all
}

// eventful is a life with everything in it: deferred, failed, replayed, delivered at last.
func eventful(t *testing.T) *story {
	t.Helper()
	at := func(minutes int) time.Time { return noon().Add(time.Duration(minutes) * time.Minute) }
	return begin(t, at(0)).take(at(0)).attempt(at(1)).attempt(at(2)).deferral(at(3), at(63)).
		take(at(63)).attempt(at(64)).fail(message.ReasonRefused, at(65)).
		replay(at(130)).take(at(130)).complete(at(131), at(131))
}

// hours is what the store holds of the test's series.
func hours(t *testing.T, store metrics.Store) map[time.Time]metrics.Counters {
	t.Helper()
	got, err := store.Hours(t.Context(), series(), noon().Add(-1000*time.Hour), noon().Add(1000*time.Hour))
	require.NoError(t, err)
	return got
}

// took is a histogram with one duration in it.
func took(t *testing.T, d time.Duration) metrics.Histogram {
	t.Helper()
	deltas := meter().Count(begin(t, noon()).take(noon()).complete(noon(), noon().Add(d)).last())
	var all metrics.Counters
	for _, delta := range deltas {
		all = all.Plus(delta.Counters)
	}
	return all.Latency
}

// broken is a store that cannot be written.
type broken struct {
	metrics.Store

	err error
}

func (b broken) Add(context.Context, []metrics.Event) ([]metrics.Event, error) {
	return nil, b.err
}
func (b broken) AddDelta(context.Context, metrics.Delta) error { return b.err }
func (b broken) Hours(context.Context, metrics.Series, time.Time, time.Time) (map[time.Time]metrics.Counters, error) {
	return nil, b.err
}
