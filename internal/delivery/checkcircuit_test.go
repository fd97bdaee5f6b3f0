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
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// The states behind this one would end the message, too; but a probe that was won for it, or a slot that it never uses, is
// one that others wait for.
func TestAMessagePastItsDeadlineTakesNeitherProbeNorSlot(t *testing.T) {
	t.Parallel()
	times := settings.Default()
	const moment = time.Millisecond
	slot := moment + times.Limits.Spacing
	probeIsDue := circuit.Circuit{State: circuit.Open, Cause: circuit.CauseUnavailable, RetryAt: noon, Version: 1}
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
				limit := circuit.Limit{NextSlot: noon.Add(moment)}
				require.NoError(t, circuits.SaveLimit(t.Context(), contract.ChannelNtfy, circuit.Limit{}, limit))
			}
			check := delivery.CheckCircuit{
				Breaker: &circuit.Breaker{Store: circuits, Settings: times.Breaker, Now: atNoon},
				Limiter: &circuit.Limiter{Store: circuits, Settings: times.Limits, Now: atNoon},
				Jitter:  func() float64 { return 0 }, Now: atNoon,
			}
			work, err := check.Run(t.Context(), delivery.Work{
				MessageID: "id", Channel: contract.ChannelNtfy, Deadline: noon.Add(test.left), Outcome: contract.OutcomeProceed,
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

// When a destination is back, what waited must not come in one moment: the waits spread over half a cool-down.
func TestWhoWaitsForAProbeComesAtAnyTimeWithinHalfACooldown(t *testing.T) {
	t.Parallel()
	times := settings.Default()
	for _, jitter := range []float64{0, 0.25, 0.5, 0.999} {
		circuits := memory.NewCircuits()
		due := noon.Add(10 * time.Second)
		open := circuit.Circuit{State: circuit.Open, Cause: circuit.CauseUnavailable, RetryAt: due, Version: 1}
		require.NoError(t, circuits.SaveCircuit(t.Context(), contract.ChannelNtfy, open))
		check := delivery.CheckCircuit{
			Breaker: &circuit.Breaker{Store: circuits, Settings: times.Breaker, Now: atNoon},
			Limiter: &circuit.Limiter{Store: circuits, Settings: times.Limits, Now: atNoon},
			Jitter:  func() float64 { return jitter }, Now: atNoon,
		}
		work, err := check.Run(t.Context(), delivery.Work{Channel: contract.ChannelNtfy, Deadline: noon.Add(time.Hour)})
		require.NoError(t, err)
		require.Equal(t, contract.OutcomeDeferred, work.Outcome)
		require.InDelta(t, jitter*times.Breaker.Cooldown.Seconds()/2, work.Wait.Until.Sub(due).Seconds(), 0.001)
	}
}

func TestDeliveryThatGoesOnWithoutTheBreakerIsCounted(t *testing.T) {
	t.Parallel()
	times, circuits := settings.Default(), brokenCircuits{memory.NewCircuits()}
	check := delivery.CheckCircuit{
		Breaker: &circuit.Breaker{Store: circuits, Settings: times.Breaker, Now: atNoon},
		Limiter: &circuit.Limiter{Store: circuits, Settings: times.Limits, Now: atNoon},
		Jitter:  func() float64 { return 0 }, Now: atNoon,
	}
	ctx, counted := counting(t)
	work, err := check.Run(ctx, delivery.Work{Channel: contract.ChannelNtfy, Deadline: noon.Add(time.Hour)})
	require.NoError(t, err)
	require.Equal(t, contract.OutcomeProceed, work.Outcome)
	require.Equal(t, 1, counted(telemetry.CircuitUnreadable), "an alarm waits for it")
}
