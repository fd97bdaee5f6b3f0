package standin

import "time"

// bucket is a token bucket: full at first, one token back each refill. What it refuses costs nothing.
type bucket struct {
	burst  float64
	refill time.Duration
	tokens float64
	last   time.Time
}

func newBucket(burst int, refill time.Duration, now time.Time) bucket {
	return bucket{burst: float64(burst), refill: refill, tokens: float64(burst), last: now}
}

// level is how many tokens are there now.
func (b *bucket) level(now time.Time) float64 {
	if passed := now.Sub(b.last); passed > 0 {
		b.tokens = min(b.burst, b.tokens+float64(passed)/float64(b.refill))
		b.last = now
	}
	return b.tokens
}

// take takes a token, if there is a whole one.
func (b *bucket) take(now time.Time) bool {
	if b.level(now) < 1 {
		return false
	}
	b.tokens--
	return true
}
