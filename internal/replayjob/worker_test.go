package replayjob_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/replayjob"
)

// in runs a test in a world of its own.
func in(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newWorld(t)) })
}

func TestAJobReplaysAllThatItsFilterChooses(t *testing.T) {
	t.Parallel()
	for _, status := range []message.Status{message.StatusFailed, message.StatusCompleted, message.StatusDeferred} {
		in(t, func(t *testing.T, w *world) {
			ids := w.fill(250, status)
			others := w.fill(5, message.StatusCreated)
			job := w.start(status)
			younger := w.fill(3, status)
			require.NoError(t, w.work(job.ID))
			w.requireReplayedOnce(ids)
			for _, id := range append(others, younger...) {
				require.Empty(t, w.record(id).Acts, "not chosen, or not there yet when the job was made")
			}
			require.Len(t, w.published, 250)
			job = w.job(job.ID)
			require.Equal(t, replayjob.StateDone, job.State)
			require.Equal(t, []int{250, 250, 0}, []int{job.Matched, job.Replayed, job.Skipped})
			require.Equal(t, time.Now().UTC(), job.UpdatedAt)
			require.NoError(t, w.work(job.ID), "a job that is over is left alone")
			w.requireReplayedOnce(ids)
		})
	}
}

func TestAFilterThatMatchesLittleIsSearchedToItsEnd(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		rare := message.New(uuid.NewString(), "notification", "ntfy", "test", "rare", "{}", time.Now(), w.times)
		rare.Status = message.StatusFailed
		require.NoError(t, w.messages.Create(t.Context(), rare))
		w.fill(1000, message.StatusFailed)
		job, err := w.service.Start(t.Context(), listing.Filter{Status: message.StatusFailed, CreatedBy: "rare"}, "user:ann")
		require.NoError(t, err)
		require.NoError(t, w.work(job.ID))
		w.requireReplayedOnce([]string{rare.ID})
		require.Len(t, w.published, 1)
		require.Equal(t, 1, w.job(job.ID).Matched)
	})
}

// Wherever a worker dies, the next one goes on, and no message is replayed twice: also where those that were replayed
// have completed again, and so match again.
func TestAWorkerThatIsKilledAnywhereIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	const messages = 120 // two pages
	for _, status := range []message.Status{message.StatusFailed, message.StatusCompleted, message.StatusDeferred} {
		for killAfter := 0; killAfter < messages+3; killAfter += 2 {
			in(t, func(t *testing.T, w *world) {
				ids := w.fill(messages, status)
				job := w.start(status)
				w.killAfter = killAfter
				require.ErrorIs(t, w.work(job.ID), errKilled)
				w.killAfter = lives
				time.Sleep(time.Minute) // as Lambda waits before it calls again
				w.deliver(ids)
				require.NoError(t, w.work(job.ID))
				w.requireReplayedOnce(ids)
				require.Equal(t, replayjob.StateDone, w.job(job.ID).State)
			})
		}
	}
}

func TestWhatTheDeadWorkerReplayedCountsAsReplayed(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		ids := w.fill(50, message.StatusCompleted)
		job := w.start(message.StatusCompleted)
		w.killAfter = 20
		require.Error(t, w.work(job.ID))
		w.killAfter = lives
		time.Sleep(time.Minute)
		w.deliver(ids)
		require.NoError(t, w.work(job.ID))
		job = w.job(job.ID)
		require.Equal(t, []int{50, 50, 0}, []int{job.Matched, job.Replayed, job.Skipped})
	})
}

func TestAJobHasOneWorkerAtATime(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		ids := w.fill(300, message.StatusFailed)
		job := w.start(message.StatusFailed)
		ended := make(chan error, 2)
		for range 2 {
			go func() { ended <- w.work(job.ID) }()
		}
		require.NoError(t, <-ended)
		require.NoError(t, <-ended)
		w.requireReplayedOnce(ids)
		require.Equal(t, 300, w.job(job.ID).Replayed)
	})
}

func TestAWorkerThatWasTooSlowStopsWhenAnotherHasTheJob(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		ids := w.fill(250, message.StatusFailed)
		job := w.start(message.StatusFailed)
		slow := w.worker()
		slow.Messages = sleepy{slow.Messages}
		ended := make(chan error, 1)
		go func() { ended <- slow.Work(t.Context(), job.ID) }()
		time.Sleep(46 * time.Second) // its lease has lapsed, its first page is read
		require.NoError(t, w.work(job.ID))
		require.NoError(t, <-ended)
		w.requireReplayedOnce(ids)
		require.Equal(t, replayjob.StateDone, w.job(job.ID).State)
		require.Equal(t, 250, w.job(job.ID).Replayed, "nothing is counted twice")
	})
}

// sleepy gives its answer long after it has read.
type sleepy struct{ replayjob.Searcher }

func (s sleepy) Search(ctx context.Context, f listing.Filter, position string, entries int) (listing.Found, error) {
	found, err := s.Searcher.Search(ctx, f, position, entries)
	time.Sleep(5 * time.Minute)
	return found, err
}

func TestACancelledJobStopsAfterThePageAtHand(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.fill(500, message.StatusFailed)
		job := w.start(message.StatusFailed)
		ended := make(chan error, 1)
		go func() { ended <- w.work(job.ID) }()
		time.Sleep(time.Second) // within the first page
		cancelled, err := w.service.Cancel(t.Context(), job.ID, "user:bob")
		require.NoError(t, err)
		require.Equal(t, replayjob.StateCancelled, cancelled.State)
		require.NoError(t, <-ended)
		job = w.job(job.ID)
		require.Equal(t, replayjob.StateCancelled, job.State)
		require.Equal(t, "cancelled by user:bob", job.Detail)
		require.Len(t, w.published, 100)
		require.Equal(t, 100, job.Replayed, "what was done is counted")
		require.NoError(t, w.work(job.ID))
		require.Len(t, w.published, 100)
	})
}

func TestAWorkerWhoseTimeEndsCallsTheNext(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		ids := w.fill(300, message.StatusFailed)
		job := w.start(message.StatusFailed)
		for run := 1; w.job(job.ID).State == replayjob.StateRunning; run++ {
			require.Less(t, run, 10)
			require.Len(t, w.calls, run, "called by the service, then by itself")
			ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second) // a page, and then less than 20 s are left
			require.NoError(t, w.worker().Work(ctx, job.ID))
			require.NoError(t, ctx.Err(), "it stopped in time")
			cancel()
		}
		require.Greater(t, len(w.calls), 1)
		w.requireReplayedOnce(ids)
		require.Equal(t, 300, w.job(job.ID).Replayed)
	})
}

func TestAWorkerThatCannotCallTheNextSaysSo(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.fill(1, message.StatusFailed)
		job := w.start(message.StatusFailed)
		w.callFault = errors.New("Lambda is away")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, w.worker().Work(ctx, job.ID), w.callFault, "so that it is called again")
		require.NoError(t, w.work(job.ID))
		require.Equal(t, replayjob.StateDone, w.job(job.ID).State)
	})
}

func TestAMessageThatChangedMeanwhileIsSkipped(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		ids := w.fill(4, message.StatusFailed)
		job := w.start(message.StatusFailed)
		worker := w.worker()
		worker.Messages = after{worker.Messages, func() {
			w.become(w.record(ids[0]), message.StatusProcessing) // taken by hand
			rec := w.record(ids[1])
			next, err := rec.Replay(1, "user:bob", time.Now(), w.times)
			require.NoError(t, err)
			require.NoError(t, w.messages.Save(t.Context(), rec, next))
			require.NoError(t, w.messages.Delete(t.Context(), ids[2]))
		}}
		require.NoError(t, worker.Work(t.Context(), job.ID))
		job = w.job(job.ID)
		require.Equal(t, replayjob.StateDone, job.State)
		require.Equal(t, []int{4, 1, 3}, []int{job.Matched, job.Replayed, job.Skipped})
		require.Equal(t, map[string]int{ids[3]: 1}, w.published)
	})
}

// after lets something happen between the reading of a page and its replays.
type after struct {
	replayjob.Searcher

	happens func()
}

func (a after) Search(ctx context.Context, f listing.Filter, position string, entries int) (listing.Found, error) {
	found, err := a.Searcher.Search(ctx, f, position, entries)
	a.happens()
	return found, err
}

func TestWhatAnotherReplayedSinceIsSkipped(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		ids := w.fill(2, message.StatusCompleted)
		job := w.start(message.StatusCompleted)
		rec := w.record(ids[0])
		next, err := rec.Replay(1, "user:bob", time.Now(), w.times)
		require.NoError(t, err)
		require.NoError(t, w.messages.Save(t.Context(), rec, next))
		w.deliver(ids)
		require.NoError(t, w.work(job.ID))
		job = w.job(job.ID)
		require.Equal(t, []int{2, 1, 1}, []int{job.Matched, job.Replayed, job.Skipped})
		require.Equal(t, 2, w.record(ids[0]).Generation)
	})
}

func TestReplaysKeepTheirPaceAndTheirNumber(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.fill(100, message.StatusFailed)
		job := w.start(message.StatusFailed)
		began := time.Now()
		require.NoError(t, w.work(job.ID))
		require.GreaterOrEqual(t, time.Since(began), 2*time.Second)
		require.Equal(t, 8, w.mostBusy, "each takes half a second here, so that the room is what bounds them")
	})
}

func TestAJobEndsAfterSomeFaultsInARow(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.fill(3, message.StatusFailed)
		job := w.start(message.StatusFailed)
		away := errors.New("DynamoDB is away, at 10.0.0.7")
		broken := w.worker()
		broken.Messages = failing{away}
		for fault := 1; fault <= 5; fault++ {
			err := broken.Work(t.Context(), job.ID)
			stored := w.job(job.ID)
			require.Equal(t, fault, stored.Faults)
			require.NotEmpty(t, stored.Detail)
			require.NotContains(t, stored.Detail, "10.0.0.7", "an inner fault is the log's matter")
			require.Empty(t, stored.LeaseOwner)
			if fault < 5 {
				require.ErrorIs(t, err, away, "so that it is called again")
				require.Equal(t, replayjob.StateRunning, stored.State)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, replayjob.StateFailed, stored.State)
		}
		require.NoError(t, w.work(job.ID))
		require.Empty(t, w.published)
	})
}

type failing struct{ fault error }

func (f failing) Search(context.Context, listing.Filter, string, int) (listing.Found, error) {
	return listing.Found{}, f.fault
}

func TestProgressForgivesEarlierFaults(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.fill(3, message.StatusFailed)
		job := w.start(message.StatusFailed)
		broken := w.worker()
		broken.Messages = failing{fmt.Errorf("away")}
		require.Error(t, broken.Work(t.Context(), job.ID))
		require.NoError(t, w.work(job.ID))
		require.Zero(t, w.job(job.ID).Faults)
		require.Empty(t, w.job(job.ID).Detail)
	})
}

func TestAJobThatIsNotThereIsNothingToDo(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) { require.NoError(t, w.work(uuid.NewString())) })
}
