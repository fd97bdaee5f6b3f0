package replayjob_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/replayjob"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

var errKilled = errors.New("killed")

// world is a stage with messages and jobs, in the time of a synctest bubble. Of what a worker does it can be told to
// die, so that whatever comes after fails.
type world struct {
	t        *testing.T
	messages *memory.Messages
	jobs     *memory.Jobs
	service  *replayjob.Service
	times    message.Times

	mu        sync.Mutex
	calls     []string
	callFault error
	published map[string]int
	// killAfter counts a worker's writes down; below zero everything fails. Very many for a worker that lives.
	killAfter int
	busy      int
	mostBusy  int
}

const lives = 1 << 30

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, messages: memory.NewMessages(), jobs: memory.NewJobs(), times: message.TimesOf(settings.Default()),
		published: map[string]int{}, killAfter: lives,
	}
	w.service = &replayjob.Service{
		Jobs: w.jobs, Messages: &listing.Lister{Index: w.messages, Stage: "test"}, Worker: w,
		Settings: settings.Default().Jobs, Now: time.Now,
	}
	return w
}

// Call implements replayjob.Caller.
func (w *world) Call(_ context.Context, jobID string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, jobID)
	return w.callFault
}

// Publish implements intake.Publisher.
func (w *world) Publish(_ context.Context, rec message.Record, _ message.Ticket) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.published[rec.ID]++
	return nil
}

func (w *world) worker() *replayjob.Worker {
	return &replayjob.Worker{
		Jobs: mortalJobs{w.jobs, w}, Messages: &listing.Lister{Index: w.messages, Stage: "test"},
		Replayer: replayer{
			&intake.Intake{Records: mortalMessages{w.messages, w}, Publisher: w, Times: w.times, Stage: "test", Now: time.Now}, w,
		},
		Next: w, Settings: settings.Default().Jobs, Now: time.Now,
	}
}

func (w *world) work(id string) error { return w.worker().Work(w.t.Context(), id) }

// alive counts a write.
func (w *world) alive() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.killAfter--; w.killAfter < 0 {
		return errKilled
	}
	return nil
}

type mortalJobs struct {
	*memory.Jobs

	w *world
}

func (j mortalJobs) Save(ctx context.Context, next replayjob.Job) error {
	if err := j.w.alive(); err != nil {
		return err
	}
	return j.Jobs.Save(ctx, next)
}

type mortalMessages struct {
	*memory.Messages

	w *world
}

func (m mortalMessages) Save(ctx context.Context, prev, next message.Record) error {
	if err := m.w.alive(); err != nil {
		return err
	}
	return m.Messages.Save(ctx, prev, next)
}

// replayer takes a while for each message, and notes how many it does at once.
type replayer struct {
	replayjob.Replayer

	w *world
}

func (r replayer) Replay(ctx context.Context, id string, seen int, by string) (message.Record, error) {
	r.w.mu.Lock()
	r.w.busy++
	r.w.mostBusy = max(r.w.mostBusy, r.w.busy)
	r.w.mu.Unlock()
	time.Sleep(500 * time.Millisecond) // of the bubble's time
	defer func() {
		r.w.mu.Lock()
		defer r.w.mu.Unlock()
		r.w.busy--
	}()
	return r.Replayer.Replay(ctx, id, seen, by)
}

// fill makes n messages of a status, and lets a minute pass.
func (w *world) fill(n int, status message.Status) []string {
	var ids []string
	for range n {
		rec := message.New(uuid.NewString(), "notification", "ntfy", "test", "user:ann", "{}", time.Now(), w.times)
		rec.Status = status
		if status == message.StatusDeferred {
			rec.NextAttemptAt = time.Now().Add(time.Hour)
		}
		require.NoError(w.t, w.messages.Create(w.t.Context(), rec))
		ids = append(ids, rec.ID)
		time.Sleep(time.Millisecond)
	}
	time.Sleep(time.Minute)
	return ids
}

func (w *world) start(status message.Status) replayjob.Job {
	job, err := w.service.Start(w.t.Context(), listing.Filter{Status: status}, "user:ann")
	require.NoError(w.t, err)
	return job
}

func (w *world) job(id string) replayjob.Job {
	job, err := w.jobs.Load(w.t.Context(), id)
	require.NoError(w.t, err)
	return job
}

func (w *world) record(id string) message.Record {
	rec, err := w.messages.Load(w.t.Context(), id)
	require.NoError(w.t, err)
	return rec
}

// deliver completes whatever was replayed.
func (w *world) deliver(ids []string) {
	for _, id := range ids {
		rec := w.record(id)
		if rec.Status == message.StatusCreated {
			w.become(rec, message.StatusCompleted)
		}
	}
}

func (w *world) become(rec message.Record, status message.Status) {
	next := rec
	next.Status = status
	next.Version++
	require.NoError(w.t, w.messages.Save(w.t.Context(), rec, next))
}

// requireReplayedOnce requires that each message was replayed, and none twice.
func (w *world) requireReplayedOnce(ids []string) {
	for _, id := range ids {
		require.Len(w.t, w.record(id).Acts, 1)
		require.Equal(w.t, "user:ann", w.record(id).Acts[0].By)
	}
}
