package metrics_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/metrics"
)

func TestCountersAreKeptUnderNamesThatNeverChange(t *testing.T) {
	t.Parallel()
	var c metrics.Counters
	var names []string
	for name, value := range c.All() {
		names = append(names, name)
		*value = len(names)
	}
	require.Equal(t, []string{
		"accepted", "replayed", "completed", "refused", "expired", "faulted", "deferrals", "attempts", "opened", "closed",
		"le_10", "le_25", "le_50", "le_100", "le_250", "le_500", "le_1000", "le_2500", "le_5000", "le_10000", "le_30000",
		"le_60000", "le_300000", "le_900000", "le_3600000", "le_21600000", "le_86400000", "le_inf",
	}, names)
	want := metrics.Counters{
		Accepted: 1, Replayed: 2, Completed: 3, Refused: 4, Expired: 5, Faulted: 6, Deferrals: 7, Attempts: 8, Opened: 9, Closed: 10,
	}
	for i := range want.Latency {
		want.Latency[i] = 11 + i
	}
	require.Equal(t, want, c)

	for _, value := range want.All() {
		*value *= 2
	}
	require.Equal(t, want, c.Plus(c))
}

func TestTheSuccessRateIsOfWhatEnded(t *testing.T) {
	t.Parallel()
	_, ok := metrics.Counters{Accepted: 5, Deferrals: 2}.SuccessRate()
	require.False(t, ok)
	rate, ok := metrics.Counters{Completed: 6, Refused: 1, Expired: 2, Faulted: 1}.SuccessRate()
	require.True(t, ok)
	require.InDelta(t, 0.6, rate, 1e-9)
}

func TestAPercentileIsTheUpperBoundOfItsBucket(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		took     []time.Duration
		p50, p95 time.Duration
	}{
		"one":                      {[]time.Duration{60 * time.Millisecond}, 100 * time.Millisecond, 100 * time.Millisecond},
		"on the bound":             {[]time.Duration{10 * time.Millisecond}, 10 * time.Millisecond, 10 * time.Millisecond},
		"just above it":            {[]time.Duration{11 * time.Millisecond}, 25 * time.Millisecond, 25 * time.Millisecond},
		"two":                      {[]time.Duration{time.Millisecond, time.Hour}, 10 * time.Millisecond, time.Hour},
		"clocks that differ":       {[]time.Duration{-time.Second}, 10 * time.Millisecond, 10 * time.Millisecond},
		"longer than every bound":  {[]time.Duration{30 * time.Hour}, 24 * time.Hour, 24 * time.Hour},
		"nineteen fast, one slow":  {append(repeat(19, time.Second), time.Hour), time.Second, time.Second},
		"nineteen fast, two slow":  {append(repeat(19, time.Second), time.Hour, time.Hour), time.Second, time.Hour},
		"ten of each of the first": {append(repeat(10, time.Millisecond), repeat(10, 20*time.Millisecond)...), 10 * time.Millisecond, 25 * time.Millisecond},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var all metrics.Counters
			for _, d := range test.took {
				all = all.Plus(metrics.Counters{Latency: took(t, d)})
			}
			for share, want := range map[float64]time.Duration{0.5: test.p50, 0.95: test.p95} {
				got, ok := all.Latency.Percentile(share)
				require.True(t, ok)
				require.Equal(t, want, got, "percentile %v", share)
			}
		})
	}
	_, ok := metrics.Histogram{}.Percentile(0.5)
	require.False(t, ok)
}

func repeat(n int, d time.Duration) []time.Duration {
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = d
	}
	return all
}
