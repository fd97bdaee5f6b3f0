package delivery_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/ntfy"
)

func TestNtfysClassesAreTheStepsOwn(t *testing.T) {
	t.Parallel()
	var own []string
	for _, class := range ntfy.Classes() {
		own = append(own, string(class))
	}
	var all []string
	for _, class := range delivery.Classes() {
		all = append(all, string(class))
	}
	require.Equal(t, own, all)
}

// A message waits for the same reasons on each channel, whatever its errors are called there.
func TestMarkDeferredKnowsTheErrorsOfEveryChannel(t *testing.T) {
	t.Parallel()
	for _, channel := range contract.Channels() {
		for name, reason := range map[string]message.Reason{
			channel.Faults.Unavailable: message.ReasonUnavailable, channel.Faults.RateLimited: message.ReasonRateLimited,
			channel.Faults.Unauthorized: message.ReasonUnauthorized, channel.Faults.Misconfigured: message.ReasonMisconfigured,
			contract.ErrorCircuitOpen: message.ReasonCircuitOpen, contract.ErrorProbeFailed: message.ReasonUnavailable,
		} {
			w := newWorld(t)
			id := w.on(channel.Name, 1)
			work := w.take(id)
			require.Equal(t, channel.Name, work.Channel)
			work.Error = &delivery.Caught{Error: name}
			_, err := w.markDeferred().Run(t.Context(), work)
			require.NoError(t, err)
			require.Equal(t, reason, w.record(id).Reason, name)
		}
	}
}

// A ticket that somebody put into another channel's queue must not send its message the wrong way.
func TestAMessageOfAnotherChannelIsNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.on(contract.ChannelWebhook, 1)
	_, err := w.sendNtfy().Run(t.Context(), delivery.SendInput{Work: w.take(id)})
	require.ErrorIs(t, err, delivery.ErrOtherChannel)
	require.Empty(t, w.record(id).Attempts)
	require.Equal(t, message.StatusProcessing, w.record(id).Status, "the workflow gives its lease back")
}

func TestAProbeInTheHandsOfAnotherChannelsMessageIsFreed(t *testing.T) {
	t.Parallel()
	p := newProbing(t, ntfy.Result{Class: ntfy.Delivered, Status: 200, NtfyID: "x"})
	p.record.Channel = contract.ChannelWebhook
	require.NoError(t, p.records.Create(t.Context(), p.record))
	_, err := p.send(t.Context())
	require.ErrorIs(t, err, delivery.ErrOtherChannel)
	require.Zero(t, p.ntfy.requests)
	require.Equal(t, circuit.Open, p.circuit().State)
	require.Equal(t, noon, p.circuit().RetryAt, "the next message may have the probe at once")
}

// on makes a message of a channel.
func (w *world) on(channel string, id int) string {
	w.t.Helper()
	rec := message.New(messageID(id), "notification", channel, "test", "story", `{"message":"hello"}`, w.Now(), w.times())
	require.NoError(w.t, w.records.Create(w.t.Context(), rec))
	return rec.ID
}
