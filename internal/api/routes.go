package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// route is one operation: what it is called, where it is, and who may use it.
type route struct {
	id, method, path string
	// role is what the caller needs: anyone, viewer, operator.
	role string
	// status is that of a success.
	status       int
	tag, summary string
	description  string
	// errors are the statuses that it answers with beside those of every route.
	errors []int
}

// register adds all routes that are described by their types. This is the table: route → role.
func (s *Service) register(a table) { //nolint:funlen // one table, to be read in one piece
	ok, accepted, none := http.StatusOK, http.StatusAccepted, http.StatusNoContent
	missing, conflict := http.StatusNotFound, http.StatusConflict

	add(a, s, route{
		"create-message", http.MethodPost, "/api/messages", operator, accepted, "Messages", "Accept a message",
		"The message is written down before the answer comes: from then on it is delivered, or you see why not.", nil,
	}, s.createMessage)
	add(a, s, route{
		"list-messages", http.MethodGet, "/api/messages", viewer, ok, "Messages", "List messages, newest first",
		"Filters may be combined. A page may hold fewer messages than the limit, and even none, and still have a cursor.", nil,
	}, s.listMessages)
	add(a, s, route{
		"get-message", http.MethodGet, "/api/messages/{id}", viewer, ok, "Messages", "Show a message and its history",
		"",
		[]int{missing},
	}, s.getMessage)
	add(a, s, route{
		"replay-message", http.MethodPost, "/api/messages/{id}/replay", operator, accepted, "Messages", "Deliver a message again",
		"A completed or failed message becomes new; a deferred one is due now.",
		[]int{missing, conflict},
	}, s.replayMessage)

	add(a, s, route{
		"create-replay", http.MethodPost, "/api/replays", operator, accepted, "Replays", "Replay all messages of a filter",
		"With dry_run they are only counted.", nil,
	}, s.createReplay)
	add(a, s, route{
		"get-replay", http.MethodGet, "/api/replays/{id}", viewer, ok, "Replays", "Show how far a replay is",
		"",
		[]int{missing},
	}, s.getReplay)
	add(a, s, route{
		"cancel-replay", http.MethodPost, "/api/replays/{id}/cancel", operator, ok, "Replays", "Stop a replay",
		"What was replayed stays so.",
		[]int{missing, conflict},
	}, s.cancelReplay)

	add(a, s, route{"get-metrics", http.MethodGet, "/api/metrics", viewer, ok, "Metrics", "Show figures of a period", "", nil}, s.getMetrics)

	add(a, s, route{"get-circuit", http.MethodGet, "/api/circuit", viewer, ok, "Circuit", "Show the circuit breaker", "", nil}, s.getCircuit)
	add(a, s, route{
		"open-circuit", http.MethodPost, "/api/circuit/open", operator, ok, "Circuit", "Stop all delivery",
		"The circuit stays open until it is reset; messages wait.",
		[]int{conflict},
	}, s.openCircuit)
	add(a, s, route{
		"reset-circuit", http.MethodPost, "/api/circuit/reset", operator, ok, "Circuit", "Close the circuit",
		"Waiting messages are sent when they are due.",
		[]int{conflict},
	}, s.resetCircuit)

	add(a, s, route{
		"list-dead-letters", http.MethodGet, "/api/dlq", viewer, ok, "Dead letters", "Show a sample of the dead-letter queue",
		"SQS shows no more than a sample of its items; the records beside it are complete, newest first.", nil,
	}, s.listDeadLetters)
	add(a, s, route{
		"redrive", http.MethodPost, "/api/dlq/redrive", operator, accepted, "Dead letters", "Deliver dead letters after all",
		"",
		[]int{missing, conflict},
	}, s.redrive)

	add(a, s, route{"list-schedules", http.MethodGet, "/api/schedules", viewer, ok, "Schedules", "List schedules", "", nil}, s.listSchedules)
	add(a, s, route{
		"create-schedule", http.MethodPost, "/api/schedules", operator, http.StatusCreated, "Schedules", "Make a schedule",
		"",
		[]int{conflict},
	}, s.createSchedule)
	add(a, s, route{
		"preview-schedule", http.MethodPost, previewPath, viewer, ok, "Schedules", "Say what a schedule's expression means",
		"In words, with the next runs and what the clocks' changes do to them. Nothing is made; what is wrong is said as where a schedule is made.", nil,
	}, s.previewSchedule)
	add(a, s, route{
		"get-schedule", http.MethodGet, "/api/schedules/{id}", viewer, ok, "Schedules", "Show a schedule",
		"",
		[]int{missing},
	}, s.getSchedule)
	add(a, s, route{
		"change-schedule", http.MethodPut, "/api/schedules/{id}", operator, ok, "Schedules", "Change a schedule",
		"",
		[]int{missing, conflict},
	}, s.changeSchedule)
	add(a, s, route{
		"delete-schedule", http.MethodDelete, "/api/schedules/{id}", operator, none, "Schedules", "Delete a schedule",
		"",
		[]int{missing},
	}, s.deleteSchedule)
	add(a, s, route{
		"pause-schedule", http.MethodPost, "/api/schedules/{id}/pause", operator, ok, "Schedules", "Let a schedule rest",
		"",
		[]int{missing, conflict},
	}, s.pauseSchedule)
	add(a, s, route{
		"resume-schedule", http.MethodPost, "/api/schedules/{id}/resume", operator, ok, "Schedules", "Let a schedule fire again",
		"",
		[]int{missing, conflict},
	}, s.resumeSchedule)
	add(a, s, route{
		"run-schedule", http.MethodPost, "/api/schedules/{id}/run", operator, accepted, "Schedules", "Make a schedule's message now",
		"",
		[]int{missing},
	}, s.runSchedule)

	add(a, s, route{"get-me", http.MethodGet, "/api/auth/me", viewer, ok, "Sign-in", "Show who is signed in", "", nil}, s.getMe)
	add(a, s, route{"get-sign-in", http.MethodGet, "/api/auth/config", anyone, ok, "Sign-in", "What a program needs to sign a person in", "", nil}, s.getSignIn)
	add(a, s, route{
		"get-health", http.MethodGet, "/api/health", anyone, ok, "Health", "Show whether the API works",
		"With deep=true also whether what it depends on works; 503 where a part does not.", nil,
	}, s.getHealth)
}

// everyRoute are the statuses that any route may answer with.
func everyRoute(r route) []int {
	statuses := []int{
		http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
	}
	if r.role != anyone {
		statuses = append(statuses, http.StatusUnauthorized, http.StatusForbidden)
	}
	statuses = append(statuses, r.errors...)
	slices.Sort(statuses)
	return slices.Compact(statuses)
}

// table takes the routes: all at once to describe them, or each when it is first asked for to serve them. Huma reads
// schemas out of a route's types when it is registered, and doing so for all of them was most of webapi's start.
type table struct {
	described huma.API
	served    *http.ServeMux
}

// add gives a route to the table.
func add[I, O any](t table, s *Service, r route, handle func(context.Context, *I) (*O, error)) {
	if t.described != nil {
		addNow(t.described, s, r, handle)
		return
	}
	own := sync.OnceValue(func() http.Handler {
		mux := http.NewServeMux()
		addNow(newHuma(mux), s, r, handle)
		return mux
	})
	t.served.HandleFunc(r.method+" "+r.path, func(w http.ResponseWriter, request *http.Request) { own().ServeHTTP(w, request) })
}

// addNow registers a route with its guard. What the handler returns as an error is a *Problem, or hidden as an inner fault.
func addNow[I, O any](a huma.API, s *Service, r route, handle func(context.Context, *I) (*O, error)) {
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.path, DefaultStatus: r.status, Tags: []string{r.tag},
		Summary: r.summary, Description: r.description, Errors: everyRoute(r), MaxBodyBytes: maxBody + 1,
	}
	if r.role != anyone {
		op.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}}
		op.Middlewares = huma.Middlewares{s.guard(a, r)}
	}
	op.Middlewares = append(op.Middlewares, refuseEmpty(a))
	huma.Register(a, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err == nil {
			return out, nil
		}
		p := (*Problem)(nil)
		if !errors.As(err, &p) {
			p = inner(ctx, err)
		}
		p.Instance = Reference(ctx)
		return out, p
	})
}

// guard lets nobody in whom the gateway's authorizer did not name, whose role is too small, or whose cookie proves nothing.
func (s *Service) guard(a huma.API, r route) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		caller, known := auth.CallerFrom(ctx.Context())
		request, _ := humago.Unwrap(ctx)
		var refusal *Problem
		switch {
		case !known:
			refusal = problem(CodeUnauthenticated, "")
		case caller.Role == "":
			refusal = problem(CodeNoRole, "")
		case r.role == operator && caller.Role != operator:
			refusal = problem(CodeForbidden, "")
		case auth.CheckCSRF(request, caller, s.PublicURL) != nil:
			refusal = problem(CodeCSRF, "")
		default:
			next(ctx)
			return
		}
		telemetry.Log(ctx.Context()).Info("refused", zap.String("route", r.id), zap.String("code", refusal.Code), zap.String("caller", caller.Name))
		refuse(a, ctx, refusal)
	}
}

// refuse answers with a problem, in the place of a handler.
func refuse(a huma.API, ctx huma.Context, p *Problem) {
	if err := huma.WriteErr(a, ctx, p.Status, p.Detail, p); err != nil {
		telemetry.Log(ctx.Context()).Warn("refusal not written", zap.Error(err))
	}
}

// audit notes who did what, for whoever asks later.
func audit(ctx context.Context, act, target string, more ...zap.Field) {
	caller, _ := auth.CallerFrom(ctx)
	telemetry.Log(ctx).Info("audit", append([]zap.Field{
		zap.String("act", act), zap.String("target", target), zap.String("by", caller.Name), zap.String("subject", caller.Subject),
		zap.String("via", caller.Via),
	}, more...)...)
}

// by names the caller on records.
func by(ctx context.Context) string {
	caller, _ := auth.CallerFrom(ctx)
	return caller.Name
}
