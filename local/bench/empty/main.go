// Empty is the benchmark's yardstick: a Lambda that does nothing, or, in front of the queue, starts one execution for
// each item and does nothing else, or, behind the gateway, answers with a constant. What these take is what AWS, or the
// emulator, takes.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/workflow"
)

func main() {
	if machine := os.Getenv(contract.EnvStateMachineARN); machine != "" {
		lambda.Start(processor(&workflow.Workflow{Client: workflow.NewClient(config()), ARN: machine}))
		return
	}
	answer := json.RawMessage(os.Getenv(answerVariable))
	lambda.Start(func(_ context.Context, input json.RawMessage) (json.RawMessage, error) {
		if len(answer) > 0 {
			return answer, nil
		}
		return input, nil
	})
}

// answerVariable names the variable of the environment with what the Lambda always answers; without it, with its input.
const answerVariable = "BENCH_ANSWER"

func config() aws.Config {
	return aws.Config{
		Region: os.Getenv("AWS_REGION"), BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL")),
		AppID: os.Getenv("AWS_SDK_UA_APP_ID"),
		Credentials: credentials.NewStaticCredentialsProvider(
			os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")),
	}
}

// processor runs one execution for each item, all of a batch at once, as the real one does.
func processor(machine *workflow.Workflow) func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
	return func(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
		failed := make([]error, len(event.Records))
		var all sync.WaitGroup
		for i, record := range event.Records {
			all.Go(func() { failed[i] = run(ctx, machine, record) })
		}
		all.Wait()
		report := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		for i, err := range failed {
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				item := events.SQSBatchItemFailure{ItemIdentifier: event.Records[i].MessageId}
				report.BatchItemFailures = append(report.BatchItemFailures, item)
			}
		}
		return report, nil
	}
}

func run(ctx context.Context, machine *workflow.Workflow, record events.SQSMessage) error {
	ending, err := machine.Run(ctx, record.MessageId, []byte(record.Body))
	if err == nil && !ending.Succeeded {
		err = fmt.Errorf("execution %s: %s", record.MessageId, ending.Status)
	}
	return err
}
