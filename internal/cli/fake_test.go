package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rezagent/rez_agent/internal/wire"
)

const (
	operatorToken = "operator-token"
	viewerToken   = "viewer-token"
)

var began = time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)

// fakeAPI answers as the contract says, from memory. A message moves one step on its way each time that it is looked at.
type fakeAPI struct {
	mu        sync.Mutex
	messages  []*fakeMessage // newest first
	jobs      map[string]*wire.ReplayJob
	schedules map[string]*wire.Schedule
	circuit   string
	history   []wire.CircuitChange
	ill       bool
	calls     []recorded
	// lose cuts the connection behind so many creates, after they were done.
	lose int
	// signIn is what /auth/config says.
	signIn wire.SignInConfig
}

type recorded struct{ method, path, query, key, token, body string }

type fakeMessage struct {
	wire.Message
	key  string
	plan []string
}

func newFakeAPI() *fakeAPI {
	return &fakeAPI{jobs: map[string]*wire.ReplayJob{}, schedules: map[string]*wire.Schedule{}, circuit: "closed"}
}

func uuidOf(n int) string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", n) }

// add makes a message that is on its way through the plan's statuses.
func (f *fakeAPI) add(by, text string, plan ...string) *fakeMessage {
	at := began.Add(time.Duration(len(f.messages)) * time.Second)
	payload, _ := json.Marshal(map[string]string{"message": text})
	m := &fakeMessage{plan: plan[1:]}
	m.Summary = wire.Summary{
		ID: uuidOf(len(f.messages) + 1), Stage: "local", MessageType: "notification", Channel: "ntfy",
		CreatedBy: by, CreatedAt: at, UpdatedAt: at, Generation: 1, Deadline: at.Add(24 * time.Hour),
	}
	m.Title, _, _ = strings.Cut(text, "\n")
	m.Payload, m.Attempts, m.Acts = payload, []wire.Attempt{}, []wire.Act{}
	m.Links = wire.Links{Self: "/api/messages/" + m.ID}
	f.messages = append([]*fakeMessage{m}, f.messages...)
	m.become(plan[0])
	return m
}

func (m *fakeMessage) become(status string) {
	m.Status, m.Reason, m.Detail, m.NextAttemptAt = status, "", "", nil
	m.UpdatedAt = m.UpdatedAt.Add(50 * time.Millisecond)
	switch status {
	case "deferred":
		due := m.UpdatedAt.Add(30 * time.Second)
		m.Reason, m.Detail, m.NextAttemptAt = "unavailable", "ntfy answered 503", &due
		m.Attempts = append(m.Attempts, wire.Attempt{At: m.UpdatedAt, Outcome: "unavailable", Status: 503, LatencyMS: 12, Detail: "ntfy answered 503"})
	case "failed":
		m.Reason, m.Detail = "refused", "ntfy refused the icon"
	case "completed":
		m.Attempts = append(m.Attempts, wire.Attempt{At: m.UpdatedAt, Outcome: "delivered", Status: 200, LatencyMS: 48, NtfyID: "abc"})
		m.Links.Execution = "https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/express-executions/details/arn"
	}
	m.AttemptCount = len(m.Attempts)
}

// planOf lets a test say by the text what becomes of a message.
func planOf(text string) []string {
	switch {
	case strings.Contains(text, "refuse"):
		return []string{"created", "processing", "failed"}
	case strings.Contains(text, "outage"):
		return []string{"created", "processing", "deferred", "processing", "completed"}
	case strings.Contains(text, "stuck"):
		return []string{"created"}
	default:
		return []string{"created", "processing", "completed"}
	}
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	f.calls = append(f.calls, recorded{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Idempotency-Key"), token, string(body)})
	switch anonymous := strings.HasPrefix(r.URL.Path, "/api/health") || r.URL.Path == "/api/auth/config"; {
	case strings.HasPrefix(r.URL.Path, "/page/"):
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html>sign in</html>")
	case strings.HasPrefix(r.URL.Path, "/moved/"):
		http.Redirect(w, r, "https://login.example.com/", http.StatusFound)
	case anonymous:
		f.routes(body).ServeHTTP(w, r)
	case token != operatorToken && token != viewerToken:
		refuse(w, http.StatusUnauthorized, "unauthenticated", "You are not signed in", "")
	case token == viewerToken && r.Method != http.MethodGet && r.URL.Path != "/api/schedules/preview":
		refuse(w, http.StatusForbidden, "forbidden", "Your role does not allow this", "")
	default:
		f.routes(body).ServeHTTP(w, r)
	}
}

func (f *fakeAPI) routes(body []byte) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, do func(w http.ResponseWriter, r *http.Request)) { mux.HandleFunc(pattern, do) }
	handle("/", func(w http.ResponseWriter, _ *http.Request) { notFound(w) })
	handle("POST /api/messages", func(w http.ResponseWriter, r *http.Request) { f.create(w, r, body) })
	handle("GET /api/messages", f.list)
	handle("GET /api/messages/{id}", f.message(func(w http.ResponseWriter, m *fakeMessage) {
		answer(w, http.StatusOK, m.Message)
		if len(m.plan) > 0 {
			m.become(m.plan[0])
			m.plan = m.plan[1:]
		}
	}))
	handle("POST /api/messages/{id}/replay", f.message(f.replay))
	handle("POST /api/replays", func(w http.ResponseWriter, _ *http.Request) { f.createReplay(w, body) })
	handle("GET /api/replays/{id}", f.job(func(j *wire.ReplayJob) { j.State, j.Replayed = "done", j.Matched }))
	handle("POST /api/replays/{id}/cancel", f.job(func(j *wire.ReplayJob) { j.State = "cancelled" }))
	handle("GET /api/circuit", f.setCircuit(""))
	handle("POST /api/circuit/open", f.setCircuit("open"))
	handle("POST /api/circuit/reset", f.setCircuit("closed"))
	handle("GET /api/dlq", f.dlq)
	handle("POST /api/dlq/redrive", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusAccepted, wire.Redriven{Items: 3}) })
	handle("GET /api/metrics", f.metrics)
	handle("GET /api/auth/me", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, wire.Me{Subject: "1", Name: "user:alice", Role: "operator", Via: "bearer"})
	})
	handle("GET /api/auth/config", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, f.signIn) })
	handle("GET /api/health", f.health)
	f.scheduleRoutes(handle, body)
	return mux
}

func (f *fakeAPI) create(w http.ResponseWriter, r *http.Request, body []byte) {
	var in struct {
		MessageType string `json:"message_type"`
		Payload     struct {
			Message string `json:"message"`
			Click   string `json:"click"`
		} `json:"payload"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		refuse(w, http.StatusBadRequest, "malformed", "The request cannot be read", err.Error())
		return
	}
	if in.Payload.Message == "server says no" {
		refuse(w, http.StatusUnprocessableEntity, "invalid_field", "A field is wrong", "payload.priority 9 is out of range",
			wire.ProblemField{Field: "payload.priority", Problem: "is 9", Allowed: "1 to 5"},
			wire.ProblemField{Field: "payload.icon", Problem: "is no address"})
		return
	}
	key := r.Header.Get("Idempotency-Key")
	i := slices.IndexFunc(f.messages, func(m *fakeMessage) bool { return m.key == key })
	if i < 0 {
		f.add("user:alice", in.Payload.Message, planOf(in.Payload.Message)...).key = key
		i = 0
	}
	if f.lose > 0 {
		f.lose--
		panic(http.ErrAbortHandler)
	}
	answer(w, http.StatusAccepted, accepted(f.messages[i]))
}

func accepted(m *fakeMessage) wire.Accepted {
	return wire.Accepted{ID: m.ID, Status: m.Status, Generation: m.Generation, CreatedAt: m.CreatedAt, Links: m.Links}
}

// list has two filters of its own: rare, of which the first pages hold nothing, and loop, which never ends.
func (f *fakeAPI) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	offset, _ := strconv.Atoi(query.Get("cursor"))
	limit, _ := strconv.Atoi(query.Get("limit"))
	searched := began.Add(-time.Duration(offset+1) * time.Hour)
	switch query.Get("created_by") {
	case "rare":
		page := wire.MessagePage{Items: []wire.Summary{}, Next: strconv.Itoa(offset + 1), SearchedTo: &searched}
		if offset == 3 {
			page = wire.MessagePage{Items: []wire.Summary{f.messages[len(f.messages)-1].Summary}}
		}
		answer(w, http.StatusOK, page)
		return
	case "loop":
		answer(w, http.StatusOK, wire.MessagePage{Items: []wire.Summary{}, Next: "7", SearchedTo: &searched})
		return
	}
	var all []wire.Summary
	for _, m := range f.messages {
		if status := query.Get("status"); status == "" || status == m.Status {
			all = append(all, m.Summary)
		}
	}
	end := min(offset+limit, len(all))
	page := wire.MessagePage{Items: append([]wire.Summary{}, all[min(offset, end):end]...)}
	if end < len(all) {
		page.Next = strconv.Itoa(end)
	}
	answer(w, http.StatusOK, page)
}

func (f *fakeAPI) message(do func(http.ResponseWriter, *fakeMessage)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		i := slices.IndexFunc(f.messages, func(m *fakeMessage) bool { return m.ID == r.PathValue("id") })
		if i < 0 {
			notFound(w)
			return
		}
		do(w, f.messages[i])
	}
}

func (f *fakeAPI) replay(w http.ResponseWriter, m *fakeMessage) {
	if m.Status == "created" || m.Status == "processing" {
		refuse(w, http.StatusConflict, "wrong_status", "Its status does not allow this", "the message is "+m.Status)
		return
	}
	m.Generation++
	m.become("created")
	m.plan = []string{"processing", "completed"}
	answer(w, http.StatusAccepted, accepted(m))
}

func (f *fakeAPI) createReplay(w http.ResponseWriter, body []byte) {
	var in wire.CreateReplay
	_ = json.Unmarshal(body, &in)
	matched := 0
	for _, m := range f.messages {
		if m.Status == in.Filter.Status {
			matched++
		}
	}
	if in.DryRun {
		answer(w, http.StatusOK, wire.ReplayJob{State: "counted", Filter: in.Filter, Count: strconv.Itoa(matched)})
		return
	}
	job := &wire.ReplayJob{ID: uuidOf(900 + len(f.jobs)), State: "running", Filter: in.Filter, Matched: matched, CreatedBy: "user:alice", CreatedAt: began}
	f.jobs[job.ID] = job
	answer(w, http.StatusAccepted, job)
}

func (f *fakeAPI) job(change func(*wire.ReplayJob)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		job := f.jobs[r.PathValue("id")]
		if job == nil {
			notFound(w)
			return
		}
		change(job)
		answer(w, http.StatusOK, job)
	}
}

func (f *fakeAPI) setCircuit(state string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if state != "" {
			f.history = append([]wire.CircuitChange{
				{At: began, From: f.circuit, To: state, Reason: map[string]string{"open": "forced", "closed": "reset"}[state], By: "user:alice"},
			}, f.history...)
			f.circuit = state
		}
		answer(w, http.StatusOK, wire.Circuit{
			Channel: "ntfy", Channels: []string{"ntfy"}, State: f.circuit, Failures: []time.Time{}, History: f.history, Threshold: 5, WindowMS: 60000,
		})
	}
}

func (f *fakeAPI) dlq(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, wire.DeadLetters{
		Depth: 3, Records: []wire.Summary{},
		Sample: []wire.DeadLetter{{ItemID: "x", MessageID: uuidOf(1), Status: "failed", Reason: "pipeline_fault", SentAt: began, Redrivable: true}},
	})
}

func (f *fakeAPI) metrics(w http.ResponseWriter, r *http.Request) {
	rate, p50 := 0.9975, int64(100)
	total := wire.Figures{Accepted: 1200, Completed: 1197, Failed: 3, SuccessRate: &rate, LatencyP50: &p50}
	answer(w, http.StatusOK, wire.Metrics{
		Period: r.URL.Query().Get("period"), From: began, To: began.Add(time.Hour), Total: total,
		Waiting: wire.Waiting{UnderWay: wire.Count{Count: 3}, Deferred: wire.Count{Count: 1000, More: true}}, Hours: []wire.MetricsHour{},
		Groups: []wire.MetricsGroup{{Stage: "local", MessageType: "notification", Figures: total}}, LatestFailures: []wire.Summary{},
	})
}

func (f *fakeAPI) health(w http.ResponseWriter, _ *http.Request) {
	health, status := wire.Health{Status: "ok", Stage: "local", Version: "v1"}, http.StatusOK
	if f.ill {
		health.Status, status = "ill", http.StatusServiceUnavailable
		health.Parts = []wire.HealthPart{{Name: "queue", Status: "ill", TookMS: 3000}}
	}
	answer(w, status, health)
}

func (f *fakeAPI) scheduleRoutes(handle func(string, func(http.ResponseWriter, *http.Request)), body []byte) {
	one := func(do func(w http.ResponseWriter, s *wire.Schedule)) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			if s := f.schedules[r.PathValue("id")]; s != nil {
				do(w, s)
				return
			}
			notFound(w)
		}
	}
	set := func(s *wire.Schedule) {
		var in wire.SetSchedule
		_ = json.Unmarshal(body, &in)
		s.Name, s.Expression, s.Timezone, s.MessageType, s.Payload, s.Paused = in.Name, in.Expression, in.Timezone, in.MessageType, in.Payload, in.Paused
		s.NextRuns, s.Sentence = []time.Time{began.Add(time.Hour)}, "At 02:30 every day"
	}
	pause := func(to bool) func(http.ResponseWriter, *http.Request) {
		return one(func(w http.ResponseWriter, s *wire.Schedule) { s.Paused = to; answer(w, http.StatusOK, s) })
	}
	handle("GET /api/schedules", func(w http.ResponseWriter, _ *http.Request) {
		page := wire.SchedulePage{Items: []wire.Schedule{}}
		for _, s := range f.schedules {
			page.Items = append(page.Items, *s)
		}
		answer(w, http.StatusOK, page)
	})
	handle("POST /api/schedules", func(w http.ResponseWriter, _ *http.Request) {
		s := &wire.Schedule{ID: uuidOf(500 + len(f.schedules)), CreatedBy: "user:alice", CreatedAt: began}
		set(s)
		f.schedules[s.ID] = s
		answer(w, http.StatusCreated, s)
	})
	handle("POST /api/schedules/preview", func(w http.ResponseWriter, _ *http.Request) {
		var in wire.PreviewSchedule
		_ = json.Unmarshal(body, &in)
		answer(w, http.StatusOK, wire.SchedulePreview{
			Expression: in.Expression, Timezone: in.Timezone, Sentence: "At 02:30 every day, " + in.Timezone,
			NextRuns: []time.Time{began.Add(time.Hour), began.Add(25 * time.Hour)}, Warnings: []string{"On Sunday it does not fire."},
		})
	})
	handle("GET /api/schedules/{id}", one(func(w http.ResponseWriter, s *wire.Schedule) { answer(w, http.StatusOK, s) }))
	handle("PUT /api/schedules/{id}", one(func(w http.ResponseWriter, s *wire.Schedule) { set(s); answer(w, http.StatusOK, s) }))
	handle("DELETE /api/schedules/{id}", one(func(w http.ResponseWriter, s *wire.Schedule) {
		delete(f.schedules, s.ID)
		w.WriteHeader(http.StatusNoContent)
	}))
	handle("POST /api/schedules/{id}/pause", pause(true))
	handle("POST /api/schedules/{id}/resume", pause(false))
	handle("POST /api/schedules/{id}/run", one(func(w http.ResponseWriter, s *wire.Schedule) {
		answer(w, http.StatusAccepted, accepted(f.add("schedule:"+s.ID, "now", planOf("")...)))
	}))
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func refuse(w http.ResponseWriter, status int, code, title, detail string, fields ...wire.ProblemField) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(wire.Problem{
		Type: "/api/docs/errors#" + code, Title: title, Status: status, Detail: detail, Code: code, Instance: "ref-1", Errors: fields,
	})
}

func notFound(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, "not_found", "There is nothing here", "no message has this id")
}
