package metrics

import (
	"math"
	"time"
)

// bucket is one of the histogram's: what took no longer than its bound, and longer than the bound before it.
type bucket struct {
	// name is under which it is kept: its bound in milliseconds. It never changes its meaning.
	name  string
	bound time.Duration
}

// bucketCount is how many there are; the last one has no bound.
const bucketCount = 18

// buckets are fine where a person would call a delivery immediate, and then the steps in which messages wait.
func buckets() [bucketCount]bucket {
	return [bucketCount]bucket{
		{"le_10", 10 * time.Millisecond},
		{"le_25", 25 * time.Millisecond},
		{"le_50", 50 * time.Millisecond},
		{"le_100", 100 * time.Millisecond},
		{"le_250", 250 * time.Millisecond},
		{"le_500", 500 * time.Millisecond},
		{"le_1000", time.Second},
		{"le_2500", 2500 * time.Millisecond},
		{"le_5000", 5 * time.Second},
		{"le_10000", 10 * time.Second},
		{"le_30000", 30 * time.Second},
		{"le_60000", time.Minute},
		{"le_300000", 5 * time.Minute},
		{"le_900000", 15 * time.Minute},
		{"le_3600000", time.Hour},
		{"le_21600000", 6 * time.Hour},
		{"le_86400000", longest},
		{"le_inf", math.MaxInt64},
	}
}

// longest is the last bound that is one.
const longest = 24 * time.Hour

// Histogram counts durations by bucket.
type Histogram [bucketCount]int

// observed is the bucket of a duration. Clocks differ between Lambdas: one that seems to have ended before it began took no time.
func observed(took time.Duration) int {
	for i, b := range buckets() {
		if took <= b.bound {
			return i
		}
	}
	return bucketCount - 1
}

// Percentile is the upper bound of the bucket in which the given share (0 to 1) of all durations is reached; ok is
// false where there are none. The bucket that has no bound gives 24 h: read it as “or more”.
func (h Histogram) Percentile(share float64) (atMost time.Duration, ok bool) {
	total := 0
	for _, n := range h {
		total += n
	}
	rank, seen := max(1, int(math.Ceil(share*float64(total)))), 0
	for i, b := range buckets() {
		if seen += h[i]; seen >= rank {
			return min(b.bound, longest), true
		}
	}
	return 0, false
}
