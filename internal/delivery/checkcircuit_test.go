package delivery_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

// The states behind this one would end the message, too; but a probe that was won for it, or a slot that it never uses, is
// one that others wait for.
func TestAMessagePastItsDeadlineTakesNeitherProbeNorSlot(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	times := settings.Default()
	const moment = time.Millisecond
	slot := moment + times.Limits.Spacing
	probeIsDue := circuit.Circuit{State: circuit.Open, Cause: circuit.CauseUnavailable, RetryAt: now, Version: 1}
	for name, test := range map[string]struct {
		left    time.Duration // until the deadline
		limited bool
		open    bool
		want    contract.Outcome
		probed  bool
	}{
		"in time":                             {left: moment, want: contract.OutcomeProceed},
		"in time, with the probe":             {left: moment, open: true, want: contract.OutcomeProceed, probed: true},
		"on its moment":                       {want: contract.OutcomeExpired},
		"on its moment, a probe being due":    {open: true, want: contract.OutcomeExpired},
		"past it":                             {left: -time.Hour, open: true, want: contract.OutcomeExpired},
		"before its slot":                     {left: slot - moment, limited: true, want: contract.OutcomeExpired},
		"on its slot":                         {left: slot, limited: true, want: contract.OutcomeExpired},
		"behind its slot, which it waits for": {left: slot + moment, limited: true, want: contract.OutcomeDeferred},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			circuits := memory.NewCircuits()
			if test.open {
				require.NoError(t, circuits.SaveCircuit(t.Context(), contract.ChannelNtfy, probeIsDue))
			}
			if test.limited { // the newest slot ends a moment after now
				limit := circuit.Limit{NextSlot: now.Add(moment)}
				require.NoError(t, circuits.SaveLimit(t.Context(), contract.ChannelNtfy, circuit.Limit{}, limit))
			}
			check := delivery.CheckCircuit{
				Breaker: &circuit.Breaker{Store: circuits, Settings: times.Breaker, Now: clock},
				Limiter: &circuit.Limiter{Store: circuits, Settings: times.Limits, Now: clock},
				Jitter:  func() float64 { return 0 }, Now: clock,
			}
			work, err := check.Run(t.Context(), delivery.Work{
				MessageID: "id", Channel: contract.ChannelNtfy, Deadline: now.Add(test.left), Outcome: contract.OutcomeProceed,
			})
			require.NoError(t, err)
			require.Equal(t, test.want, work.Outcome)
			require.Equal(t, test.probed, work.Probe())
			require.Equal(t, test.want == contract.OutcomeDeferred, work.Wait != nil && work.Wait.Slot)
			item, err := circuits.LoadCircuit(t.Context(), contract.ChannelNtfy)
			require.NoError(t, err)
			require.Equal(t, test.probed, item.Circuit.State == circuit.HalfOpen, "a probe that was won and is not made")
		})
	}
}
