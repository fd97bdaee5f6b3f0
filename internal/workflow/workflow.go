// Package workflow runs the delivery workflow: one synchronous Express execution.
package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/dispatch"
)

// Workflow is one state machine.
type Workflow struct {
	Client *sfn.Client
	ARN    string
}

// NewClient is a Step Functions client that never repeats a request that may have started an execution: it tries again
// only where no connection came about, or where the service said that it was too busy to take it.
func NewClient(cfg aws.Config) *sfn.Client {
	return sfn.NewFromConfig(cfg, func(o *sfn.Options) {
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.Retryables = []retry.IsErrorRetryable{
				retry.IsErrorRetryableFunc(neverSent),
				retry.RetryableErrorCode{Codes: retry.DefaultThrottleErrorCodes},
				retry.IsErrorRetryableFunc(func(error) aws.Ternary { return aws.FalseTernary }),
			}
		})
		if o.BaseEndpoint != nil {
			o.APIOptions = append(o.APIOptions, keepHost)
		}
	})
}

func neverSent(err error) aws.Ternary {
	var network *net.OpError
	if errors.As(err, &network) && network.Op == "dial" {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// keepHost leaves out the “sync-” that StartSyncExecution puts before the host: an endpoint that somebody set (the
// local stack) has no such name.
func keepHost(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("KeepHost", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
	}), middleware.Before)
}

// Run starts an execution and waits for its end.
func (w *Workflow) Run(ctx context.Context, name string, input []byte) (dispatch.Ending, error) {
	out, err := w.Client.StartSyncExecution(ctx, &sfn.StartSyncExecutionInput{
		StateMachineArn: aws.String(w.ARN), Name: aws.String(name), Input: aws.String(string(input)),
	})
	if err != nil {
		return dispatch.Ending{}, fmt.Errorf("run execution %s: %w", name, err)
	}
	ending := dispatch.Ending{
		ExecutionARN: aws.ToString(out.ExecutionArn), Succeeded: out.Status == types.SyncExecutionStatusSucceeded,
		Status: string(out.Status), ErrorName: aws.ToString(out.Error),
	}
	if ending.Succeeded {
		ending.Outcome = outcome(aws.ToString(out.Output))
	}
	return ending, nil
}

// outcome reads the output's outcome; output that cannot be read has none, which the dispatcher reports.
func outcome(output string) contract.Outcome {
	var work struct {
		Outcome contract.Outcome `json:"outcome"`
	}
	if err := json.Unmarshal([]byte(output), &work); err != nil {
		return ""
	}
	return work.Outcome
}
