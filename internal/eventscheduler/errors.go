package eventscheduler

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/smithy-go"
	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/schedule"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// AWS's names of the errors that somebody can do something about.
const (
	notFound  = "ResourceNotFoundException"
	conflict  = "ConflictException"
	quota     = "ServiceQuotaExceededException"
	throttled = "ThrottlingException"
	invalid   = "ValidationException"
)

// translated turns AWS's errors into those of schedules. AWS's own text stays out of them: it names what the caller
// never sent, and can quote the message.
func translated(ctx context.Context, err error, doing string, e schedule.Entry) error {
	if err == nil {
		return nil
	}
	switch codeOf(err) {
	case notFound:
		err = schedule.ErrNotFound
	case conflict:
		err = schedule.ErrConflict
	case quota:
		err = schedule.ErrTooMany
	case throttled:
		err = schedule.ErrThrottled
	case invalid:
		if e.Expression != "" {
			return refused(ctx, err, e)
		}
	}
	return fmt.Errorf("%s schedule %s: %w", doing, e.ID, err)
}

// codeOf is AWS's name of an error. The SDK's types would not do: it gives an error its type only where the
// description of the operation lists it.
func codeOf(err error) string {
	if fault, ok := errors.AsType[smithy.APIError](err); ok {
		return fault.ErrorCode()
	}
	return ""
}

// refused says that AWS did not take what our own reading of the expression took. The log has the request by which AWS
// can be asked why.
func refused(ctx context.Context, err error, e schedule.Entry) error {
	request := ""
	if answer, ok := errors.AsType[interface {
		error
		ServiceRequestID() string
	}](err); ok {
		request = answer.ServiceRequestID()
	}
	telemetry.Log(ctx).Warn("EventBridge Scheduler refused a schedule", zap.String("schedule_id", e.ID),
		zap.String("expression", e.Expression), zap.String("timezone", e.Timezone), zap.String("aws_request_id", request))
	return &schedule.FieldError{
		Field: "expression", Problem: fmt.Sprintf("%q with the time zone %q was refused by EventBridge Scheduler", e.Expression, e.Timezone),
		Allowed: "what EventBridge Scheduler takes",
	}
}
