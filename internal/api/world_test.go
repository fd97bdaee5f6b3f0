package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/api"
	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/deadletter"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/replayjob"
	"github.com/rezagent/rez_agent/internal/schedule"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
	"github.com/rezagent/rez_agent/internal/wire"
)

const publicURL = "https://rez.example.com"

// world is an API over stores in memory. What lies behind the queue is counted, not done.
type world struct {
	t         *testing.T
	handler   http.Handler
	records   *memory.Messages
	published *tickets
	schedules *calendar
	letters   *letters
	probes    map[string]func(context.Context) error
	now       time.Time
}

type tickets struct {
	mu  sync.Mutex
	all []message.Ticket
}

func (p *tickets) Publish(_ context.Context, _ message.Record, t message.Ticket) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, t)
	return nil
}

// calendar keeps schedules in a map.
type calendar struct{ all map[string]schedule.Entry }

func (c *calendar) Create(_ context.Context, e schedule.Entry) error { c.all[e.ID] = e; return nil }

func (c *calendar) Get(_ context.Context, id string) (schedule.Entry, error) {
	e, ok := c.all[id]
	if !ok {
		return e, schedule.ErrNotFound
	}
	return e, nil
}

func (c *calendar) Change(_ context.Context, e schedule.Entry) error { c.all[e.ID] = e; return nil }

func (c *calendar) Delete(_ context.Context, id string) error {
	if _, ok := c.all[id]; !ok {
		return schedule.ErrNotFound
	}
	delete(c.all, id)
	return nil
}

func (c *calendar) List(_ context.Context, cursor string, _ int) ([]schedule.Entry, string, error) {
	if cursor != "" {
		return nil, "", schedule.ErrCursor
	}
	all := make([]schedule.Entry, 0, len(c.all))
	for _, e := range c.all {
		all = append(all, e)
	}
	return all, "", nil
}

// letters counts what is redriven.
type letters struct {
	view     deadletter.View
	refusal  error
	redriven []string
}

func (l *letters) Look(context.Context) (deadletter.View, error) { return l.view, nil }

func (l *letters) Redrive(_ context.Context, id, _ string) error {
	if l.refusal != nil {
		return l.refusal
	}
	l.redriven = append(l.redriven, id)
	return nil
}

func (l *letters) RedriveAll(context.Context, string) (int, string, error) {
	if l.refusal != nil {
		return 0, "", l.refusal
	}
	l.redriven = append(l.redriven, "all")
	return 3, "task", nil
}

type noWorker struct{}

func (noWorker) Call(context.Context, string) error { return nil }

type noSignIn struct{}

func (noSignIn) Login(http.ResponseWriter, *http.Request)    {}
func (noSignIn) Callback(http.ResponseWriter, *http.Request) {}
func (noSignIn) Refresh(http.ResponseWriter, *http.Request)  {}
func (noSignIn) Logout(http.ResponseWriter, *http.Request)   {}

func newWorld(t *testing.T) *world { return newWorldWith(t) }

// newWorldWith is an API of a stage that has these channels; none is ntfy alone.
func newWorldWith(t *testing.T, channels ...string) *world {
	t.Helper()
	w := &world{
		t: t, records: memory.NewMessages(), published: &tickets{}, schedules: &calendar{all: map[string]schedule.Entry{}},
		letters: &letters{}, probes: map[string]func(context.Context) error{}, now: time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC),
	}
	now := func() time.Time { return w.now }
	times := settings.Default()
	key := func(context.Context) ([]byte, error) { return []byte(strings.Repeat("k", 32)), nil }
	lister := &listing.Lister{Index: w.records, Key: key, Stage: "dev"}
	w.handler = api.New(&api.Service{
		Stage: "dev", Version: "v1", Channels: channels, PublicURL: publicURL, WorkflowLogs: "/aws/vendedlogs/states/x", Times: times, Now: now,
		Records: w.records, Lister: lister, Schedules: w.schedules, Letters: w.letters, SignIn: noSignIn{}, Probes: w.probes,
		Intake: &intake.Intake{
			Records: w.records, Publisher: w.published, Times: message.TimesOf(times), Stage: "dev", Channels: channels, Now: now,
		},
		Replays: &replayjob.Service{Jobs: memory.NewJobs(), Messages: lister, Worker: noWorker{}, Settings: settings.Default().Jobs, Now: now},
		Breaker: &circuit.Breaker{Store: memory.NewCircuits(), Settings: times.Breaker, Now: now},
		Metrics: &metrics.Reader{Store: memory.NewMetrics(), Stage: "dev"},
		Program: api.ProgramSignIn{ClientID: "cli"},
	})
	return w
}

// callers.
func operator() *auth.Caller {
	return &auth.Caller{Subject: "sub-1", Name: "user:ann", Role: contract.RoleOperator, Via: auth.ViaBearer}
}

func viewer() *auth.Caller {
	return &auth.Caller{Subject: "sub-2", Name: "user:vic", Role: contract.RoleViewer, Via: auth.ViaBearer}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) problem(t *testing.T) wire.Problem {
	t.Helper()
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), string(a.body))
	var p wire.Problem
	require.NoError(t, json.Unmarshal(a.body, &p))
	require.Equal(t, a.status, p.Status)
	require.NotEmpty(t, p.Title)
	require.NotEmpty(t, p.Detail)
	require.Equal(t, "/api/docs/errors#"+p.Code, p.Type)
	return p
}

func (a answer) into(t *testing.T, out any) {
	t.Helper()
	require.Less(t, a.status, 400, string(a.body))
	require.NoError(t, json.Unmarshal(a.body, out), string(a.body))
}

// call makes a request as somebody; change may add headers.
func (w *world) call(as *auth.Caller, method, target, body string, change ...func(*http.Request)) answer {
	w.t.Helper()
	var content io.Reader = http.NoBody
	if body != "" {
		content = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(w.t.Context(), method, target, content)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, one := range change {
		one(r)
	}
	ctx := api.WithReference(r.Context(), "ref-1")
	if as != nil {
		ctx = auth.WithCaller(ctx, *as)
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r.WithContext(ctx))
	return answer{status: recorder.Code, header: recorder.Header(), body: recorder.Body.Bytes()}
}

// header sets one.
func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

const hello = `{"message_type":"notification","payload":{"message":"hello"}}`

// accepted makes a message and gives its id.
func (w *world) accepted() string {
	w.t.Helper()
	var a wire.Accepted
	w.call(operator(), http.MethodPost, "/api/messages", hello).into(w.t, &a)
	return a.ID
}

// end moves a message to its end as the workflow would.
func (w *world) end(id string, fail bool) {
	w.t.Helper()
	rec, err := w.records.Load(w.t.Context(), id)
	require.NoError(w.t, err)
	times := message.TimesOf(settings.Default())
	taken, _ := rec.Take(rec.Ticket(message.EventCreated, w.now), message.Execution{
		ARN: "arn:aws:states:eu-central-1:123456789012:express:rez-agent-deliver-dev:q-1:x", Name: "q-" + id + "-1-0-1", Started: w.now,
	}, w.now, times)
	require.NoError(w.t, w.records.Save(w.t.Context(), rec, taken))
	ended, err := taken.Complete(taken.ExecutionARN, message.Attempt{At: w.now, Outcome: "delivered", Status: 200, NtfyID: "n"}, w.now)
	if fail {
		ended, err = taken.Fail(taken.ExecutionARN, message.ReasonRefused, "ntfy refused the icon", w.now)
	}
	require.NoError(w.t, err)
	require.NoError(w.t, w.records.Save(w.t.Context(), taken, ended))
}

var errIll = errors.New("connection refused to 10.0.0.7")
