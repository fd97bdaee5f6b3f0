package delivery_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

// asked counts requests.
type asked int

func (a *asked) Publish(context.Context, ntfy.Notification, string) ntfy.Result {
	*a++
	return ntfy.Result{Class: ntfy.Delivered, Status: 200, NtfyID: "x"}
}

type noToken struct{}

func (noToken) Token(context.Context) (string, error)   { return "", nil }
func (noToken) Refresh(context.Context) (string, error) { return "", nil }

// Between MarkProcessing and SendNtfy the record may go, or the lease lapse and another execution take it: that one sends.
// A probe that was won for it goes to the next message at once.
func TestWhatIsNoLongerThisExecutionsIsNotSentAndFreesItsProbe(t *testing.T) {
	t.Parallel()
	const mine, theirs = "arn:mine", "arn:theirs"
	now := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	times := settings.Default()
	for name, test := range map[string]struct {
		status  message.Status
		holder  string
		deleted bool
		want    contract.Outcome
	}{
		"held":             {message.StatusProcessing, mine, false, contract.OutcomeDelivered},
		"taken by another": {message.StatusProcessing, theirs, false, contract.OutcomeDuplicate},
		"delivered":        {message.StatusCompleted, mine, false, contract.OutcomeDuplicate},
		"put off":          {message.StatusDeferred, mine, false, contract.OutcomeDuplicate},
		"deleted":          {message.StatusProcessing, mine, true, contract.OutcomeGone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			records, circuits, requests := memory.NewMessages(), memory.NewCircuits(), asked(0)
			rec := message.New("0190b3a4-0000-7000-8000-000000000001", "notification", contract.ChannelNtfy, "test", "x",
				`{"message":"hello"}`, now, message.TimesOf(times))
			rec.Status, rec.ExecutionARN, rec.LeaseUntil = test.status, test.holder, now.Add(time.Minute)
			if !test.deleted {
				require.NoError(t, records.Create(t.Context(), rec))
			}
			probe := circuit.Circuit{
				State: circuit.HalfOpen, Cause: circuit.CauseUnavailable, ProbeOwner: mine, ProbeUntil: now.Add(15 * time.Second), Version: 1,
			}
			require.NoError(t, circuits.SaveCircuit(t.Context(), contract.ChannelNtfy, probe))
			send := delivery.SendNtfy{
				Records: records, Publisher: &requests, Tokens: noToken{},
				Breaker:     &circuit.Breaker{Store: circuits, Settings: times.Breaker, Now: clock},
				Limiter:     &circuit.Limiter{Store: circuits, Settings: times.Limits, Now: clock},
				HTTPTimeout: times.HTTPTimeout, RetryWindow: times.RetryWindow, Now: clock,
			}
			work, err := send.Run(t.Context(), delivery.SendInput{Work: delivery.Work{
				MessageID: rec.ID, Channel: contract.ChannelNtfy, ProbeUntil: probe.ProbeUntil,
				Execution: message.Execution{ARN: mine, Started: now},
			}})
			require.NoError(t, err)
			require.Equal(t, test.want, work.Outcome)
			require.Equal(t, test.want == contract.OutcomeDelivered, requests == 1)
			item, err := circuits.LoadCircuit(t.Context(), contract.ChannelNtfy)
			require.NoError(t, err)
			if test.want == contract.OutcomeDelivered {
				require.Equal(t, circuit.Closed, item.Circuit.State)
				return
			}
			require.Zero(t, requests)
			require.Equal(t, circuit.Open, item.Circuit.State)
			require.Equal(t, now, item.Circuit.RetryAt, "the next message may have the probe at once")
		})
	}
}
