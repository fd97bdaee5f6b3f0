package message_test

import (
	"cmp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/message"
)

func TestMomentIsUTCInWholeMilliseconds(t *testing.T) {
	t.Parallel()
	require.Equal(t, moment(), message.Moment(now()))
	require.Equal(t, "2026-11-25T11:00:00.123Z", message.Moment(now()).Format(message.TimeLayout))
	require.True(t, message.Moment(time.Time{}).IsZero(), "an absent time stays absent")
}

func TestAMomentIsWhatItsTextSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := message.Moment(anyTime(t, "time"))
		back, err := time.Parse(message.TimeLayout, m.Format(message.TimeLayout))
		require.NoError(t, err)
		require.Equal(t, m, back, "a record must be the same after it was stored and read")
	})
}

func TestTextOrderIsTimeOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := message.Moment(anyTime(t, "a")), message.Moment(anyTime(t, "b"))
		require.Equal(t, a.Compare(b), cmp.Compare(a.Format(message.TimeLayout), b.Format(message.TimeLayout)))
	})
}

// anyTime is one of any zone; half of them lie close together, where the order shows in the last digits.
func anyTime(t *rapid.T, label string) time.Time {
	since := time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)
	span := rapid.SampledFrom([]time.Duration{3 * time.Millisecond, 200 * 365 * 24 * time.Hour}).Draw(t, label+" span")
	zone := time.FixedZone("", rapid.IntRange(-12*3600, 14*3600).Draw(t, label+" zone"))
	return since.Add(time.Duration(rapid.Int64Range(-int64(span), int64(span)).Draw(t, label))).In(zone)
}
