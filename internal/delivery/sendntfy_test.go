package delivery_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// answering is ntfy, which always answers the same, and counts the requests.
type answering struct {
	result   ntfy.Result
	requests int
}

func (a *answering) Publish(context.Context, ntfy.Notification, string) ntfy.Result {
	a.requests++
	return a.result
}

type noToken struct{}

func (noToken) Token(context.Context) (string, error)   { return "", nil }
func (noToken) Refresh(context.Context) (string, error) { return "", nil }

const (
	mine   = "arn:mine"
	theirs = "arn:theirs"
)

// counting is a context, and how much was counted in it under a name.
func counting(t *testing.T) (context.Context, func(telemetry.Metric) int) {
	t.Helper()
	core, lines := observer.New(zapcore.InfoLevel)
	return telemetry.With(t.Context(), zap.New(core)), func(name telemetry.Metric) int {
		sum := 0
		for _, line := range lines.FilterMessage("metric").All() {
			if n, ok := line.ContextMap()[string(name)].(int64); ok {
				sum += int(n)
			}
		}
		return sum
	}
}

func atNoon() time.Time { return noon }

// probing is SendNtfy of an execution that has won the probe.
type probing struct {
	t        *testing.T
	records  *memory.Messages
	circuits *memory.Circuits
	ntfy     *answering
	record   message.Record
	probe    circuit.Circuit
}

func newProbing(t *testing.T, answer ntfy.Result) *probing {
	t.Helper()
	p := &probing{t: t, records: memory.NewMessages(), circuits: memory.NewCircuits(), ntfy: &answering{result: answer}}
	p.record = message.New("0190b3a4-0000-7000-8000-000000000001", "notification", contract.ChannelNtfy, "test", "x",
		`{"message":"hello"}`, noon, message.TimesOf(settings.Default()))
	p.record.Status, p.record.ExecutionARN, p.record.LeaseUntil = message.StatusProcessing, mine, noon.Add(time.Minute)
	p.probe = circuit.Circuit{
		State: circuit.HalfOpen, Cause: circuit.CauseUnavailable, ProbeOwner: mine, ProbeUntil: noon.Add(15 * time.Second), Version: 1,
	}
	require.NoError(t, p.circuits.SaveCircuit(t.Context(), contract.ChannelNtfy, p.probe))
	return p
}

func (p *probing) send(ctx context.Context) (delivery.Work, error) {
	times := settings.Default()
	send := delivery.Send{
		Channel:     contract.ChannelNtfy,
		Sender:      &delivery.Ntfy{Publisher: p.ntfy, Tokens: noToken{}, HTTPTimeout: times.HTTPTimeout},
		Records:     p.records,
		Breaker:     &circuit.Breaker{Store: p.circuits, Settings: times.Breaker, Now: atNoon},
		Limiter:     &circuit.Limiter{Store: p.circuits, Settings: times.Limits, Now: atNoon},
		HTTPTimeout: times.HTTPTimeout, RetryWindow: times.RetryWindow, Now: atNoon,
	}
	return send.Run(ctx, delivery.SendInput{Work: delivery.Work{
		MessageID: p.record.ID, Channel: contract.ChannelNtfy, ProbeUntil: p.probe.ProbeUntil,
		Execution: message.Execution{ARN: mine, Started: noon},
	}})
}

func (p *probing) circuit() circuit.Circuit {
	p.t.Helper()
	item, err := p.circuits.LoadCircuit(p.t.Context(), contract.ChannelNtfy)
	require.NoError(p.t, err)
	return item.Circuit
}

// Between MarkProcessing and SendNtfy the record may go, or the lease lapse and another execution take it: that one sends.
// A probe that was won for it goes to the next message at once.
func TestWhatIsNoLongerThisExecutionsIsNotSentAndFreesItsProbe(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status  message.Status
		holder  string
		deleted bool
		want    contract.Outcome
	}{
		"taken by another": {message.StatusProcessing, theirs, false, contract.OutcomeDuplicate},
		"delivered":        {message.StatusCompleted, mine, false, contract.OutcomeDuplicate},
		"put off":          {message.StatusDeferred, mine, false, contract.OutcomeDuplicate},
		"deleted":          {message.StatusProcessing, mine, true, contract.OutcomeGone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProbing(t, ntfy.Result{Class: ntfy.Delivered, Status: 200, NtfyID: "x"})
			p.record.Status, p.record.ExecutionARN = test.status, test.holder
			if !test.deleted {
				require.NoError(t, p.records.Create(t.Context(), p.record))
			}
			work, err := p.send(t.Context())
			require.NoError(t, err)
			require.Equal(t, test.want, work.Outcome)
			require.Zero(t, p.ntfy.requests)
			require.Equal(t, circuit.Open, p.circuit().State)
			require.Equal(t, noon, p.circuit().RetryAt, "the next message may have the probe at once")
		})
	}
}

// The client bounds what it hands on; whoever publishes in its place may not make a message wait for a year.
func TestASickServersRetryAfterIsNotedWithinBounds(t *testing.T) {
	t.Parallel()
	most := settings.Default().Limits.MaxRetryAfter
	for asked, want := range map[time.Duration]time.Time{
		0: {}, time.Second: noon.Add(time.Second), most: noon.Add(most), 365 * 24 * time.Hour: noon.Add(most),
	} {
		p := newProbing(t, ntfy.Result{Class: ntfy.Unavailable, Status: 503, RetryAfter: asked})
		require.NoError(t, p.records.Create(t.Context(), p.record))
		_, err := p.send(t.Context())
		require.Error(t, err)
		after, err := p.records.Load(t.Context(), p.record.ID)
		require.NoError(t, err)
		last, _ := after.LastAttempt()
		require.Equal(t, want, last.RetryAt, asked)
	}
}

// What the answer to a probe is for the circuit, and by which name the workflow hears of it. ProbeFailed is none that it
// tries again.
func TestEveryAnswerToAProbeIsAVerdictOnTheCircuit(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		result ntfy.Result
		state  circuit.State
		cause  circuit.Cause
		trips  int
		err    error
	}{
		"delivered":       {ntfy.Result{Class: ntfy.Delivered, Status: 200, NtfyID: "x"}, circuit.Closed, "", 0, nil},
		"refused by ntfy": {ntfy.Result{Class: ntfy.Rejected, Status: 400}, circuit.Closed, "", 0, new(delivery.NtfyRejected)},
		"refused by us": {
			ntfy.Result{Class: ntfy.Rejected}, circuit.Open, circuit.CauseUnavailable, 0, new(delivery.NtfyRejected),
		},
		"limited": {ntfy.Result{Class: ntfy.RateLimited, Status: 429}, circuit.Closed, "", 0, new(delivery.NtfyRateLimited)},
		"no answer": {
			ntfy.Result{Class: ntfy.Unavailable}, circuit.Open, circuit.CauseUnavailable, 1, new(delivery.ProbeFailed),
		},
		"a bad token": {
			ntfy.Result{Class: ntfy.Unauthorized, Status: 401}, circuit.Open, circuit.CauseUnauthorized, 1, new(delivery.NtfyUnauthorized),
		},
		"not ntfy": {
			ntfy.Result{Class: ntfy.Misconfigured, Status: 404}, circuit.Open, circuit.CauseMisconfigured, 1, new(delivery.NtfyMisconfigured),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProbing(t, test.result)
			require.NoError(t, p.records.Create(t.Context(), p.record))
			ctx, counted := counting(t)
			_, err := p.send(ctx)
			require.Equal(t, reflect.TypeOf(test.err), reflect.TypeOf(err))
			require.Equal(t, test.cause == circuit.CauseUnauthorized, counted(telemetry.Unauthorized) == 1, "an alarm waits for it")
			require.Equal(t, test.cause == circuit.CauseMisconfigured, counted(telemetry.Misconfigured) == 1, "an alarm waits for it")
			require.Zero(t, counted(telemetry.CircuitUnreadable))
			require.Equal(t, 1, p.ntfy.requests)
			require.Equal(t, test.state, p.circuit().State)
			require.Equal(t, test.cause, p.circuit().Cause)
			require.Equal(t, test.trips, p.circuit().Trips)
		})
	}
}
