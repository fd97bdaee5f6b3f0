package delivery_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/dispatch"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
	"github.com/rezagent/rez_agent/local/standin"
)

const ownTopic = "own-topic"

// noon is when every story begins; the daily quota's new day is twelve hours away.
var noon = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

// world is the whole pipeline behind the topic in one process: queue, processor, workflow, Lambdas, tables and an ntfy,
// with one clock that stories move. Nothing in it waits.
type world struct {
	t        *testing.T
	settings settings.Settings
	records  *memory.Messages
	circuits *memory.Circuits
	ntfy     *standin.Server
	client   delivery.Publisher
	token    *token
	jitter   float64

	mu         sync.Mutex
	now        time.Time
	queue      []item
	delays     []time.Duration // of every delayed ticket
	dlq        []deadLetter
	executions []execution
	requests   int

	// before is called before each step with the state's task; an error is the Lambda's.
	before func(name contract.Task) error
	// lost has the answer of a state's Lambda lost once: it runs, and Step Functions runs it again.
	lost map[contract.Task]int
	// sending is called while SendNtfy's request is under way.
	sending func()
	// ticketFault is what sending to the queues meets.
	ticketFault error
}

type item struct {
	ticket  message.Ticket
	visible time.Time
	receive int
}

type deadLetter struct {
	ticket message.Ticket
	reason message.Reason
}

type execution struct {
	name    string
	ending  dispatch.Ending
	visited []string
}

// token is the ntfy token: cached is what was read last, stored what SSM has.
type token struct {
	cached, stored string
	err            error
	refreshes      int
}

func (k *token) Token(context.Context) (string, error) { return k.cached, k.err }

func (k *token) Refresh(context.Context) (string, error) {
	k.refreshes++
	k.cached = k.stored
	return k.cached, k.err
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, settings: settings.Default(), records: memory.NewMessages(), circuits: memory.NewCircuits(), now: noon,
		token: &token{}, lost: map[contract.Task]int{}, jitter: 0.5,
	}
	w.ntfy = standin.New(standin.Config{Clock: w.Now})
	server := httptest.NewServer(w.ntfy)
	t.Cleanup(func() { w.ntfy.Close(); server.Close() })
	w.client = ntfy.NewClient(ntfy.Destination{Endpoint: server.URL + "/", Topic: ownTopic},
		w.settings.HTTPTimeout, w.settings.Limits.MaxRetryAfter)
	return w
}

// Now is the world's clock; each look takes a moment, so that no two things happen at once.
func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(time.Millisecond)
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// Publish is the one door to ntfy.
func (w *world) Publish(ctx context.Context, n ntfy.Notification, secret string) ntfy.Result {
	w.mu.Lock()
	w.requests++
	w.mu.Unlock()
	if w.sending != nil {
		w.sending()
	}
	return w.client.Publish(ctx, n, secret)
}

// script has ntfy's place taken by results, the last one for good.
type script struct{ results []ntfy.Result }

func (s *script) Publish(context.Context, ntfy.Notification, string) ntfy.Result {
	next := s.results[0]
	if len(s.results) > 1 {
		s.results = s.results[1:]
	}
	return next
}

func (w *world) SendTicket(_ context.Context, t message.Ticket, delay time.Duration) error {
	if w.ticketFault != nil {
		return w.ticketFault
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	seconds := math.Ceil(min(max(delay, 0), w.settings.MaxDelay).Seconds()) // as package queue does
	wait := time.Duration(seconds) * time.Second
	w.delays = append(w.delays, wait)
	w.queue = append(w.queue, item{ticket: t, visible: w.now.Add(wait)})
	return nil
}

func (w *world) SendDeadLetter(_ context.Context, t message.Ticket, reason message.Reason) error {
	if w.ticketFault != nil {
		return w.ticketFault
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dlq = append(w.dlq, deadLetter{ticket: t, reason: reason})
	return nil
}

func (w *world) breaker() *circuit.Breaker {
	return &circuit.Breaker{Store: w.circuits, Settings: w.settings.Breaker, Now: w.Now, Jitter: w.spread}
}

func (w *world) limiter() *circuit.Limiter {
	return &circuit.Limiter{Store: w.circuits, Settings: w.settings.Limits, Now: w.Now}
}

func (w *world) times() message.Times { return message.TimesOf(w.settings) }

// tasks are the workflow's Lambdas, wired as tasks/ does.
func (w *world) tasks(ctx context.Context) map[string]task {
	steps := map[contract.Task]task{
		contract.TaskMarkProcessing: step(ctx, (&delivery.MarkProcessing{Records: w.records, Times: w.times(), Now: w.Now}).Run),
		contract.TaskCheckCircuit:   step(ctx, w.checkCircuit().Run),
		contract.TaskSendNtfy:       step(ctx, w.sendNtfy().Run),
		contract.TaskMarkCompleted:  step(ctx, (&delivery.MarkCompleted{Records: w.records, Now: w.Now}).Run),
		contract.TaskMarkDeferred:   step(ctx, w.markDeferred().Run),
		contract.TaskMarkFailed:     step(ctx, (&delivery.MarkFailed{Records: w.records, DeadLetters: w, Now: w.Now}).Run),
	}
	tasks := map[string]task{"dynamodb:updateItem": w.releaseLease}
	for name, run := range steps {
		tasks[string(name)] = w.invoke(name, run)
	}
	return tasks
}

func (w *world) spread() float64 { return w.jitter }

func (w *world) checkCircuit() *delivery.CheckCircuit {
	return &delivery.CheckCircuit{Breaker: w.breaker(), Limiter: w.limiter(), Jitter: w.spread, Now: w.Now}
}

func (w *world) markDeferred() *delivery.MarkDeferred {
	return &delivery.MarkDeferred{
		Records: w.records, Tickets: w, Breaker: w.breaker(), Jitter: w.spread, Settings: w.settings, Now: w.Now,
	}
}

func (w *world) sendNtfy() *delivery.Send {
	return &delivery.Send{
		Channel: contract.ChannelNtfy, Sender: &delivery.Ntfy{Publisher: w, Tokens: w.token, HTTPTimeout: w.settings.HTTPTimeout},
		Records: w.records, Breaker: w.breaker(), Limiter: w.limiter(),
		HTTPTimeout: w.settings.HTTPTimeout, RetryWindow: w.settings.RetryWindow, Now: w.Now,
	}
}

func step[In, Out any](ctx context.Context, run func(context.Context, In) (Out, error)) task {
	return asTask(func(in In) (Out, error) { return run(ctx, in) })
}

func (w *world) invoke(name contract.Task, run task) task {
	return func(input []byte) ([]byte, error) {
		if w.before != nil {
			if err := w.before(name); err != nil {
				return nil, err
			}
		}
		out, err := run(input)
		if w.lost[name] > 0 {
			w.lost[name]--
			return nil, &lambdaFault{"Lambda.SdkClientException"}
		}
		return out, err
	}
}

// releaseLease is the workflow's own update of the record.
func (w *world) releaseLease(input []byte) ([]byte, error) {
	var update struct {
		Key                       map[string]map[string]string
		ExpressionAttributeValues map[string]map[string]string
	}
	if err := json.Unmarshal(input, &update); err != nil {
		return nil, err
	}
	rec, err := w.records.Load(context.Background(), update.Key[contract.MessageKey]["S"])
	if err != nil {
		return nil, err
	}
	if rec.ExecutionARN != update.ExpressionAttributeValues[":me"]["S"] || rec.Status != message.StatusProcessing {
		return nil, errors.New("ConditionalCheckFailed")
	}
	next := rec
	next.LeaseUntil = time.Unix(0, 0)
	next.Version++ // the store's way to write; the workflow itself leaves it alone
	return []byte("{}"), w.records.Save(context.Background(), rec, next)
}

// Run is the state machine: one execution.
func (w *world) Run(ctx context.Context, name string, input []byte) (dispatch.Ending, error) {
	started := w.Now()
	w.mu.Lock()
	arn := fmt.Sprintf("arn:aws:states:eu-central-1:000000000000:express:deliver:%s:%d", name, len(w.executions))
	w.mu.Unlock()
	run := &aslRun{
		machine: loadASL(w.t), tasks: w.tasks(ctx), wait: w.pass,
		context: map[string]any{"Execution": map[string]any{"Id": arn, "Name": name, "StartTime": started.Format(message.TimeLayout)}},
	}
	ending := run.run(input)
	ending.ExecutionARN = arn
	w.mu.Lock()
	defer w.mu.Unlock()
	w.executions = append(w.executions, execution{name: name, ending: ending, visited: run.visited})
	return ending, nil
}

// accept makes a message and puts its first ticket into the queue.
func (w *world) accept(id int, payload string) message.Record {
	w.t.Helper()
	rec := message.New(messageID(id), "notification", contract.ChannelNtfy, "test", "story", payload, w.Now(), w.times())
	require.NoError(w.t, w.records.Create(w.t.Context(), rec))
	require.NoError(w.t, w.SendTicket(w.t.Context(), rec.Ticket(message.EventCreated, w.Now()), 0))
	return rec
}

func (w *world) hello(id int) string {
	return w.accept(id, fmt.Sprintf(`{"message":"hello %d"}`, id)).ID
}

func messageID(id int) string { return fmt.Sprintf("0190b3a4-0000-7000-8000-%012d", id) }

func (w *world) record(id string) message.Record {
	w.t.Helper()
	rec, err := w.records.Load(w.t.Context(), id)
	require.NoError(w.t, err)
	return rec
}

func (w *world) circuit() circuit.Item {
	w.t.Helper()
	found, err := w.circuits.LoadCircuit(w.t.Context(), contract.ChannelNtfy)
	require.NoError(w.t, err)
	return found
}

// start starts an execution as a person does, and gives its ending.
func (w *world) start(name, input string) dispatch.Ending {
	w.t.Helper()
	ending, err := w.Run(w.t.Context(), name, []byte(input))
	require.NoError(w.t, err)
	return ending
}
