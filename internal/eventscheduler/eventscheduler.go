// Package eventscheduler keeps users' schedules in EventBridge Scheduler. What AWS does not know of a schedule travels
// in the schedule's own input, so that there is one truth and nothing beside it to keep in step.
package eventscheduler

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/google/uuid"
	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/schedule"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// maxAge is how long EventBridge Scheduler tries to hand a run over, and maxRetries how often: AWS's most. A run that
// is late makes the same message as a punctual one, since the message's id comes from the scheduled time; one that is
// given up makes none.
const (
	maxAge     = 24 * time.Hour
	maxRetries = 185
)

// Schedules are the schedules of one group.
type Schedules struct {
	Client *scheduler.Client
	// Group holds them; TargetARN is the function that each of them calls, in the role RoleARN.
	Group, TargetARN, RoleARN string
}

// Create makes a schedule under its entry's id. Errors: schedule.ErrConflict, schedule.ErrTooMany,
// schedule.ErrThrottled, *schedule.FieldError.
func (s *Schedules) Create(ctx context.Context, e schedule.Entry) error {
	w, err := s.wanted(e)
	if err != nil {
		return err
	}
	_, err = s.Client.CreateSchedule(ctx, &scheduler.CreateScheduleInput{
		GroupName: &s.Group, Name: &e.ID, ScheduleExpression: &e.Expression, ScheduleExpressionTimezone: &w.timezone,
		StartDate: w.start, ActionAfterCompletion: w.afterwards, State: w.state, Target: w.target, FlexibleTimeWindow: punctual(),
	})
	if codeOf(err) == notFound { // of the group: a fault of the deployment, not the caller's
		return fmt.Errorf("create schedule %s: group %s is missing: %w", e.ID, s.Group, err)
	}
	return translated(ctx, err, "create", e)
}

// Change replaces a schedule by its entry; the last of two changes at once remains. Errors: schedule.ErrNotFound,
// schedule.ErrConflict, schedule.ErrThrottled, *schedule.FieldError.
func (s *Schedules) Change(ctx context.Context, e schedule.Entry) error {
	w, err := s.wanted(e)
	if err != nil {
		return err
	}
	_, err = s.Client.UpdateSchedule(ctx, &scheduler.UpdateScheduleInput{
		GroupName: &s.Group, Name: &e.ID, ScheduleExpression: &e.Expression, ScheduleExpressionTimezone: &w.timezone,
		StartDate: w.start, ActionAfterCompletion: w.afterwards, State: w.state, Target: w.target, FlexibleTimeWindow: punctual(),
	})
	return translated(ctx, err, "change", e)
}

// Get reads a schedule. Errors: schedule.ErrNotFound, schedule.ErrThrottled.
func (s *Schedules) Get(ctx context.Context, id string) (schedule.Entry, error) {
	if !isID(id) {
		return schedule.Entry{}, fmt.Errorf("read schedule: %w", schedule.ErrNotFound)
	}
	out, err := s.Client.GetSchedule(ctx, &scheduler.GetScheduleInput{GroupName: &s.Group, Name: &id})
	if err != nil {
		return schedule.Entry{}, translated(ctx, err, "read", schedule.Entry{ID: id})
	}
	return entryOf(ctx, id, out)
}

// Delete takes a schedule away. Errors: schedule.ErrNotFound, schedule.ErrConflict, schedule.ErrThrottled.
func (s *Schedules) Delete(ctx context.Context, id string) error {
	if !isID(id) {
		return fmt.Errorf("delete schedule: %w", schedule.ErrNotFound)
	}
	_, err := s.Client.DeleteSchedule(ctx, &scheduler.DeleteScheduleInput{GroupName: &s.Group, Name: &id})
	return translated(ctx, err, "delete", schedule.Entry{ID: id})
}

// wanted is what AWS is told of an entry beside its expression.
type wanted struct {
	timezone   string
	start      *time.Time
	afterwards types.ActionAfterCompletion
	state      types.ScheduleState
	target     *types.Target
}

func (s *Schedules) wanted(e schedule.Entry) (wanted, error) {
	plan, err := e.Schedule()
	if err != nil {
		return wanted{}, err
	}
	input, err := e.Input()
	if err != nil {
		return wanted{}, err
	}
	w := wanted{
		timezone: plan.Timezone(), afterwards: types.ActionAfterCompletionNone, state: types.ScheduleStateEnabled,
		target: &types.Target{
			Arn: &s.TargetARN, RoleArn: &s.RoleARN, Input: &input,
			RetryPolicy: &types.RetryPolicy{
				MaximumEventAgeInSeconds: aws.Int32(int32(maxAge.Seconds())), MaximumRetryAttempts: aws.Int32(maxRetries),
			},
		},
	}
	if e.Paused {
		w.state = types.ScheduleStateDisabled
	}
	switch plan.Kind() {
	case schedule.Once: // a schedule that is over would only fill the account's quota
		w.afterwards = types.ActionAfterCompletionDelete
	case schedule.Rate: // without a start it would fire at once, and not when its entry's next runs say
		w.start = &plan.Next(cmp.Or(e.ChangedAt, e.CreatedAt), 1)[0]
	case schedule.Cron:
	}
	return w, nil
}

// punctual asks for the scheduled minute, not for some time after it.
func punctual() *types.FlexibleTimeWindow {
	return &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff}
}

// isID keeps texts out of a path that can be no schedule of ours.
func isID(id string) bool {
	const canonical = 36
	return len(id) == canonical && uuid.Validate(id) == nil
}

// entryOf reads what AWS holds. A schedule that somebody made in our group by other means is not ours to show.
func entryOf(ctx context.Context, id string, out *scheduler.GetScheduleOutput) (schedule.Entry, error) {
	input := ""
	if out.Target != nil {
		input = aws.ToString(out.Target.Input)
	}
	e, err := schedule.Restore(input)
	if err != nil || e.ID != id {
		telemetry.Log(ctx).Warn("a schedule in the group is not ours", zap.String("schedule_id", id), zap.Error(err))
		return schedule.Entry{}, fmt.Errorf("read schedule %s: %w", id, schedule.ErrNotFound)
	}
	e.Expression = aws.ToString(out.ScheduleExpression)
	e.Timezone = cmp.Or(aws.ToString(out.ScheduleExpressionTimezone), time.UTC.String())
	e.Paused = out.State == types.ScheduleStateDisabled
	return e, nil
}
