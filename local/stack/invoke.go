package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/rezagent/rez_agent/internal/contract"
)

// Invoke calls a Lambda's live alias with an event and decodes what it answers into out, which may be nil.
func (a *Addresses) Invoke(ctx context.Context, task contract.Task, event, out any) error {
	body, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("write the event: %w", err)
	}
	answer, err := lambda.NewFromConfig(a.AWS()).Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String(a.Functions[task]), Qualifier: aws.String("live"), Payload: body,
	})
	if err != nil {
		return fmt.Errorf("invoke %s: %w", task, err)
	}
	if answer.FunctionError != nil {
		return fmt.Errorf("invoke %s: it answered %s: %s", task, *answer.FunctionError, answer.Payload)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer.Payload, out); err != nil {
		return fmt.Errorf("read the answer of %s: %w", task, err)
	}
	return nil
}

// ScheduleRule is the rule that fires the schedule, as its events name it.
const ScheduleRule = "arn:aws:events:us-east-1:000000000000:rule/rez-agent-hello-" + Stage

// Schedule fires the schedule: it invokes the scheduler with the event that EventBridge would send, and gives the id of
// the message that it made.
func (a *Addresses) Schedule(ctx context.Context, at time.Time) (string, error) {
	event := map[string]any{
		"version": "0", "id": "00000000-0000-0000-0000-000000000000", "detail-type": "Scheduled Event",
		"source": "aws.events", "account": "000000000000", "time": at.UTC().Format(time.RFC3339),
		"region": "us-east-1", "detail": map[string]any{},
		"resources": []string{ScheduleRule},
	}
	var answer struct {
		MessageID string `json:"message_id"`
	}
	err := a.Invoke(ctx, contract.TaskScheduler, event, &answer)
	return answer.MessageID, err
}
