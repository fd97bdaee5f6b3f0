package lambdas

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// subject is an event that is about one message.
type subject interface {
	Subject() (messageID, executionARN string)
}

// logged gives the work a logger that names the request, the message and the execution, and says how long the invocation
// took and how it ended. One that went well says so at debug: a message passes through five Lambdas, and SendNtfy writes
// the line that matters. Errors are returned as they are, since Step Functions matches their type.
func logged[In, Out any](log *zap.Logger, work func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	return func(ctx context.Context, in In) (Out, error) {
		start := time.Now()
		ctx = telemetry.With(ctx, log.With(requestID(ctx)))
		if about, ok := any(in).(subject); ok {
			ctx = aboutMessage(ctx, about)
		}
		out, err := work(ctx, in)
		line := []zap.Field{zap.Duration("took", time.Since(start))}
		if done, ok := any(out).(delivery.Work); ok && done.Outcome != "" {
			line = append(line, zap.String("outcome", string(done.Outcome)))
		}
		if err != nil {
			telemetry.Log(ctx).Warn("ended with an error", append(line, zap.Error(err))...)
			return out, err
		}
		telemetry.Log(ctx).Debug("done", line...)
		return out, nil
	}
}

func requestID(ctx context.Context) zap.Field {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		return zap.String("request_id", lc.AwsRequestID)
	}
	return zap.String("request_id", "")
}

func aboutMessage(ctx context.Context, about subject) context.Context {
	messageID, executionARN := about.Subject()
	return telemetry.About(ctx, messageID, executionARN)
}
