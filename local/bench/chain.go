package bench

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/uuid"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/build"
	"github.com/rezagent/rez_agent/local/emulator"
	"github.com/rezagent/rez_agent/local/stack"
)

// prefix begins the name of everything that belongs to the empty chain.
const prefix = "rez-agent-bench-"

// role is any: the benchmark's emulator checks none.
const role = "arn:aws:iam::" + emulator.AccountID + ":role/bench"

// chain is topic, queue, processor and workflow as the real ones, with Lambdas that do nothing.
type chain struct {
	cfg   aws.Config
	topic string
}

// stepTasks are the workflow's Lambdas that a message meets which goes well.
func stepTasks() []contract.Task {
	return []contract.Task{
		contract.TaskMarkProcessing, contract.TaskCheckCircuit, contract.TaskSendNtfy, contract.TaskMarkCompleted,
	}
}

// makeChain builds the empty Lambda and sets the chain up beside the real one.
func makeChain(ctx context.Context, root string, s *stack.Stack) (*chain, error) {
	c := &chain{cfg: s.AWS()}
	code, err := packed(ctx, root, s.Name)
	if err != nil {
		return nil, err
	}
	states := map[string]any{}
	all := stepTasks()
	for i, task := range all {
		arn, err := c.function(ctx, string(task), code, nil)
		if err != nil {
			return nil, err
		}
		state := map[string]any{"Type": "Task", "Resource": arn, "End": true}
		if i+1 < len(all) {
			delete(state, "End")
			state["Next"] = all[i+1]
		}
		states[string(task)] = state
	}
	machine, err := c.machine(ctx, map[string]any{"StartAt": all[0], "States": states})
	if err != nil {
		return nil, err
	}
	processor, err := c.function(ctx, string(contract.TaskProcessor), code, map[string]string{contract.EnvStateMachineARN: machine})
	if err != nil {
		return nil, err
	}
	return c, c.feed(ctx, processor)
}

// packed is the empty Lambda as a deployment package.
func packed(ctx context.Context, root, name string) ([]byte, error) {
	path := filepath.Join(stack.Dir(root, name), "empty")
	if err := build.Lambda(ctx, root, runtime.GOARCH, path, "./local/bench/empty"); err != nil {
		return nil, err
	}
	code, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the empty Lambda: %w", err)
	}
	var archived bytes.Buffer
	archive := zip.NewWriter(&archived)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Store}
	header.SetMode(0o755)
	file, err := archive.CreateHeader(header)
	if err == nil {
		_, err = file.Write(code)
	}
	if err := errors.Join(err, archive.Close()); err != nil {
		return nil, fmt.Errorf("pack the empty Lambda: %w", err)
	}
	return archived.Bytes(), nil
}

func (c *chain) function(ctx context.Context, name string, code []byte, env map[string]string) (string, error) {
	architecture := types.ArchitectureX8664
	if runtime.GOARCH == "arm64" {
		architecture = types.ArchitectureArm64
	}
	made, err := lambda.NewFromConfig(c.cfg).CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String(prefix + name), Role: aws.String(role), Runtime: types.RuntimeProvidedal2023,
		Handler: aws.String("bootstrap"), Timeout: aws.Int32(60), Architectures: []types.Architecture{architecture},
		Environment: &types.Environment{Variables: env}, Code: &types.FunctionCode{ZipFile: code},
	})
	if err != nil {
		return "", fmt.Errorf("make the empty Lambda %s: %w", name, err)
	}
	return aws.ToString(made.FunctionArn), nil
}

// machine logs as the real one does, so that the logs' cost is in both.
func (c *chain) machine(ctx context.Context, definition map[string]any) (string, error) {
	text, err := json.Marshal(definition)
	if err != nil {
		return "", fmt.Errorf("write the empty workflow: %w", err)
	}
	group := "/aws/vendedlogs/states/" + prefix + "deliver"
	_, err = cloudwatchlogs.NewFromConfig(c.cfg).CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(group)})
	if err != nil {
		return "", fmt.Errorf("make the empty workflow's log: %w", err)
	}
	arn := "arn:aws:logs:" + emulator.Region + ":" + emulator.AccountID + ":log-group:" + group + ":*"
	made, err := sfn.NewFromConfig(c.cfg).CreateStateMachine(ctx, &sfn.CreateStateMachineInput{
		Name: aws.String(prefix + "deliver"), Definition: aws.String(string(text)), RoleArn: aws.String(role),
		Type: sfntypes.StateMachineTypeExpress,
		LoggingConfiguration: &sfntypes.LoggingConfiguration{
			Level: sfntypes.LogLevelAll, IncludeExecutionData: true,
			Destinations: []sfntypes.LogDestination{{
				CloudWatchLogsLogGroup: &sfntypes.CloudWatchLogsLogGroup{LogGroupArn: aws.String(arn)},
			}},
		},
	})
	if err != nil {
		return "", fmt.Errorf("make the empty workflow: %w", err)
	}
	return aws.ToString(made.StateMachineArn), nil
}

// feed makes topic and queue and connects them, with the batch size and concurrency of the real ones.
func (c *chain) feed(ctx context.Context, processor string) error {
	topic, err := sns.NewFromConfig(c.cfg).CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String(prefix + "messages")})
	if err != nil {
		return fmt.Errorf("make the empty chain's topic: %w", err)
	}
	c.topic = aws.ToString(topic.TopicArn)
	_, err = sqs.NewFromConfig(c.cfg).CreateQueue(ctx, &sqs.CreateQueueInput{
		QueueName: aws.String(prefix + "queue"), Attributes: map[string]string{"VisibilityTimeout": "300"},
	})
	if err != nil {
		return fmt.Errorf("make the empty chain's queue: %w", err)
	}
	queue := "arn:aws:sqs:" + emulator.Region + ":" + emulator.AccountID + ":" + prefix + "queue"
	_, err = sns.NewFromConfig(c.cfg).Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(queue),
		Attributes: map[string]string{"RawMessageDelivery": "true"},
	})
	if err != nil {
		return fmt.Errorf("subscribe the empty chain's queue: %w", err)
	}
	client := lambda.NewFromConfig(c.cfg)
	mappings, err := client.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{})
	if err != nil || len(mappings.EventSourceMappings) == 0 {
		return fmt.Errorf("read how the real queue feeds its processor: %w", err)
	}
	like := mappings.EventSourceMappings[0]
	_, err = client.CreateEventSourceMapping(ctx, &lambda.CreateEventSourceMappingInput{
		FunctionName: aws.String(processor), EventSourceArn: aws.String(queue), BatchSize: like.BatchSize,
		ScalingConfig: like.ScalingConfig, FunctionResponseTypes: like.FunctionResponseTypes,
	})
	if err != nil {
		return fmt.Errorf("connect the empty chain's queue: %w", err)
	}
	return nil
}

// send publishes one item.
func (c *chain) send(ctx context.Context, client *sns.Client) (string, error) {
	id := uuid.NewString()
	_, err := client.Publish(ctx, &sns.PublishInput{
		TopicArn: aws.String(c.topic), Message: aws.String(`{"message_id":"` + id + `"}`),
	})
	if err != nil {
		return "", fmt.Errorf("publish to the empty chain: %w", err)
	}
	return id, nil
}
