package metrics_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

// shelf gives records in pages; its cursor is the place in the list.
type shelf []message.Record

func (s shelf) Scan(_ context.Context, cursor string, limit int) (metrics.ScanPage, error) {
	from := 0
	if cursor != "" {
		from, _ = strconv.Atoi(cursor)
	}
	to := min(from+limit, len(s))
	page := metrics.ScanPage{Records: s[from:to], Unreadable: 1}
	if to < len(s) {
		page.Next = strconv.Itoa(to)
	}
	return page, nil
}

func reconciler(store metrics.Store, records ...message.Record) *metrics.Reconciler {
	return &metrics.Reconciler{
		Records: shelf(records), Store: store, Meter: meter(), PageSize: 2, Rate: 1000, Progress: func(int) {},
	}
}

func span() metrics.Span {
	return metrics.Span{From: noon().Add(-time.Hour), To: noon().Add(3 * time.Hour)}
}

// simple is a message that went well, as rollup would count it.
func simple(t *testing.T) *story {
	t.Helper()
	return begin(t, noon()).take(noon()).attempt(noon().Add(time.Second)).complete(noon().Add(2*time.Second), noon().Add(3*time.Second))
}

func TestReconcileRaisesWhatTheStreamNeverBrought(t *testing.T) {
	t.Parallel()
	counted, missed := memory.NewMetrics(), memory.NewMetrics()
	life := simple(t)
	_, err := (&metrics.Rollup{Store: counted, Meter: meter()}).Run(t.Context(), life.changes())
	require.NoError(t, err)
	_, err = (&metrics.Rollup{Store: missed, Meter: meter()}).Run(t.Context(), life.changes()[:2])
	require.NoError(t, err)

	done, err := reconciler(missed, life.now()).Reconcile(t.Context(), []metrics.Series{series()}, span())
	require.NoError(t, err)
	require.Equal(t, hours(t, counted), hours(t, missed))
	require.Len(t, done.Differences, 1)
	require.Equal(t, "dev#notification 2026-11-25T12:00:00Z: completed 0 → 1, attempts 0 → 2, le_5000 0 → 1",
		done.Differences[0].String())

	again, err := reconciler(missed, life.now()).Reconcile(t.Context(), []metrics.Series{series()}, span())
	require.NoError(t, err)
	require.Empty(t, again.Differences, "a second run finds nothing")
}

func TestReconcileLeavesWhatRecordsCannotShow(t *testing.T) {
	t.Parallel()
	store := memory.NewMetrics()
	life := eventful(t)
	_, err := (&metrics.Rollup{Store: store, Meter: meter()}).Run(t.Context(), life.changes())
	require.NoError(t, err)
	done, err := reconciler(store, life.now()).Reconcile(t.Context(), []metrics.Series{series()}, span())
	require.NoError(t, err)
	require.Empty(t, done.Differences)
	require.Equal(t, eventfulHours(t), hours(t, store), "the refusal before the replay stays counted")
}

func TestReconcileKeepsToItsHours(t *testing.T) {
	t.Parallel()
	store := memory.NewMetrics()
	one := metrics.Span{From: noon().Add(time.Hour), To: noon().Add(2 * time.Hour)}
	done, err := reconciler(store, eventful(t).now()).Reconcile(t.Context(), []metrics.Series{series()}, one)
	require.NoError(t, err)
	require.Len(t, done.Differences, 1)
	require.Equal(t, map[time.Time]metrics.Counters{one.From: {Attempts: 1}}, hours(t, store))
}

func TestADryRunWritesNothing(t *testing.T) {
	t.Parallel()
	store := memory.NewMetrics()
	r := reconciler(store, simple(t).now())
	r.DryRun = true
	done, err := r.Reconcile(t.Context(), []metrics.Series{series()}, span())
	require.NoError(t, err)
	require.Len(t, done.Differences, 1)
	require.Empty(t, hours(t, store))
}

// racing is counters that somebody else writes before each correction.
type racing struct{ *memory.Metrics }

func (r racing) Correct(ctx context.Context, series metrics.Series, hour time.Time, seen, want metrics.Counters) error {
	err := r.AddDelta(ctx, metrics.Delta{Series: series, Hour: hour, Counters: metrics.Counters{Accepted: 7}})
	if err != nil {
		return err
	}
	return r.Metrics.Correct(ctx, series, hour, seen, want)
}

func TestCountersThatSomebodyElseChangesAreLeftToHim(t *testing.T) {
	t.Parallel()
	store := memory.NewMetrics()
	done, err := reconciler(racing{store}, simple(t).now()).Reconcile(t.Context(), []metrics.Series{series()}, span())
	require.NoError(t, err)
	require.True(t, done.Differences[0].Conflict)
	require.Equal(t, map[time.Time]metrics.Counters{noon(): {Accepted: 7}}, hours(t, store))
}

func TestRecordsAreReadNoFasterThanTheRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var records []message.Record
		for i := range 10 {
			rec := simple(t).now()
			rec.ID = fmt.Sprint(i)
			records = append(records, rec)
		}
		var progress []int
		r := reconciler(memory.NewMetrics(), records...)
		r.Rate = 3
		r.Progress = func(read int) { progress = append(progress, read) }
		started := time.Now()
		done, err := r.Reconcile(t.Context(), []metrics.Series{series()}, span())
		require.NoError(t, err)
		require.Equal(t, []int{2, 4, 6, 8, 10}, progress)
		require.Equal(t, []int{10, 5}, []int{done.Read, done.Unreadable})
		require.Equal(t, 4*time.Second, time.Since(started), "five pages of three items, the last one without a wait")
	})
}

func TestASpanIsOfWholeSettledHours(t *testing.T) {
	t.Parallel()
	now := noon().Add(25*time.Hour + time.Minute)
	tests := map[string]struct {
		span metrics.Span
		want string
	}{
		"settled":          {metrics.Span{From: noon().Add(-time.Hour), To: noon()}, ""},
		"too late":         {metrics.Span{From: noon(), To: noon().Add(time.Hour)}, "2026-11-25T12:00:00Z at the latest"},
		"empty":            {metrics.Span{From: noon(), To: noon()}, "before to"},
		"no whole from":    {metrics.Span{From: noon().Add(-time.Minute), To: noon()}, "from"},
		"no whole to":      {metrics.Span{From: noon().Add(-time.Hour), To: noon().Add(-time.Minute)}, "to is"},
		"nothing was said": {metrics.Span{}, "before to"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.span.Check(now, 25*time.Hour)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
		})
	}
}
