package eventscheduler_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/eventscheduler"
	"github.com/rezagent/rez_agent/internal/schedule"
	"github.com/rezagent/rez_agent/internal/store/storetest"
	"github.com/rezagent/rez_agent/local/emulator"
)

// TestEventBridgeScheduler holds everything that needs a real one, so that all of it shares one emulator.
func TestEventBridgeScheduler(t *testing.T) {
	t.Parallel()
	client := clientFor(storetest.Endpoint(t))
	facts := map[string]func(t *testing.T, s *eventscheduler.Schedules){
		"a schedule is read as it was made":                           isReadAsMade,
		"a changed schedule is read as it was changed":                isReadAsChanged,
		"the same id twice is a conflict":                             idTwice,
		"a schedule that is not there is not found":                   isNotThere,
		"a list has every schedule of the group and no other":         listHasAll,
		"a schedule that is not ours is not shown":                    foreignIsNotShown,
		"AWS is told what the entry means":                            awsIsTold,
		"a group that is missing is a fault of ours and no not-found": groupIsMissing,
	}
	for says, holds := range facts {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			holds(t, newGroup(t, client))
		})
	}
}

func clientFor(endpoint string) *scheduler.Client {
	return scheduler.New(scheduler.Options{
		Region: emulator.Region, BaseEndpoint: aws.String(endpoint), Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(emulator.AccessKeyID, emulator.SecretAccessKey, ""),
	})
}

// newGroup makes a group of its own, which goes with the test.
func newGroup(t *testing.T, client *scheduler.Client) *eventscheduler.Schedules {
	t.Helper()
	group := "test-" + uuid.NewString()
	_, err := client.CreateScheduleGroup(t.Context(), &scheduler.CreateScheduleGroupInput{Name: &group})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := client.DeleteScheduleGroup(context.WithoutCancel(t.Context()), &scheduler.DeleteScheduleGroupInput{Name: &group})
		require.NoError(t, err)
	})
	return &eventscheduler.Schedules{
		Client: client, Group: group,
		TargetARN: "arn:aws:lambda:us-east-1:000000000000:function:rez-agent-fireschedule-test:live",
		RoleARN:   "arn:aws:iam::000000000000:role/rez-agent-schedules-test",
	}
}

// entry is far in the future: the emulator must not fire it.
func entry() schedule.Entry {
	return schedule.Entry{
		ID: uuid.NewString(), Name: "Nightly <backup>", Expression: "cron(30 2 * * ? 2100)", Timezone: "Europe/Berlin",
		Type: "notification", Payload: `{"message":"done?"}`, CreatedBy: "user:alice",
		CreatedAt: time.Date(2027, time.March, 1, 12, 0, 30, 0, time.UTC),
	}
}

func isReadAsMade(t *testing.T, s *eventscheduler.Schedules) {
	paused, once, rate := entry(), entry(), entry()
	paused.Paused = true
	once.Expression = "at(2100-01-01T00:00:00)"
	rate.Expression, rate.CreatedAt = "rate(30 days)", time.Now().UTC().Truncate(time.Second)
	for _, e := range []schedule.Entry{entry(), paused, once, rate} {
		require.NoError(t, s.Create(t.Context(), e))
		got, err := s.Get(t.Context(), e.ID)
		require.NoError(t, err)
		require.Equal(t, e, got)
	}
	utc := entry()
	utc.Timezone = ""
	require.NoError(t, s.Create(t.Context(), utc))
	got, err := s.Get(t.Context(), utc.ID)
	require.NoError(t, err)
	require.Equal(t, "UTC", got.Timezone)
}

func isReadAsChanged(t *testing.T, s *eventscheduler.Schedules) {
	e := entry()
	require.NoError(t, s.Create(t.Context(), e))
	e.Name, e.Expression, e.Timezone, e.Paused = "Other", "at(2100-01-01T00:00:00)", "UTC", true
	e.Type, e.Payload = "scheduled_hello", "{}"
	e.ChangedBy, e.ChangedAt = "user:bob", e.CreatedAt.Add(time.Hour)
	require.NoError(t, s.Change(t.Context(), e))
	got, err := s.Get(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, e, got)
}

func idTwice(t *testing.T, s *eventscheduler.Schedules) {
	e := entry()
	require.NoError(t, s.Create(t.Context(), e))
	require.ErrorIs(t, s.Create(t.Context(), e), schedule.ErrConflict)
}

func isNotThere(t *testing.T, s *eventscheduler.Schedules) {
	e := entry()
	require.NoError(t, s.Create(t.Context(), e))
	require.NoError(t, s.Delete(t.Context(), e.ID))
	for _, id := range []string{e.ID, uuid.NewString(), "", "../x", "urn:uuid:" + e.ID} {
		_, err := s.Get(t.Context(), id)
		require.ErrorIs(t, err, schedule.ErrNotFound)
		require.ErrorIs(t, s.Delete(t.Context(), id), schedule.ErrNotFound)
	}
	require.ErrorIs(t, s.Change(t.Context(), e), schedule.ErrNotFound)
}

func listHasAll(t *testing.T, s *eventscheduler.Schedules) {
	none, next, err := s.List(t.Context(), "", 50)
	require.NoError(t, err)
	require.Empty(t, next)
	require.Equal(t, []schedule.Entry{}, none)

	var made []schedule.Entry
	for range 20 {
		made = append(made, entry())
		require.NoError(t, s.Create(t.Context(), made[len(made)-1]))
	}
	other := newGroup(t, s.Client)
	require.NoError(t, other.Create(t.Context(), entry()))
	got, next, err := s.List(t.Context(), "", 50)
	require.NoError(t, err)
	require.Empty(t, next)
	require.ElementsMatch(t, made, got)
	some, _, err := s.List(t.Context(), "", 7)
	require.NoError(t, err)
	require.Len(t, some, 7)
}

func foreignIsNotShown(t *testing.T, s *eventscheduler.Schedules) {
	for _, input := range []string{"", `{"by":"hand"}`} {
		id := uuid.NewString()
		target := &types.Target{Arn: &s.TargetARN, RoleArn: &s.RoleARN}
		if input != "" {
			target.Input = &input
		}
		_, err := s.Client.CreateSchedule(t.Context(), &scheduler.CreateScheduleInput{
			GroupName: &s.Group, Name: &id, ScheduleExpression: aws.String("at(2100-01-01T00:00:00)"), Target: target,
			FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
		})
		require.NoError(t, err)
		_, err = s.Get(t.Context(), id)
		require.ErrorIs(t, err, schedule.ErrNotFound)
	}
	ours := entry()
	require.NoError(t, s.Create(t.Context(), ours))
	got, _, err := s.List(t.Context(), "", 50)
	require.NoError(t, err)
	require.Equal(t, []schedule.Entry{ours}, got)
}

func awsIsTold(t *testing.T, s *eventscheduler.Schedules) {
	for expression, c := range map[string]struct {
		afterwards types.ActionAfterCompletion
		starts     bool
	}{
		"at(2100-01-01T00:00:00)": {types.ActionAfterCompletionDelete, false},
		"cron(30 2 * * ? 2100)":   {types.ActionAfterCompletionNone, false},
		"rate(30 days)":           {types.ActionAfterCompletionNone, true},
	} {
		e := entry()
		e.Expression = expression
		require.NoError(t, s.Create(t.Context(), e))
		out, err := s.Client.GetSchedule(t.Context(), &scheduler.GetScheduleInput{GroupName: &s.Group, Name: &e.ID})
		require.NoError(t, err)
		require.Equal(t, c.afterwards, out.ActionAfterCompletion)
		require.Equal(t, types.FlexibleTimeWindowModeOff, out.FlexibleTimeWindow.Mode)
		require.Equal(t, "Europe/Berlin", *out.ScheduleExpressionTimezone)
		require.Equal(t, s.TargetARN, *out.Target.Arn)
		require.Equal(t, s.RoleARN, *out.Target.RoleArn)
		require.EqualValues(t, 86_400, *out.Target.RetryPolicy.MaximumEventAgeInSeconds)
		require.Contains(t, *out.Target.Input, `"scheduled_time":"<aws.scheduler.scheduled-time>"`)
		require.Equal(t, c.starts, out.StartDate != nil)
		if c.starts {
			require.Equal(t, time.Date(2027, time.March, 31, 12, 0, 0, 0, time.UTC), out.StartDate.UTC())
		}
	}
}

func groupIsMissing(t *testing.T, s *eventscheduler.Schedules) {
	other := *s
	other.Group = "test-" + uuid.NewString()
	err := other.Create(t.Context(), entry())
	require.ErrorContains(t, err, other.Group)
	require.NotErrorIs(t, err, schedule.ErrNotFound)
}
