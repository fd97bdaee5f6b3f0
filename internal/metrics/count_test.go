package metrics_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
)

func TestWhatAChangeCounts(t *testing.T) {
	t.Parallel()
	at := func(minutes int) time.Time { return noon().Add(time.Duration(minutes) * time.Minute) }
	in := func(hours int, c metrics.Counters) metrics.Delta {
		return metrics.Delta{Series: series(), Hour: noon().Add(time.Duration(hours) * time.Hour), Counters: c}
	}
	tests := map[string]struct {
		life *story
		want []metrics.Delta
	}{
		"a new message": {
			begin(t, at(59)), []metrics.Delta{in(0, metrics.Counters{Accepted: 1})},
		},
		"taking it": {begin(t, at(0)).take(at(1)), nil},
		"an attempt that failed, in its own hour": {
			begin(t, at(0)).take(at(0)).attempt(at(61)), []metrics.Delta{in(1, metrics.Counters{Attempts: 1})},
		},
		"the second one, and not the first again": {
			begin(t, at(0)).take(at(0)).attempt(at(1)).attempt(at(2)), []metrics.Delta{in(0, metrics.Counters{Attempts: 1})},
		},
		"a deferral": {
			begin(t, at(0)).take(at(0)).deferral(at(60), at(90)), []metrics.Delta{in(1, metrics.Counters{Deferrals: 1})},
		},
		"a delivery, with its attempt": {
			begin(t, at(0)).take(at(0)).complete(at(4), at(4)),
			[]metrics.Delta{in(0, metrics.Counters{Attempts: 1, Completed: 1, Latency: took(t, 4*time.Minute)})},
		},
		"a delivery right after the hour, whose attempt was before it": {
			begin(t, at(58)).take(at(58)).complete(at(59), at(60)),
			[]metrics.Delta{
				in(0, metrics.Counters{Attempts: 1}),
				in(1, metrics.Counters{Completed: 1, Latency: took(t, 2*time.Minute)}),
			},
		},
		"a delivery in the very millisecond of the attempt before it": {
			begin(t, at(0)).take(at(0)).attempt(at(1)).complete(at(1), at(1)),
			[]metrics.Delta{in(0, metrics.Counters{Attempts: 1, Completed: 1, Latency: took(t, time.Minute)})},
		},
		"an attempt behind two of one millisecond": {
			begin(t, at(0)).take(at(0)).attempt(at(1)).complete(at(1), at(1)).replay(at(2)).take(at(2)).attempt(at(3)),
			[]metrics.Delta{in(0, metrics.Counters{Attempts: 1})},
		},
		"taking what has two attempts of one millisecond": {
			begin(t, at(0)).take(at(0)).attempt(at(1)).complete(at(1), at(1)).replay(at(2)).take(at(2)), nil,
		},
		"a refusal": {
			begin(t, at(0)).take(at(0)).fail(message.ReasonRefused, at(1)), []metrics.Delta{in(0, metrics.Counters{Refused: 1})},
		},
		"an expiry": {
			begin(t, at(0)).take(at(0)).fail(message.ReasonExpired, at(1)), []metrics.Delta{in(0, metrics.Counters{Expired: 1})},
		},
		"a fault of the pipeline's": {
			begin(t, at(0)).take(at(0)).fail(message.ReasonPipelineFault, at(1)), []metrics.Delta{in(0, metrics.Counters{Faulted: 1})},
		},
		"a replay of a message that had been deferred": {
			begin(t, at(0)).take(at(0)).deferral(at(1), at(2)).take(at(2)).fail(message.ReasonRefused, at(3)).replay(at(130)),
			[]metrics.Delta{in(2, metrics.Counters{Replayed: 1})},
		},
		"a deferral after a replay": {
			begin(t, at(0)).take(at(0)).deferral(at(1), at(2)).take(at(2)).fail(message.ReasonRefused, at(3)).
				replay(at(130)).take(at(130)).deferral(at(131), at(132)),
			[]metrics.Delta{in(2, metrics.Counters{Deferrals: 1})},
		},
		"a delivery after a replay, which took as long as the replay did": {
			begin(t, at(0)).take(at(0)).complete(at(1), at(1)).replay(at(130)).take(at(131)).complete(at(132), at(132)),
			[]metrics.Delta{in(2, metrics.Counters{Attempts: 1, Completed: 1, Latency: took(t, 2*time.Minute)})},
		},
		"noting that a failed message is redriven": {
			begin(t, at(0)).take(at(0)).fail(message.ReasonPipelineFault, at(1)).redrive(at(2)), nil,
		},
		"a redriven message that fails once more": {
			begin(t, at(0)).take(at(0)).fail(message.ReasonPipelineFault, at(1)).redrive(at(2)).take(at(3)).fail(message.ReasonRefused, at(61)),
			[]metrics.Delta{in(1, metrics.Counters{Refused: 1})},
		},
		"a deferred message that is made due": {begin(t, at(0)).take(at(0)).deferral(at(1), at(9)).replay(at(2)), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, meter().Count(test.life.last()))
		})
	}
}

func TestARestartByHandIsAReplayToo(t *testing.T) {
	t.Parallel()
	life := begin(t, noon()).take(noon()).fail(message.ReasonRefused, noon())
	later := noon().Add(time.Hour)
	by := message.Execution{ARN: "by hand", Name: "by hand", Started: later}
	next, _ := life.now().Take(message.Ticket{MessageID: life.now().ID}, by, later, times())
	require.Equal(t, []metrics.Delta{{Series: series(), Hour: later, Counters: metrics.Counters{Replayed: 1}}},
		meter().Count(life.then(next, nil).last()))
}

func TestAttemptsAreCountedBeyondTheNumberThatARecordKeeps(t *testing.T) {
	t.Parallel()
	life := begin(t, noon()).take(noon())
	total := 0
	for i := range message.MaxAttempts + 20 {
		for _, d := range meter().Count(life.attempt(noon().Add(time.Duration(i+1) * time.Second)).last()) {
			total += d.Counters.Attempts
		}
	}
	require.Equal(t, message.MaxAttempts+20, total)
	require.Len(t, life.now().Attempts, message.MaxAttempts)
}

// Count is of any two versions, not only of neighbours.
func TestADeferralBehindAReplayCountsWhateverWasDeferredBefore(t *testing.T) {
	t.Parallel()
	life := begin(t, noon()).take(noon()).deferral(noon(), noon()).take(noon()).fail(message.ReasonRefused, noon())
	before := life.now()
	require.Equal(t, 1, before.Deferrals)
	after := life.replay(noon()).take(noon()).deferral(noon(), noon()).now()
	require.Equal(t, []metrics.Delta{{Series: series(), Hour: noon(), Counters: metrics.Counters{Replayed: 1, Deferrals: 1}}},
		meter().Count(&before, &after))
}

func TestRemovalsAndRecordsPutBackCountNothing(t *testing.T) {
	t.Parallel()
	rec := eventful(t).now()
	require.Empty(t, meter().Count(&rec, nil), "removed, by hand or by its time to live")
	require.Empty(t, meter().Count(nil, &rec), "put back")
	_, counts, err := meter().Event(&rec, nil)
	require.NoError(t, err)
	require.False(t, counts)
}

func TestAWriteThatMovesNothingIsNoEvent(t *testing.T) {
	t.Parallel()
	_, counts, err := meter().Event(begin(t, noon()).take(noon()).last())
	require.NoError(t, err)
	require.False(t, counts)
}

func TestWhatIsNoRecordIsNoEvent(t *testing.T) {
	t.Parallel()
	for lacks, spoil := range map[string]func(*message.Record){
		"message_id":   func(r *message.Record) { r.ID = "" },
		"stage":        func(r *message.Record) { r.Stage = "" },
		"message_type": func(r *message.Record) { r.Type = "" },
		"created_date": func(r *message.Record) { r.CreatedAt = time.Time{} },
		"updated_date": func(r *message.Record) { r.UpdatedAt = time.Time{} },
		"status":       func(r *message.Record) { r.Status = "paused" },
	} {
		t.Run(lacks, func(t *testing.T) {
			t.Parallel()
			rec := begin(t, noon()).now()
			spoil(&rec)
			_, _, err := meter().Event(nil, &rec)
			require.ErrorIs(t, err, metrics.ErrNotARecord)
			require.ErrorContains(t, err, lacks)
		})
	}
}

func TestAnEditedRecordCannotMakeAnEventThatNoTransactionTakes(t *testing.T) {
	t.Parallel()
	old := begin(t, noon()).now()
	next := old
	for i := range message.MaxAttempts {
		next.Attempts = append(next.Attempts, message.Attempt{At: noon().Add(time.Duration(i) * time.Hour)})
	}
	_, _, err := meter().Event(&old, &next)
	require.ErrorIs(t, err, metrics.ErrNotARecord)
}
