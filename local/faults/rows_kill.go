package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/proxy"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/standin"
)

// story is one message's way through the pipeline. It is recorded once; then each Lambda on the way is killed before and
// after each of its outside calls, in a run of its own.
type story struct {
	name, says string
	end        End
	either     []End
	// stale: see Row.
	stale bool
	// sweeps: the sweeper is part of the story, and not only what mends it.
	sweeps bool
	// kills are the Lambdas that are killed; none are those that deliver.
	kills []contract.Task
	// over says, in words too, whether the story has come to its end; nil where that is the end of its message. A story
	// whose message's id nobody knows beforehand has one.
	over func(ctx context.Context, w *World) (bool, string, error)
	// tell prepares the story of a new message, and gives its id and what sets it going.
	tell func(ctx context.Context, w *World) (id string, start func(context.Context) error, err error)
}

// killRows kill processes.
func killRows() []Row {
	rows := []Row{}
	for _, s := range stories() {
		rows = append(rows, Row{
			Name: "kill-" + s.name, Says: s.says + "; each Lambda killed before and after each outside call", Either: s.either,
			Unrecorded: true, Stale: s.stale, run: s.killEverywhere,
		})
	}
	return rows
}

func stories() []story {
	badIcon := standin.Fault{Kind: standin.Status, Status: http.StatusBadRequest, Code: 40021}
	tooMany := standin.Fault{Kind: standin.Status, Status: http.StatusTooManyRequests, Code: 42901, Count: 1}
	once := down()
	once.Count = 1
	return append(storiesAround(), []story{
		{name: "scheduled", says: "a scheduled message is delivered", end: Completed, tell: tellScheduled},
		{name: "retried", says: "ntfy fails once", end: Completed, tell: tellSent(once)},
		{name: "limited", says: "ntfy limits the rate once", end: Completed, tell: tellSent(tooMany)},
		{name: "probed", says: "the circuit is open, and the message is put off and then the probe", end: Completed, tell: tellProbed},
		{name: "refused", says: "ntfy refuses the message", end: Refused, tell: tellSent(badIcon)},
		{name: "expired", says: "the message expires while it waits", end: Expired, tell: tellExpired},
		{name: "swept", says: "the ticket was never published", end: Completed, sweeps: true, tell: tellSwept(time.Hour)},
		{name: "swept-late", says: "the same, past the deadline", end: Expired, sweeps: true, tell: tellSwept(-time.Second)},
		{name: "far", says: "the ticket comes before it is due", end: Completed, tell: tellFar},
		{
			name: "given-up", says: "no execution can be started until the last receive", end: PipelineFault, either: []End{Completed},
			stale: true, tell: tellGivenUp,
		},
	}...)
}

func tellScheduled(_ context.Context, w *World) (string, func(context.Context) error, error) {
	w.events++
	at := time.Now().Truncate(time.Second).Add(-time.Duration(w.events) * time.Hour)
	id, err := intake.ScheduledID(stack.ScheduleRule, at)
	return id, func(ctx context.Context) error {
		w.note(id)
		// EventBridge calls again until the call succeeds.
		return w.until(ctx, soon, "the scheduler has taken the event", func(ctx context.Context) (bool, string, error) {
			_, err := w.stack.Schedule(ctx, at)
			return err == nil, fmt.Sprint(err), nil
		})
	}, err
}

func tellSent(fault standin.Fault) func(context.Context, *World) (string, func(context.Context) error, error) {
	return func(_ context.Context, w *World) (string, func(context.Context) error, error) {
		id := w.nextID()
		fault.SequencePrefix = id // whoever was killed before is delivered in peace
		return id, func(ctx context.Context) error {
			w.note(id)
			return w.accept(ctx, w.stack.Intake(), id)
		}, w.stack.Standin.SetFault(fault)
	}
}

func tellProbed(ctx context.Context, w *World) (string, func(context.Context) error, error) {
	id := w.nextID()
	return id, func(ctx context.Context) error {
		w.note(id)
		return w.accept(ctx, w.stack.Intake(), id)
	}, w.openCircuit(ctx, circuit.CauseUnavailable, time.Second)
}

func tellExpired(ctx context.Context, w *World) (string, func(context.Context) error, error) {
	id := w.nextID()
	return id, func(ctx context.Context) error {
		w.note(id)
		in := w.stack.Intake()
		in.Times.Deadline = time.Second
		return w.accept(ctx, in, id)
	}, w.openCircuit(ctx, circuit.CauseUnavailable, time.Minute)
}

// tellSwept makes a record of an hour ago whose ticket nobody published.
func tellSwept(deadline time.Duration) func(context.Context, *World) (string, func(context.Context) error, error) {
	return func(_ context.Context, w *World) (string, func(context.Context) error, error) {
		rec := w.newRecord(func(rec *message.Record) {
			rec.CreatedAt, rec.UpdatedAt = rec.CreatedAt.Add(-time.Hour), rec.UpdatedAt.Add(-time.Hour)
			rec.Deadline = message.Moment(time.Now().Add(deadline))
		})
		return rec.ID, func(ctx context.Context) error { return w.create(ctx, rec) }, nil
	}
}

func tellFar(_ context.Context, w *World) (string, func(context.Context) error, error) {
	rec := w.newRecord(func(rec *message.Record) {
		rec.Status, rec.Reason, rec.Deferrals = message.StatusDeferred, message.ReasonUnavailable, 1
		rec.NextAttemptAt = message.Moment(time.Now().Add(2 * time.Second))
	})
	return rec.ID, func(ctx context.Context) error {
		if err := w.create(ctx, rec); err != nil {
			return err
		}
		return w.enqueue(ctx, ticket(rec))
	}, nil
}

func tellGivenUp(ctx context.Context, w *World) (string, func(context.Context) error, error) {
	w.faults.Break(proxy.Fault{Match: proxy.Match{Service: "states"}, Effect: proxy.Fail})
	id := w.nextID()
	return id, func(ctx context.Context) error {
		w.note(id)
		return w.accept(ctx, w.stack.Intake(), id)
	}, w.setVisibility(ctx, time.Second)
}

// killEverywhere records the story and tells it again with a kill at each point that no earlier story had.
func (s story) killEverywhere(ctx context.Context, w *World, r *Row) error {
	defer w.shortenVisibility(ctx) //nolint:errcheck // the next row sets it again, and says so where it cannot
	points, err := s.record(ctx, w)
	if err != nil {
		return fmt.Errorf("record the story: %w", err)
	}
	for _, point := range points {
		for _, effect := range []proxy.Effect{proxy.KillBefore, proxy.KillAfter} {
			if err := s.kill(ctx, w, point, effect); err != nil {
				return fmt.Errorf("%s of %s %s %s (%d) by %s, after %q: %w", effect, point.Service, point.Operation, point.Resource,
					point.N, point.Caller, point.After, err)
			}
			if w.mayDeliverAgain(point.Caller) {
				r.Crashes++
			}
		}
	}
	r.Messages, r.Ends = len(w.row.sent), all(len(w.row.sent), s.end)
	return nil
}

// mayDeliverAgain: of the Lambdas that run between ntfy's answer and the record, markcompleted is called again by the workflow.
func (w *World) mayDeliverAgain(caller string) bool { return caller == w.sender() }

// killPoint is a point of a story; named says that the call's body holds the message's id.
type killPoint struct {
	proxy.Point

	named bool
}

func (s story) record(ctx context.Context, w *World) ([]killPoint, error) {
	if err := w.redeploy(ctx, contract.TaskSendNtfy); err != nil { // so that it reads its token
		return nil, err
	}
	if err := w.forgetCircuit(ctx); err != nil {
		return nil, err
	}
	w.log.Reset()
	id, start, err := s.tell(ctx, w)
	if err == nil {
		err = start(ctx)
	}
	if err == nil {
		err = w.until(ctx, w.patience(), "the story is over", s.ended(w, id))
	}
	if err != nil {
		return nil, err
	}
	w.faults.Heal()
	if err := w.untilQuiet(ctx); err != nil {
		return nil, err
	}
	return s.points(w, id), nil
}

func (s story) points(w *World, id string) []killPoint {
	run := slices.DeleteFunc(w.log.Calls(), func(seen proxy.Seen) bool {
		return !s.mayKill(w, seen.Caller)
	})
	killed := w.killed
	if len(s.kills) > 0 { // one call means different things to those who repeat with a key and those without
		killed = map[proxy.Point]bool{}
	}
	points := []killPoint{}
	for i, point := range proxy.Points(run) {
		sort := point
		sort.N = 0
		if killed[sort] {
			continue
		}
		killed[sort] = true
		points = append(points, killPoint{point, id != "" && bytes.Contains(run[i].Body, []byte(id))})
	}
	return points
}

func (s story) mayKill(w *World, caller string) bool {
	if len(s.kills) > 0 {
		return slices.ContainsFunc(s.kills, func(task contract.Task) bool { return w.stack.Functions[task] == caller })
	}
	return w.isPipeline(caller) && (s.sweeps || caller != w.stack.Functions[contract.TaskSweeper])
}

// ended is whether the story is over for the message; all of the row's are final then.
func (s story) ended(w *World, id string) func(context.Context) (bool, string, error) {
	if s.over != nil {
		return func(ctx context.Context) (bool, string, error) { return s.over(ctx, w) }
	}
	return func(ctx context.Context) (bool, string, error) {
		rec, err := w.stack.Messages().Load(ctx, id)
		if errors.Is(err, message.ErrNotFound) {
			return false, "no record", nil
		}
		return rec.Status.Final(), tell(rec), err
	}
}

// kill tells the story once, with a kill at the point.
func (s story) kill(ctx context.Context, w *World, at killPoint, effect proxy.Effect) error {
	w.heal()
	if err := w.forgetCircuit(ctx); err != nil {
		return err
	}
	if at.Service == "ssm" {
		if err := w.redeploy(ctx, contract.TaskSendNtfy); err != nil {
			return err
		}
	}
	id, start, err := s.tell(ctx, w)
	if err != nil {
		return err
	}
	match := at.Matches()
	if at.named { // so that an earlier run's late items cannot take the kill
		match.Text = id
	}
	fault := w.faults.Break(proxy.Fault{Match: match, Effect: effect, Skip: at.N - 1, Count: 1})
	if err := start(ctx); err != nil {
		return err
	}
	return w.until(ctx, w.patience(), "the Lambda was killed and the message is final", func(ctx context.Context) (bool, string, error) {
		over, how, err := s.ended(w, id)(ctx)
		if err != nil {
			return false, "", err
		}
		taken, err := fault.Taken()
		return taken == 1 && over, fmt.Sprintf("%d killed, %s", taken, how), err
	})
}
