package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/standin"
)

// soon is how long anything may take that waits for nothing but the machine.
const soon = 20 * time.Second

// scenario is one test's world: the shared stack, swept clean, and the messages that the test sends through it.
type scenario struct {
	*testing.T

	ids   []string
	since time.Time
	// earlier are the sequence ids that were shown before a replay.
	earlier []string
}

// begin sweeps the stack clean: ntfy is well and open, the circuit is closed, the queues are empty.
func begin(t *testing.T) *scenario {
	t.Helper()
	s := &scenario{T: t, since: time.Now()}
	s.sweepClean()
	t.Cleanup(func() {
		if t.Failed() {
			s.explain()
		}
		s.sweepClean()
		lastSend = time.Now()
	})
	return s
}

// sweepClean waits for what still runs, so that nothing of one scenario reaches into the next.
func (s *scenario) sweepClean() {
	s.Helper()
	deployed.Standin.Heal()
	calls.spoil(nil)
	s.purge()
	s.eventually(soon, "no execution runs", func() (bool, string) {
		n := calls.running()
		return n == 0, fmt.Sprintf("%d run", n)
	})
	s.purge()
	s.forgetUnfinished()
	s.forgetCircuit()
	deployed.Standin.Reset()
	deployed.Standin.SetToken("")
	calls.reset()
}

// forgetUnfinished deletes the records that a scenario left waiting, or the sweeper would deliver them in the next one.
func (s *scenario) forgetUnfinished() {
	s.Helper()
	for _, id := range s.ids {
		if rec, err := deployed.Messages().Load(s.context(), id); err == nil && rec.Status.Final() {
			continue
		}
		s.forget(id)
	}
}

func (s *scenario) forget(id string) {
	s.Helper()
	_, err := dynamodb.NewFromConfig(deployed.AWS()).DeleteItem(s.context(), &dynamodb.DeleteItemInput{
		TableName: aws.String(deployed.MessagesTable),
		Key:       map[string]types.AttributeValue{contract.MessageKey: &types.AttributeValueMemberS{Value: id}},
	})
	require.NoError(s, err)
}

// eventually waits until ready says so; its text says how things stand.
func (s *scenario) eventually(within time.Duration, what string, ready func() (bool, string)) {
	s.Helper()
	deadline := time.Now().Add(within)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, how := ready()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			require.Failf(s, "not within "+within.String()+": "+what, "it stands so: %s", how)
		}
		<-tick.C
	}
}

// context is bounded, so that a call that hangs fails its test and not the whole run. It outlives the test's own: the
// clean-up needs it.
func (s *scenario) context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	s.Cleanup(cancel)
	return ctx
}

// --- sending ---

// send accepts a text as a message and publishes it.
func (s *scenario) send(text string) string {
	s.Helper()
	return s.accept(deployed.Intake(), text)
}

func (s *scenario) accept(in *intake.Intake, text string) string {
	s.Helper()
	rec, err := in.Accept(s.context(), intake.Request{
		Type: messagetype.Notification.Name, Payload: payload(text), CreatedBy: "e2e",
	})
	require.NoError(s, err)
	s.ids = append(s.ids, rec.ID)
	return rec.ID
}

func payload(text string) string {
	written, err := json.Marshal(map[string]string{"message": text})
	if err != nil {
		panic(err) // a text is always JSON
	}
	return string(written)
}

// record makes a message's record without publishing its ticket; change, where given, makes it another than a new one.
func (s *scenario) record(text string, change func(*message.Record)) message.Record {
	s.Helper()
	rec := message.New(uuid.NewString(), messagetype.Notification.Name, contract.ChannelNtfy, stack.Stage, "e2e",
		payload(text), time.Now(), message.TimesOf(deployed.Settings()))
	if change != nil {
		change(&rec)
	}
	require.NoError(s, deployed.Messages().Create(s.context(), rec))
	s.ids = append(s.ids, rec.ID)
	return rec
}

// --- looking ---

func (s *scenario) load(id string) message.Record {
	s.Helper()
	rec, err := deployed.Messages().Load(s.context(), id)
	require.NoError(s, err)
	return rec
}

// until waits for a record that fits.
func (s *scenario) until(within time.Duration, id, what string, fits func(message.Record) bool) message.Record {
	s.Helper()
	var rec message.Record
	s.eventually(within, "message "+id+" "+what, func() (bool, string) {
		rec = s.load(id)
		return fits(rec), tell(rec)
	})
	return rec
}

func tell(rec message.Record) string {
	return fmt.Sprintf("%s (%s) generation %d, deferrals %d, %d attempts, next %s, version %d", rec.Status, rec.Reason,
		rec.Generation, rec.Deferrals, len(rec.Attempts), rec.NextAttemptAt.Format(time.TimeOnly), rec.Version)
}

func (s *scenario) completed(within time.Duration, id string) message.Record {
	s.Helper()
	return s.until(within, id, "is completed", func(rec message.Record) bool { return rec.Status == message.StatusCompleted })
}

func (s *scenario) allCompleted(within time.Duration) {
	s.Helper()
	deadline := time.Now().Add(within)
	for _, id := range s.ids {
		s.completed(max(time.Until(deadline), time.Millisecond), id)
	}
}

func (s *scenario) circuits() *store.Circuits {
	return store.NewCircuits(dynamodb.NewFromConfig(deployed.AWS()), deployed.CircuitTable)
}

func (s *scenario) circuit() circuit.Circuit {
	s.Helper()
	item, err := s.circuits().LoadCircuit(s.context(), contract.ChannelNtfy)
	require.NoError(s, err)
	return item.Circuit
}

// untilCircuit waits for a state of the channel's breaker.
func (s *scenario) untilCircuit(within time.Duration, what string, fits func(circuit.Circuit) bool) {
	s.Helper()
	s.eventually(within, "the circuit "+what, func() (bool, string) {
		now := s.circuit()
		return fits(now), fmt.Sprintf("%+v", now)
	})
}

func (s *scenario) requireClosed() {
	s.Helper()
	require.NotContains(s, []circuit.State{circuit.Open, circuit.HalfOpen}, s.circuit().State)
}

func (s *scenario) forgetCircuit() {
	s.Helper()
	_, err := dynamodb.NewFromConfig(deployed.AWS()).DeleteItem(s.context(), &dynamodb.DeleteItemInput{
		TableName: aws.String(deployed.CircuitTable),
		Key: map[string]types.AttributeValue{
			contract.CircuitKey: &types.AttributeValueMemberS{Value: contract.ChannelNtfy},
		},
	})
	require.NoError(s, err)
}

func (s *scenario) breakNtfy(fault standin.Fault) {
	s.Helper()
	require.NoError(s, deployed.Standin.SetFault(fault))
}

// --- books ---

// books compares what was accepted with what ntfy got: every message is final, each completed one was delivered exactly
// once, nothing else was; no Lambda was refused a call, and no delay was longer than SQS takes.
func (s *scenario) books() {
	s.Helper()
	s.booksWith(deployed.Standin.Published(""))
}

// booksUpdated is books where a delivery may have been made again under its own sequence id, which updates the
// notification that a phone shows.
func (s *scenario) booksUpdated() {
	s.Helper()
	s.booksWith(deployed.Standin.Shown(""))
}

func (s *scenario) booksWith(delivered []standin.Message) {
	s.Helper()
	want, got := map[string]int{}, map[string]int{}
	for _, id := range s.ids {
		rec := s.load(id)
		require.True(s, rec.Status.Final(), "message %s is %s", id, tell(rec))
		if rec.Status == message.StatusCompleted {
			want[rec.SequenceID()]++
		}
	}
	for _, sequence := range s.earlier {
		want[sequence]++
	}
	for _, m := range delivered {
		got[m.SequenceID]++
	}
	require.Equal(s, want, got, "deliveries by sequence id")
	require.Empty(s, calls.refusals(), "calls that a Lambda's role did not allow")
	for _, seconds := range calls.sentDelays() {
		require.True(s, seconds >= 0 && seconds <= 900, "DelaySeconds %d: SQS takes 0 to 900", seconds)
	}
}

// --- a failing scenario explains itself ---

// explain prints the first messages' records, ntfy's requests, executions and logs.
func (s *scenario) explain() {
	s.Helper()
	s.Logf("circuit: %+v", s.circuit())
	ids := s.ids[:min(len(s.ids), 3)]
	for _, id := range ids {
		if rec, err := deployed.Messages().Load(s.context(), id); err == nil {
			written, _ := json.MarshalIndent(rec, "", " ") // a record is always JSON
			s.Logf("record: %s", written)
		}
		for _, run := range calls.runs(id) {
			s.Logf("execution: %v", &run)
		}
		lines, err := logLines(s.context(), s.since, id)
		s.Logf("logs (%v):", err)
		for _, line := range lines[:min(len(lines), 60)] {
			s.Log(line)
		}
	}
	requests := deployed.Standin.Requests()
	byStatus := deployed.Standin.Counts().ByStatus
	s.Logf("%d requests at ntfy: %v", len(requests), slices.Collect(maps.Keys(byStatus)))
	for _, r := range requests[:min(len(requests), 40)] {
		s.Logf("request: %s %s → %d/%d %s shown=%v", r.At.Format("15:04:05.000"), r.SequenceID, r.Status, r.Code, r.Fault, r.Shown)
	}
}
