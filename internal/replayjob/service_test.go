package replayjob_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/replayjob"
)

func TestOnlyWhatCanBeReplayedMayBeChosen(t *testing.T) {
	t.Parallel()
	for status, says := range map[message.Status]string{
		"": "is missing", message.StatusCreated: `is "created"`, message.StatusProcessing: `is "processing"`, "lost": `is "lost"`,
	} {
		in(t, func(t *testing.T, w *world) {
			f := listing.Filter{Status: status}
			_, startErr := w.service.Start(t.Context(), f, "user:ann")
			_, countErr := w.service.Count(t.Context(), f)
			for _, err := range []error{startErr, countErr} {
				var refused *replayjob.FilterError
				require.ErrorAs(t, err, &refused)
				require.Equal(t, replayjob.FilterError{Field: "status", Problem: says, Allowed: "failed, completed, deferred"}, *refused)
			}
			require.Empty(t, w.calls)
		})
	}
}

func TestAJobIsWrittenAndItsWorkerCalled(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		f := listing.Filter{Status: message.StatusFailed, Type: "notification"}
		job, err := w.service.Start(t.Context(), f, "user:ann")
		require.NoError(t, err)
		now := time.Now().UTC()
		require.Equal(t, replayjob.Job{
			ID: job.ID, State: replayjob.StateRunning, Filter: f, CreatedBy: "user:ann", CreatedAt: now, UpdatedAt: now,
			ExpiresAt: now.Add(7 * 24 * time.Hour), Version: 1,
		}, job)
		require.Equal(t, job, w.job(job.ID))
		require.NoError(t, uuid.Validate(job.ID))
		require.Equal(t, []string{job.ID}, w.calls)
	})
}

func TestAJobIsThereAlthoughNoWorkerCouldBeCalled(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.callFault = errors.New("Lambda is away")
		job := w.start(message.StatusFailed)
		w.callFault = nil
		for _, c := range []struct {
			pause time.Duration
			calls int
		}{{time.Minute, 1}, {time.Millisecond, 2}, {time.Second, 2}, {time.Minute, 3}} {
			time.Sleep(c.pause)
			got, err := w.service.Get(t.Context(), job.ID)
			require.NoError(t, err)
			require.Equal(t, job.ID, got.ID)
			require.Len(t, w.calls, c.calls, "once for each minute without progress")
		}
		require.NoError(t, w.work(job.ID))
		time.Sleep(time.Hour)
		got, err := w.service.Get(t.Context(), job.ID)
		require.NoError(t, err)
		require.Equal(t, replayjob.StateDone, got.State)
		require.Len(t, w.calls, 3, "a job that is over needs no worker")
	})
}

// overtaken is a store in which somebody else always writes first.
type overtaken struct{ replayjob.Jobs }

func (overtaken) Save(context.Context, replayjob.Job) error { return replayjob.ErrConflict }

func TestOfManyWhoSeeAJobStandStillOneCalls(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		job := w.start(message.StatusFailed)
		time.Sleep(time.Hour)
		w.service.Jobs = overtaken{w.jobs}
		_, err := w.service.Get(t.Context(), job.ID)
		require.NoError(t, err)
		require.Len(t, w.calls, 1)
	})
}

func TestOnlyARunningJobCanBeCancelled(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		job := w.start(message.StatusFailed)
		first, err := w.service.Cancel(t.Context(), job.ID, "user:ann")
		require.NoError(t, err)
		again, err := w.service.Cancel(t.Context(), job.ID, "user:bob")
		require.NoError(t, err)
		require.Equal(t, first, again)

		done := w.start(message.StatusFailed)
		require.NoError(t, w.work(done.ID))
		_, err = w.service.Cancel(t.Context(), done.ID, "user:ann")
		require.ErrorIs(t, err, replayjob.ErrFinal)
		require.Equal(t, replayjob.StateDone, w.job(done.ID).State)
	})
}

func TestAJobThatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		_, err := w.service.Get(t.Context(), uuid.NewString())
		require.ErrorIs(t, err, replayjob.ErrNotFound)
		_, err = w.service.Cancel(t.Context(), uuid.NewString(), "user:ann")
		require.ErrorIs(t, err, replayjob.ErrNotFound)
	})
}

type counted struct {
	n    int
	more bool
}

func (c counted) Count(_ context.Context, _ listing.Filter, atMost int) (int, bool, error) {
	return min(c.n, atMost), c.more || c.n > atMost, nil
}

func TestADryRunSaysHowManyAndWhereItStopped(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]counted{
		"0": {0, false}, "128": {128, false}, "10000": {10_000, false}, "10000+": {10_001, false}, "128+": {128, true},
	} {
		in(t, func(t *testing.T, w *world) {
			w.service.Messages = c
			got, err := w.service.Count(t.Context(), listing.Filter{Status: message.StatusFailed})
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.Empty(t, w.calls)
		})
	}
}
