package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/replayjob"
)

// JobsTable makes an empty table of replay jobs and gives its name.
func JobsTable(t *testing.T, client *dynamodb.Client) string {
	t.Helper()
	return makeTable(t, client, &dynamodb.CreateTableInput{
		KeySchema:            keys(contract.JobKey, ""),
		AttributeDefinitions: []types.AttributeDefinition{text(contract.JobKey)},
	})
}

// Jobs checks a store of replay jobs. Each fact gets a new and empty one from open, and all run at the same time.
func Jobs(t *testing.T, open func(t *testing.T) replayjob.Jobs) {
	t.Helper()
	facts := map[string]func(t *testing.T, jobs replayjob.Jobs){
		"every field survives create, save and load":           everyJobFieldIsKept,
		"a second job with the same id is refused":             secondJobIsRefused,
		"a job that is not there is not found":                 missingJobIsNotFound,
		"the same save again is no error":                      sameJobSaveAgain,
		"a save that is not over its version before conflicts": oldJobSaveIsAConflict,
		"of 50 who save one job at once one wins":              jobRace,
		"nothing is done once the time is over":                noJobAfterTheEnd,
	}
	for says, holds := range facts {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			holds(t, open(t))
		})
	}
}

func anyJob(id string, version int) *rapid.Generator[replayjob.Job] {
	return rapid.Custom(func(t *rapid.T) replayjob.Job {
		return replayjob.Job{
			ID:    id,
			State: rapid.SampledFrom(replayjob.States()).Draw(t, "state"),
			Filter: listing.Filter{
				Status:    rapid.SampledFrom(append(message.Statuses(), "")).Draw(t, "status"),
				Stage:     anyText().Draw(t, "stage"),
				Type:      anyText().Draw(t, "type"),
				CreatedBy: anyText().Draw(t, "creator"),
				After:     rapid.SampledFrom([]time.Time{{}, noon().Add(1), noon().Add(time.Second)}).Draw(t, "after"),
				Before:    anyTime().Draw(t, "before"),
			},
			Position: anyText().Draw(t, "position"), Total: anyCount().Draw(t, "total"),
			Matched: anyCount().Draw(t, "matched"), Replayed: anyCount().Draw(t, "replayed"), Skipped: anyCount().Draw(t, "skipped"),
			CreatedBy: anyText().Draw(t, "by"),
			CreatedAt: anyTime().Draw(t, "created"), UpdatedAt: anyTime().Draw(t, "updated"),
			Detail:     anyText().Draw(t, "detail"),
			LeaseOwner: anyText().Draw(t, "owner"), LeaseUntil: anyTime().Draw(t, "lease"),
			InvokedAt: anyTime().Draw(t, "invoked"),
			Faults:    anyCount().Draw(t, "faults"),
			ExpiresAt: anyTime().Draw(t, "expires").Truncate(time.Second),
			Version:   version,
		}
	})
}

func noJobAfterTheEnd(t *testing.T, jobs replayjob.Jobs) {
	ended, end := context.WithCancel(t.Context())
	end()
	job := aJob(t, jobs)
	_, err := jobs.Load(ended, job.ID)
	require.ErrorIs(t, err, context.Canceled)
	next := job
	next.Matched++
	next.Version++
	require.ErrorIs(t, jobs.Save(ended, next), context.Canceled)
	next.ID = newID(t)
	require.ErrorIs(t, jobs.Create(ended, next), context.Canceled)
	after, err := jobs.Load(t.Context(), job.ID)
	require.NoError(t, err)
	require.Equal(t, job, after)
}

func everyJobFieldIsKept(t *testing.T, jobs replayjob.Jobs) {
	rapid.Check(t, func(rt *rapid.T) {
		first := anyJob(newID(t), 1).Draw(rt, "first")
		require.NoError(rt, jobs.Create(t.Context(), first))
		got, err := jobs.Load(t.Context(), first.ID)
		require.NoError(rt, err)
		require.Equal(rt, first, got)

		second := anyJob(first.ID, 2).Draw(rt, "second")
		require.NoError(rt, jobs.Save(t.Context(), second))
		got, err = jobs.Load(t.Context(), first.ID)
		require.NoError(rt, err)
		require.Equal(rt, second, got)
	})
}

// aJob is a job as it is started.
func aJob(t *testing.T, jobs replayjob.Jobs) replayjob.Job {
	t.Helper()
	job := replayjob.Job{
		ID: newID(t), State: replayjob.StateRunning, Filter: listing.Filter{Status: message.StatusFailed}, CreatedBy: "user:ann",
		CreatedAt: noon(), UpdatedAt: noon(), ExpiresAt: noon(), Version: 1,
	}
	require.NoError(t, jobs.Create(t.Context(), job))
	return job
}

func secondJobIsRefused(t *testing.T, jobs replayjob.Jobs) {
	job := aJob(t, jobs)
	require.NoError(t, jobs.Create(t.Context(), job), "an answer that was lost")
	job.CreatedBy = "user:bob"
	require.ErrorIs(t, jobs.Create(t.Context(), job), replayjob.ErrConflict)
}

func missingJobIsNotFound(t *testing.T, jobs replayjob.Jobs) {
	_, err := jobs.Load(t.Context(), newID(t))
	require.ErrorIs(t, err, replayjob.ErrNotFound)
}

func sameJobSaveAgain(t *testing.T, jobs replayjob.Jobs) {
	next := aJob(t, jobs)
	next.Matched, next.Version = 7, 2
	require.NoError(t, jobs.Save(t.Context(), next))
	require.NoError(t, jobs.Save(t.Context(), next))
}

func oldJobSaveIsAConflict(t *testing.T, jobs replayjob.Jobs) {
	job := aJob(t, jobs)
	for _, version := range []int{1, 3} {
		next := job
		next.Matched, next.Version = 7, version
		require.ErrorIs(t, jobs.Save(t.Context(), next), replayjob.ErrConflict)
	}
	gone := job
	gone.ID, gone.Version = newID(t), 2
	require.ErrorIs(t, jobs.Save(t.Context(), gone), replayjob.ErrConflict, "a save never makes a job")
	_, err := jobs.Load(t.Context(), gone.ID)
	require.ErrorIs(t, err, replayjob.ErrNotFound)
}

func jobRace(t *testing.T, jobs replayjob.Jobs) {
	job := aJob(t, jobs)
	got := race(clients, func(caller int) error {
		next := job
		next.LeaseOwner, next.Version = fmt.Sprint("worker ", caller), 2
		return jobs.Save(t.Context(), next)
	})
	winner := requireOneWinner(t, got, replayjob.ErrConflict)
	stored, err := jobs.Load(t.Context(), job.ID)
	require.NoError(t, err)
	require.Equal(t, fmt.Sprint("worker ", winner), stored.LeaseOwner)
}
