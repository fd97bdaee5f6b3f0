package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
	"github.com/rezagent/rez_agent/internal/sweep"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

var noon = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

// world is the table, and a queue that only counts.
type world struct {
	t       *testing.T
	records *memory.Messages
	now     time.Time
	visible int

	mu        sync.Mutex
	published []message.Ticket
	dead      []message.Ticket
	fault     error
	dlqFault  error
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{t: t, records: memory.NewMessages(), now: noon}
}

func (w *world) Visible(context.Context) (int, error) { return w.visible, w.fault }

func (w *world) Publish(_ context.Context, rec message.Record, ticket message.Ticket) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if rec.ID != ticket.MessageID {
		return errors.New("ticket of another message")
	}
	w.published = append(w.published, ticket)
	return nil
}

func (w *world) SendDeadLetter(_ context.Context, ticket message.Ticket, reason message.Reason) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dlqFault != nil {
		return w.dlqFault
	}
	if reason != message.ReasonExpired {
		return fmt.Errorf("reason is %q", reason)
	}
	w.dead = append(w.dead, ticket)
	return nil
}

func (w *world) sweeper() *sweep.Sweeper {
	return &sweep.Sweeper{
		Records: w.records, Backlog: w, Publisher: w, DeadLetters: w, Settings: settings.Default().Sweep,
		Now: func() time.Time { return w.now },
	}
}

func (w *world) run(s *sweep.Sweeper) sweep.Report {
	w.t.Helper()
	report, err := s.Run(w.t.Context())
	require.NoError(w.t, err)
	return report
}

// record writes a created record of that age, changed as wanted.
func (w *world) record(n int, age time.Duration, change func(*message.Record)) string {
	w.t.Helper()
	id := fmt.Sprintf("0190b3a4-0000-7000-8000-%012d", n)
	rec := message.New(id, "notification", "ntfy", "test", "x", "{}", w.now.Add(-age), message.TimesOf(settings.Default()))
	if change != nil {
		change(&rec)
	}
	require.NoError(w.t, w.records.Create(w.t.Context(), rec))
	return id
}

func (w *world) load(id string) message.Record {
	w.t.Helper()
	rec, err := w.records.Load(w.t.Context(), id)
	require.NoError(w.t, err)
	return rec
}

func TestWhatIsSwept(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		age    time.Duration
		change func(*message.Record)
		swept  bool
	}{
		"created and never published": {2 * time.Minute, nil, true},
		"created just now":            {30 * time.Second, nil, false},
		"a lapsed lease": {time.Hour, func(r *message.Record) {
			r.Status, r.LeaseUntil = message.StatusProcessing, noon.Add(-2*time.Minute)
		}, true},
		"a live lease": {time.Hour, func(r *message.Record) {
			r.Status, r.LeaseUntil = message.StatusProcessing, noon.Add(time.Second)
		}, false},
		"an overdue deferral": {time.Hour, func(r *message.Record) {
			r.Status, r.NextAttemptAt = message.StatusDeferred, noon.Add(-2*time.Minute)
		}, true},
		"a deferral that is due later": {time.Hour, func(r *message.Record) {
			r.Status, r.NextAttemptAt = message.StatusDeferred, noon.Add(time.Minute)
		}, false},
		"a failed one":    {time.Hour, func(r *message.Record) { r.Status = message.StatusFailed }, false},
		"a completed one": {time.Hour, func(r *message.Record) { r.Status = message.StatusCompleted }, false},
		"one swept before": {time.Hour, func(r *message.Record) {
			r.Swept, r.NextSweepAt = 1, noon.Add(time.Minute)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.record(1, c.age, c.change)
			report := w.run(w.sweeper())
			if !c.swept {
				require.Zero(t, report.Swept)
				require.Empty(t, w.published)
				return
			}
			require.Equal(t, 1, report.Swept)
			require.Len(t, w.published, 1)
			require.Equal(t, w.load(id).Ticket(message.EventSwept, w.now), w.published[0], "its current ticket")
		})
	}
}

// Most of the index waits rightly at any time: reading those records each minute would cost more than all else.
func TestWhatTheIndexShowsToWaitRightlyIsNotRead(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*message.Record){
		"created just now": func(r *message.Record) { r.CreatedAt = noon.Add(-settings.Default().Sweep.After + time.Millisecond) },
		"a deferral that is due later": func(r *message.Record) {
			r.Status, r.NextAttemptAt = message.StatusDeferred, noon.Add(time.Second)
		},
		"one swept before": func(r *message.Record) { r.NextSweepAt = noon.Add(time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.record(1, time.Hour, change)
			require.Zero(t, w.run(w.sweeper()).Looked)
		})
	}
}

func TestWhatIsSweptIsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	core, lines := observer.New(zapcore.InfoLevel)
	ctx := telemetry.With(t.Context(), zap.New(core))
	s := w.sweeper()
	_, err := s.Run(ctx)
	require.NoError(t, err)
	require.Empty(t, lines.FilterMessage("metric").All(), "nothing was left behind: no line, which would cost money each minute")
	for n := range 3 {
		w.record(n, time.Hour, nil)
	}
	_, err = s.Run(ctx)
	require.NoError(t, err)
	metric := lines.FilterMessage("metric").All()
	require.Len(t, metric, 1)
	require.EqualValues(t, 3, metric[0].ContextMap()[string(telemetry.Swept)], "an alarm waits for it")
}

func TestWhatExpiresCountsIntoTheBatchToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 5 {
		w.record(n, 2*settings.Default().Deadline, nil)
		w.record(100+n, time.Hour, nil)
	}
	s := w.sweeper()
	s.Settings.Batch = 3
	for _, want := range []int{3, 3, 3, 1} {
		report := w.run(s)
		require.Equal(t, want, report.Swept+report.Expired)
		require.Equal(t, want, report.Looked)
		w.now = w.now.Add(time.Second)
	}
	require.Len(t, w.dead, 5)
	require.Len(t, w.published, 5)
}

func TestTheSameRecordIsSweptEverMoreRarely(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.record(1, 2*time.Minute, nil)
	s := w.sweeper()
	var waits []time.Duration
	for last := w.now; w.now.Before(noon.Add(23 * time.Hour)); w.now = w.now.Add(time.Minute) {
		if w.run(s).Swept == 1 {
			waits, last = append(waits, w.now.Sub(last)), w.now
		}
	}
	require.Equal(t, []time.Duration{0, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute}, waits[:5])
	require.Len(t, w.published, w.load(id).Swept)
	require.LessOrEqual(t, len(waits), 10)
}

func TestNothingIsSweptWhileTheQueueHasABacklog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.record(1, time.Hour, nil)
	w.visible = 1
	require.Equal(t, sweep.Report{Backlog: 1}, w.run(w.sweeper()))
	require.Empty(t, w.published)
	w.fault = errors.New("SQS is away")
	_, err := w.sweeper().Run(t.Context())
	require.ErrorIs(t, err, w.fault)
	require.Empty(t, w.published)
}

func TestTwoSweepersAtOncePublishEachTicketOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 60 {
		w.record(i, time.Hour, nil)
	}
	var both sync.WaitGroup
	for i := range 2 {
		s := w.sweeper()
		// The store takes two writes that are equal to the millisecond for one that was repeated.
		s.Now = func() time.Time { return noon.Add(time.Duration(i) * time.Millisecond) }
		both.Go(func() { w.run(s) })
	}
	both.Wait()
	require.Len(t, w.published, 60)
}

func TestAnOverdueRecordExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	waiting := w.record(1, 25*time.Hour, func(r *message.Record) {
		r.Status, r.Deferrals, r.NextAttemptAt = message.StatusDeferred, 4, noon.Add(-2*time.Hour)
	})
	report := w.run(w.sweeper())
	require.Equal(t, 1, report.Expired)
	require.Equal(t, message.ReasonExpired, w.load(waiting).Reason)
	require.Len(t, w.dead, 1)
	require.True(t, w.dead[0].Replay)
	require.Equal(t, 4, w.dead[0].Deferral)
	require.Empty(t, w.published)
	require.Zero(t, w.run(w.sweeper()).Expired, "once")
}

// A sweeper that ends between its two writes must leave the message as it was: a final record without its ticket in the
// DLQ would be nobody's.
func TestARecordWhoseTicketCannotReachTheDLQExpiresInALaterRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.record(1, 25*time.Hour, nil)
	w.dlqFault = errors.New("SQS is down")
	_, err := w.sweeper().Run(t.Context())
	require.ErrorIs(t, err, w.dlqFault)
	require.False(t, w.load(id).Status.Final())

	w.dlqFault = nil
	require.Equal(t, 1, w.run(w.sweeper()).Expired)
	require.Len(t, w.dead, 1)
	require.Equal(t, message.ReasonExpired, w.load(id).Reason)
}

func TestARunSweepsNoMoreThanItsBatchAndTheNextGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 150 {
		w.record(i, time.Hour, nil)
	}
	for i := range 50 {
		w.record(1000+i, time.Hour, func(r *message.Record) {
			r.Status, r.NextAttemptAt = message.StatusDeferred, noon.Add(-time.Hour)
		})
	}
	s := w.sweeper()
	s.Settings.Batch = 70
	for _, want := range []int{70, 70, 60, 0} {
		require.Equal(t, want, w.run(s).Swept)
		w.now = w.now.Add(time.Second)
	}
	require.Len(t, w.published, 200)
}

func TestManyThatWaitRightlyDoNotHideOneThatWasForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.sweeper()
	s.Records = longIndex{w.records, w.record(1, time.Hour, nil)}
	require.Zero(t, w.run(s).Swept, "one run reads 5,000 keys")
	require.Equal(t, 1, w.run(s).Swept, "the next goes on from there")
	require.Zero(t, w.run(s).Swept, "and then it begins again")
}

func TestARecordThatIsDeletedMeanwhileStopsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone := w.record(1, time.Hour, nil)
	w.record(2, time.Hour, nil)
	s := w.sweeper()
	s.Records = deleting{w.records, gone}
	require.Equal(t, 1, w.run(s).Swept)
}

// deleting is a table whose time to live takes a record after it was read.
type deleting struct {
	*memory.Messages

	id string
}

func (d deleting) LoadMany(ctx context.Context, ids []string) ([]message.Record, error) {
	records, err := d.Messages.LoadMany(ctx, ids)
	if err == nil {
		err = d.Delete(ctx, d.id)
	}
	return records, err
}

// longIndex lists 60 pages of messages that wait rightly before the one that was forgotten.
type longIndex struct {
	*memory.Messages

	forgotten string
}

func (l longIndex) Pending(_ context.Context, key, cursor string, limit int) (message.PendingPage, error) {
	if key != message.PendingOpen {
		return message.PendingPage{}, nil
	}
	if len(cursor) == 60 {
		return message.PendingPage{Keys: []message.PendingKey{{ID: l.forgotten}}}, nil
	}
	waiting := make([]message.PendingKey, limit)
	for i := range waiting {
		waiting[i] = message.PendingKey{ID: "waiting", NextSweepAt: noon.Add(time.Hour)}
	}
	return message.PendingPage{Keys: waiting, Next: cursor + "+"}, nil
}
