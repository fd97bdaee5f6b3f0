package delivery_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/standin"
)

func TestALimitedChannelGivesEveryMessageASlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(standin.Fault{Kind: standin.RateLimit, Burst: 2, Every: 5 * time.Second})
	for i := range 10 {
		w.hello(i)
	}
	w.drain(0)
	require.Equal(t, 3, w.requests, "two went through, one was refused, seven took a slot without a request")
	w.drain(5 * time.Minute)

	for i := range 10 {
		require.Equal(t, message.StatusCompleted, w.record(messageID(i)).Status)
	}
	require.Len(t, w.ntfy.Published(ownTopic), 10)
	require.Empty(t, w.dlq)
	require.LessOrEqual(t, w.requests, 12, "slots are far enough apart to be granted")
	require.NotEqual(t, circuit.Open, w.circuit().Circuit.State)
}

func TestAMessageRefusedOnItsSlotWidensTheSpacing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(standin.Fault{Kind: standin.Status, Status: http.StatusTooManyRequests, Code: 42901})
	id := w.hello(1)
	require.True(t, w.deliverNext(w.now))
	first := w.record(id)
	require.Equal(t, message.ReasonRateLimited, first.Reason)
	require.Equal(t, first.NextAttemptAt, first.SlotAt)
	require.InDelta(t, w.settings.Limits.Spacing.Seconds(), first.SlotAt.Sub(w.now).Seconds(), 0.1)

	require.True(t, w.deliverNext(w.now.Add(time.Minute)))
	require.Equal(t, 2, w.requests, "a due slot is sent, never queued again")
	require.Equal(t, 2*w.settings.Limits.Spacing, w.circuit().Limit.Spacing)
	require.InDelta(t, 2*w.settings.Limits.Spacing.Seconds(), w.record(id).SlotAt.Sub(w.now).Seconds(), 0.1)

	w.ntfy.Heal()
	w.drain(time.Minute)
	require.Equal(t, message.StatusCompleted, w.record(id).Status)
	require.Equal(t, w.settings.Limits.Spacing, w.circuit().Limit.Spacing, "success halves it again")
}

func TestAMessageRefusedLateForItsSlotSaysNothingOfTheSpacing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(standin.Fault{Kind: standin.Status, Status: http.StatusTooManyRequests, Code: 42901})
	id := w.hello(1)
	require.True(t, w.deliverNext(w.now))
	w.now = w.record(id).SlotAt.Add(w.settings.Limits.Spacing) // a stall: this slot and others are due at once
	require.True(t, w.deliverNext(w.now))
	require.Equal(t, 2, w.requests)
	require.Zero(t, w.circuit().Limit.Spacing, "not widened")
	require.InDelta(t, w.settings.Limits.Spacing.Seconds(), w.record(id).SlotAt.Sub(w.now).Seconds(), 0.1)
}

func TestRetryAfterOfAProxyIsHonouredWithinBounds(t *testing.T) {
	t.Parallel()
	for header, least := range map[string]time.Duration{
		"30": 30 * time.Second, "86400": 5 * time.Minute, "-3": 5 * time.Second, "soon": 5 * time.Second, "0": 5 * time.Second,
	} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.fault(standin.Fault{
				Kind: standin.Status, Status: http.StatusTooManyRequests, HTML: true, Headers: map[string]string{"Retry-After": header},
			})
			id := w.hello(1)
			require.True(t, w.deliverNext(w.now))
			wait := w.record(id).NextAttemptAt.Sub(w.now)
			require.GreaterOrEqual(t, wait, least-time.Second)
			require.LessOrEqual(t, wait, least+2*w.settings.Limits.Spacing)
		})
	}
}

func TestTheDailyQuotaHoldsTheChannelUntilTheNewDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(standin.Fault{Kind: standin.Quota})
	canary := w.hello(1)
	w.drain(0)
	others := []string{w.hello(2), w.hello(3)}
	w.drain(0)
	midnight := time.Date(2027, 3, 2, 0, 0, 0, 0, time.UTC)
	require.Equal(t, 1, w.requests)
	require.InDelta(t, time.Hour.Seconds(), w.record(canary).SlotAt.Sub(w.now).Seconds(), 1)
	for _, id := range others {
		require.False(t, w.record(id).SlotAt.Before(midnight))
	}

	w.drain(midnight.Sub(w.now) - time.Minute)
	require.LessOrEqual(t, w.requests, 12, "one canary an hour")
	for _, delay := range w.delays {
		require.GreaterOrEqual(t, delay, time.Duration(0))
		require.LessOrEqual(t, delay, 900*time.Second)
	}
	require.LessOrEqual(t, len(w.executions), 3+11, "hops start no execution")

	w.ntfy.Heal()
	w.drain(time.Hour)
	for _, id := range append(others, canary) {
		require.Equal(t, message.StatusCompleted, w.record(id).Status)
	}
	require.Empty(t, w.dlq)
}

func TestTheCanaryThatGetsThroughFreesTheChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(standin.Fault{Kind: standin.Quota})
	w.hello(1)
	w.drain(0)
	w.ntfy.Heal()
	w.drain(61 * time.Minute)
	fresh := w.hello(2)
	w.drain(0)
	require.Equal(t, message.StatusCompleted, w.record(fresh).Status, "it did not wait for midnight")
}

func TestASlotPastTheDeadlineExpiresTheMessageNow(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]func(w *world){
		"for one that is refused":              func(*world) {},
		"for one that meets a limited channel": func(w *world) { w.hello(1); w.drain(0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.settings.Deadline = 30 * time.Minute // the canary's hour is past it, and so is midnight
			w.fault(standin.Fault{Kind: standin.Quota})
			ahead(w)
			id := w.hello(2)
			w.drain(0)

			rec := w.record(id)
			require.Equal(t, message.StatusFailed, rec.Status)
			require.Equal(t, message.ReasonExpired, rec.Reason)
			require.Equal(t, contract.ErrorDeliveryExpired, w.lastExecution().ending.ErrorName)
			last := w.dlq[len(w.dlq)-1]
			require.Equal(t, id, last.ticket.MessageID)
			require.True(t, last.ticket.Replay)
			require.Equal(t, message.ReasonExpired, last.reason)
		})
	}
}

func TestARefusedTokenOpensTheCircuitAtOnceAndAMendedOneDeliversAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ntfy.SetToken("tk_right")
	w.token.cached, w.token.stored = "tk_wrong", "tk_wrong"
	ids := []string{w.hello(1), w.hello(2), w.hello(3)}
	w.drain(0)
	require.Equal(t, 1, w.requests)
	require.Equal(t, circuit.CauseUnauthorized, w.circuit().Circuit.Cause)
	require.Equal(t, message.ReasonUnauthorized, w.record(ids[0]).Reason)
	require.Equal(t, message.ReasonCircuitOpen, w.record(ids[1]).Reason)
	w.drain(4 * time.Minute)
	require.Equal(t, 1, w.requests, "a probe each five minutes")
	w.drain(5 * time.Minute)
	require.Equal(t, 2, w.requests)

	w.token.stored = "tk_right"
	w.drain(30 * time.Minute)
	for _, id := range ids {
		require.Equal(t, message.StatusCompleted, w.record(id).Status)
	}
	require.Equal(t, circuit.Closed, w.circuit().Circuit.State)
}

func TestARotatedTokenCostsNobodyAWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ntfy.SetToken("tk_new")
	w.token.cached, w.token.stored = "tk_old", "tk_new"
	id := w.hello(1)
	w.drain(0)
	require.Equal(t, message.StatusCompleted, w.record(id).Status)
	require.Equal(t, 2, w.requests)
	require.Equal(t, 1, w.token.refreshes)
	require.Zero(t, w.circuit().Circuit)
}

func TestWhatIsNotNtfyWaitsForTheOperator(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]standin.Fault{
		"a redirect to a login page":   {Kind: standin.Redirect},
		"a login page with 200":        {Kind: standin.HTML200},
		"an empty 200":                 {Kind: standin.Empty200},
		"JSON without an id":           {Kind: standin.JSONWithoutID},
		"a proxy's 403":                {Kind: standin.Status, Status: http.StatusForbidden, HTML: true},
		"a 404":                        {Kind: standin.Status, Status: http.StatusNotFound, HTML: true},
		"a 407 of a proxy on the way":  {Kind: standin.Status, Status: http.StatusProxyAuthRequired, HTML: true},
		"a 404 of ntfy's, by its code": {Kind: standin.Status, Status: http.StatusNotFound, Code: 40401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.fault(f)
			id := w.hello(1)
			w.drain(0)
			require.Equal(t, message.StatusDeferred, w.record(id).Status)
			require.Equal(t, message.ReasonMisconfigured, w.record(id).Reason)
			require.Equal(t, circuit.CauseMisconfigured, w.circuit().Circuit.Cause)
			require.Equal(t, []string{"misconfigured"}, outcomes(w.record(id)))

			w.ntfy.Heal()
			w.drain(10 * time.Minute)
			require.Equal(t, message.StatusCompleted, w.record(id).Status)
		})
	}
}
