package dispatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/dispatch"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

var start = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

// fake is the workflow and the queue.
type fake struct {
	mu    sync.Mutex
	run   func(ctx context.Context, name string) (dispatch.Ending, error)
	names []string
	sent  []message.Ticket
	waits []time.Duration
	fault error
}

func (f *fake) Run(ctx context.Context, name string, input []byte) (dispatch.Ending, error) {
	if !json.Valid(input) {
		return dispatch.Ending{}, errors.New("input is no JSON")
	}
	f.mu.Lock()
	f.names = append(f.names, name)
	f.mu.Unlock()
	return f.run(ctx, name)
}

func (f *fake) SendTicket(_ context.Context, t message.Ticket, delay time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent, f.waits = append(f.sent, t), append(f.waits, delay)
	return f.fault
}

func ends(e dispatch.Ending) func(context.Context, string) (dispatch.Ending, error) {
	return func(context.Context, string) (dispatch.Ending, error) { return e, nil }
}

func succeeded(o contract.Outcome) dispatch.Ending {
	return dispatch.Ending{Succeeded: true, Status: "SUCCEEDED", Outcome: o}
}

func dispatcher(f *fake, records dispatch.Records) *dispatch.Dispatcher {
	return &dispatch.Dispatcher{
		Workflow: f, Tickets: f, Records: records, MaxReceives: 3, Now: func() time.Time { return start },
	}
}

func ticket(n int) message.Ticket {
	return message.Ticket{MessageID: fmt.Sprintf("0190b3a4-0000-7000-8000-%012d", n), Generation: 1, EventType: message.EventCreated, Timestamp: start}
}

func body(t *testing.T, of message.Ticket) []byte {
	t.Helper()
	raw, err := json.Marshal(of)
	require.NoError(t, err)
	return raw
}

func one(t *testing.T, receive int) []dispatch.Item {
	t.Helper()
	return []dispatch.Item{{ID: "item", Body: body(t, ticket(1)), Receive: receive}}
}

func TestOnlyTheBrokenBodiesOfABatchAreReported(t *testing.T) {
	t.Parallel()
	f := &fake{run: ends(succeeded(contract.OutcomeCompleted))}
	var batch []dispatch.Item
	for i := range 10 {
		batch = append(batch, dispatch.Item{ID: fmt.Sprintf("item-%d", i), Body: body(t, ticket(i)), Receive: 1})
	}
	batch[3].Body = []byte(`{"message_id":`)
	batch[6].Body = []byte(`{"TopicArn":"arn:aws:sns:x","Message":` + fmt.Sprintf("%q", batch[6].Body) + `}`)
	batch[8].Body = []byte(strings.Replace(string(batch[8].Body), `"generation":1`, `"generation":-1`, 1))
	core, lines := observer.New(zapcore.WarnLevel)

	report := dispatcher(f, memory.NewMessages()).Dispatch(telemetry.With(t.Context(), zap.New(core)), batch)
	require.Equal(t, []string{"item-3", "item-6", "item-8"}, report)
	require.Len(t, f.names, 7)
	require.Len(t, lines.FilterLevelExact(zapcore.ErrorLevel).All(), 3)
	for _, says := range []string{"not one JSON object", "raw message delivery", "generation"} {
		require.NotEmpty(t, lines.Filter(func(e observer.LoggedEntry) bool {
			return strings.Contains(fmt.Sprint(e.ContextMap()["error"]), says)
		}).All(), "a line says which part was wrong: %s", says)
	}
}

// The attempt's own line has said of a delivered message all that there is; each further line of a million costs a dollar.
func TestADeliveredMessageIsNoLineAndEveryOtherEndingIsOne(t *testing.T) {
	t.Parallel()
	for outcome, lines := range map[contract.Outcome]int{
		contract.OutcomeCompleted: 0, contract.OutcomeDeferred: 1, contract.OutcomeDuplicate: 1, contract.OutcomeGone: 1,
	} {
		t.Run(string(outcome), func(t *testing.T) {
			t.Parallel()
			core, logged := observer.New(zapcore.InfoLevel)
			f := &fake{run: ends(succeeded(outcome))}
			require.Empty(t, dispatcher(f, memory.NewMessages()).Dispatch(telemetry.With(t.Context(), zap.New(core)), one(t, 1)))
			found := logged.FilterMessage("dispatched").All()
			require.Len(t, found, lines)
			for _, line := range found {
				require.Equal(t, string(outcome), line.ContextMap()["outcome"])
				require.NotEmpty(t, line.ContextMap()["message_id"])
			}
		})
	}
}

func TestAnEmptyReportIsAnEmptyListNeverNil(t *testing.T) {
	t.Parallel()
	f := &fake{run: ends(succeeded(contract.OutcomeCompleted))}
	report := dispatcher(f, memory.NewMessages()).Dispatch(t.Context(), one(t, 1))
	require.NotNil(t, report)
	require.Empty(t, report)
	require.NotNil(t, dispatcher(f, memory.NewMessages()).Dispatch(t.Context(), nil))
}

func TestWhichEndingsAreReported(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ending   dispatch.Ending
		err      error
		reported bool
	}{
		"completed":        {succeeded(contract.OutcomeCompleted), nil, false},
		"duplicate":        {succeeded(contract.OutcomeDuplicate), nil, false},
		"gone":             {succeeded(contract.OutcomeGone), nil, false},
		"deferred":         {succeeded(contract.OutcomeDeferred), nil, false},
		"busy":             {succeeded(contract.OutcomeBusy), nil, true},
		"no outcome":       {succeeded(""), nil, true},
		"unknown outcome":  {succeeded("splendid"), nil, true},
		"half way":         {succeeded(contract.OutcomeProceed), nil, true},
		"refused for good": {dispatch.Ending{Status: "FAILED", ErrorName: contract.ErrorDeliveryFailed}, nil, false},
		"expired":          {dispatch.Ending{Status: "FAILED", ErrorName: contract.ErrorDeliveryExpired}, nil, false},
		"pipeline fault":   {dispatch.Ending{Status: "FAILED", ErrorName: contract.ErrorPipelineFault}, nil, true},
		"timed out":        {dispatch.Ending{Status: "TIMED_OUT"}, nil, true},
		"never started":    {dispatch.Ending{}, errors.New("AccessDenied"), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fake{run: func(context.Context, string) (dispatch.Ending, error) { return c.ending, c.err }}
			report := dispatcher(f, memory.NewMessages()).Dispatch(t.Context(), one(t, 1))
			require.Equal(t, c.reported, len(report) == 1)
		})
	}
}

func TestAPanicIsReportedAndItsNeighboursAreNot(t *testing.T) {
	t.Parallel()
	f := &fake{run: func(_ context.Context, name string) (dispatch.Ending, error) {
		if strings.Contains(name, "000000000002") {
			panic("broken code")
		}
		return succeeded(contract.OutcomeCompleted), nil
	}}
	batch := []dispatch.Item{
		{ID: "a", Body: body(t, ticket(1)), Receive: 1},
		{ID: "b", Body: body(t, ticket(2)), Receive: 1},
		{ID: "c", Body: body(t, ticket(3)), Receive: 1},
	}
	require.Equal(t, []string{"b"}, dispatcher(f, memory.NewMessages()).Dispatch(t.Context(), batch))
}

func TestTheExecutionsNameSaysWhichTicketAndReceive(t *testing.T) {
	t.Parallel()
	f := &fake{run: ends(succeeded(contract.OutcomeCompleted))}
	dispatcher(f, memory.NewMessages()).Dispatch(t.Context(), one(t, 2))
	require.Equal(t, []string{"q-" + ticket(1).MessageID + "-1-0-2"}, f.names)
}

func TestATicketThatIsNotDueGoesRoundWithoutAnExecution(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]error{"sent": nil, "SQS is away": errors.New("away")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fake{run: ends(succeeded(contract.OutcomeCompleted)), fault: fault}
			waiting := ticket(1)
			due := start.Add(20 * time.Minute)
			waiting.NotBefore = &due
			report := dispatcher(f, memory.NewMessages()).Dispatch(t.Context(), []dispatch.Item{{ID: "item", Body: body(t, waiting), Receive: 1}})
			require.Equal(t, fault != nil, len(report) == 1)
			require.Empty(t, f.names)
			require.Equal(t, []time.Duration{20 * time.Minute}, f.waits)
			require.Equal(t, waiting.MessageID, f.sent[0].MessageID)
			require.True(t, due.Equal(*f.sent[0].NotBefore), "the very same ticket")
		})
	}
}

func TestOneWhoseTimeHasComeIsDelivered(t *testing.T) {
	t.Parallel()
	f := &fake{run: ends(succeeded(contract.OutcomeCompleted))}
	due := ticket(1)
	due.NotBefore = &start
	require.Empty(t, dispatcher(f, memory.NewMessages()).Dispatch(t.Context(), []dispatch.Item{{ID: "item", Body: body(t, due), Receive: 1}}))
	require.Len(t, f.names, 1)
}

func TestWhatTheLastReceiveWritesOnTheRecord(t *testing.T) {
	t.Parallel()
	times := message.TimesOf(settings.Default())
	holder := message.Execution{ARN: "arn:holder", Name: "by-hand", Started: start}
	fault := dispatch.Ending{Status: "FAILED", ErrorName: contract.ErrorPipelineFault}
	for name, c := range map[string]struct {
		receive int
		ending  dispatch.Ending
		change  func(message.Record) message.Record
		marked  bool
	}{
		"the last receive":   {3, fault, nil, true},
		"one before it":      {2, fault, nil, false},
		"one that was busy":  {3, succeeded(contract.OutcomeBusy), nil, false},
		"one that timed out": {3, dispatch.Ending{Status: "TIMED_OUT"}, nil, true},
		"over a live lease": {3, fault, func(r message.Record) message.Record {
			r, _ = r.Take(ticket(1), holder, start, times)
			return r
		}, false},
		"over a lapsed lease": {3, fault, func(r message.Record) message.Record {
			r, _ = r.Take(ticket(1), holder, start.Add(-2*time.Minute), times)
			return r
		}, true},
		"one that was delivered after all": {3, fault, func(r message.Record) message.Record {
			r.Status = message.StatusCompleted
			return r
		}, false},
		"one that was replayed meanwhile": {3, fault, func(r message.Record) message.Record {
			r.Generation++
			return r
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			records := memory.NewMessages()
			rec := message.New(ticket(1).MessageID, "notification", "ntfy", "test", "x", "{}", start, times)
			if c.change != nil {
				rec = c.change(rec)
			}
			require.NoError(t, records.Create(t.Context(), rec))
			ctx, counted := counting(t)
			report := dispatcher(&fake{run: ends(c.ending)}, records).Dispatch(ctx, one(t, c.receive))
			require.Len(t, report, 1)
			require.Equal(t, c.marked, counted(telemetry.PipelineFault) == 1, "an alarm waits for it")
			after, err := records.Load(t.Context(), rec.ID)
			require.NoError(t, err)
			require.Equal(t, c.marked, after.Reason == message.ReasonPipelineFault)
			require.Equal(t, c.marked, after.Version != rec.Version)
		})
	}
}

func TestABatchEndsWithItsTimeAndStillGivesUpTheLastReceive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		records := memory.NewMessages()
		times := message.TimesOf(settings.Default())
		rec := message.New(ticket(1).MessageID, "notification", "ntfy", "test", "x", "{}", start, times)
		require.NoError(t, records.Create(t.Context(), rec))
		f := &fake{run: func(ctx context.Context, name string) (dispatch.Ending, error) {
			if strings.Contains(name, "000000000001") {
				<-ctx.Done()
				return dispatch.Ending{}, ctx.Err()
			}
			return succeeded(contract.OutcomeCompleted), nil
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 48*time.Second)
		defer cancel()
		began := time.Now()
		batch := append(one(t, 3), dispatch.Item{ID: "other", Body: body(t, ticket(2)), Receive: 1})
		require.Equal(t, []string{"item"}, dispatcher(f, records).Dispatch(ctx, batch))
		require.Equal(t, 48*time.Second, time.Since(began))
		after, err := records.Load(t.Context(), rec.ID)
		require.NoError(t, err)
		require.Equal(t, message.ReasonPipelineFault, after.Reason)
	})
}
