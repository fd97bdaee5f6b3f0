package message

import "time"

// Doubled is first doubled times times, at most limit. It doubles step by step and stops at the limit, so that no
// number of times can overflow: a wait of many hours never wraps to none.
func Doubled(first, limit time.Duration, times int) time.Duration {
	wait := min(first, limit)
	for range times {
		if wait > limit/2 {
			return limit
		}
		wait *= 2
	}
	return wait
}
