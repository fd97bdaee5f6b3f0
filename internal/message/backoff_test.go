package message_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/message"
)

func TestDoubled(t *testing.T) {
	t.Parallel()
	const first, limit = 30 * time.Second, 15 * time.Minute
	for times, want := range map[int]time.Duration{
		-1: first, 0: first, 1: time.Minute, 2: 2 * time.Minute, 3: 4 * time.Minute, 4: 8 * time.Minute, 5: limit,
		// From here on a shift would have wrapped to nothing or below.
		28: limit, 29: limit, 63: limit, 64: limit, 70: limit, 1000: limit, math.MaxInt: limit,
	} {
		require.Equal(t, want, message.Doubled(first, limit, times), "%d times", times)
	}
}

func TestDoubledKeepsToItsBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first := time.Duration(rapid.Int64Range(1, math.MaxInt64).Draw(t, "first"))
		limit := time.Duration(rapid.Int64Range(1, math.MaxInt64).Draw(t, "limit"))
		times := rapid.IntRange(0, 2000).Draw(t, "times")
		wait := message.Doubled(first, limit, times)
		require.LessOrEqual(t, wait, limit)
		require.GreaterOrEqual(t, wait, min(first, limit))
		next := message.Doubled(first, limit, times+1)
		require.GreaterOrEqual(t, next, wait)
		if wait < limit && wait <= math.MaxInt64/2 {
			require.Equal(t, min(2*wait, limit), next)
		}
	})
}
