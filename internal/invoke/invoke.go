// Package invoke calls a Lambda without waiting for what it does.
package invoke

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/replayjob"
)

// ReplayJob is the Lambda that works on replay jobs.
type ReplayJob struct {
	Client *lambda.Client
	// Function is its name or ARN, without an alias.
	Function string
}

// Call hands a job to the Lambda's queue. Lambda itself repeats a call that fails, twice.
func (r *ReplayJob) Call(ctx context.Context, jobID string) error {
	event, err := json.Marshal(replayjob.Event{JobID: jobID})
	if err != nil {
		return fmt.Errorf("write the event: %w", err)
	}
	_, err = r.Client.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String(r.Function), Qualifier: aws.String(contract.LiveAlias),
		InvocationType: types.InvocationTypeEvent, Payload: event,
	})
	if err != nil {
		return fmt.Errorf("call %s: %w", r.Function, err)
	}
	return nil
}
