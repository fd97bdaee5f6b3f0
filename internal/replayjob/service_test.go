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

func (c counted) CountByIndex(_ context.Context, _ listing.Filter, atMost int) (int, bool, error) {
	if c.n == unreadable {
		return 0, false, errors.New("the index cannot be read")
	}
	return c.n, !c.more && c.n <= atMost, nil
}

// unreadable lets counting fail.
const unreadable = -1

func TestAJobKnowsItsTotalWhereTheIndexAloneTells(t *testing.T) {
	t.Parallel()
	for filter, want := range map[listing.Filter]int{
		{Status: message.StatusFailed}:                        3,
		{Status: message.StatusDeferred}:                      2,
		{Status: message.StatusFailed, Type: "notification"}:  0,
		{Status: message.StatusFailed, CreatedBy: "user:ann"}: 0,
		{Status: message.StatusCompleted}:                     0,
	} {
		in(t, func(t *testing.T, w *world) {
			w.fill(3, message.StatusFailed)
			w.fill(2, message.StatusDeferred)
			job, err := w.service.Start(t.Context(), filter, "user:ann")
			require.NoError(t, err)
			require.Equal(t, want, job.Total, "%+v", filter)
			w.fill(4, filter.Status) // later than the job: none of its
			require.NoError(t, w.work(job.ID))
			done := w.job(job.ID)
			require.Equal(t, want, done.Total)
			if want > 0 {
				require.Equal(t, want, done.Matched, "what was counted is what was found")
			}
		})
	}
	for _, c := range []counted{{n: unreadable}, {n: 10_001}, {n: 5, more: true}} {
		in(t, func(t *testing.T, w *world) {
			w.service.Messages = c
			require.Zero(t, w.start(message.StatusFailed).Total)
		})
	}
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
