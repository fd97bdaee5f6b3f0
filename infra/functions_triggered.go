package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// triggeredFunctions are the Lambdas that the queue or the clock starts.
func (p *pipeline) triggeredFunctions() []functionSpec {
	return []functionSpec{p.processor(), p.scheduler(), p.sweeper()}
}

func (p *pipeline) processor() functionSpec {
	return functionSpec{
		task:        contract.TaskProcessor,
		description: "Takes tickets from the queue and runs one delivery workflow for each",
		timeout:     p.times.Processor,
		memoryMiB:   largeMemory,
		reserved:    p.stage.MaxProcessors,
		environment: map[string]*string{
			contract.EnvStateMachineARN: p.workflow.StateMachineArn(),
			contract.EnvMessagesTable:   p.kept.messages.TableName(),
			contract.EnvQueueURL:        p.kept.queue.QueueUrl(),
		},
		may: []awsiam.PolicyStatement{
			allow(p.workflow.StateMachineArn(), "states:StartSyncExecution"),
			allow(p.kept.queue.QueueArn(), "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", sendItem),
			allow(p.kept.messages.TableArn(), getItem, updateItem),
		},
	}
}

func (p *pipeline) scheduler() functionSpec {
	return functionSpec{
		task:        contract.TaskScheduler,
		description: "Makes the scheduled messages",
		timeout:     p.times.Scheduler,
		memoryMiB:   mediumMemory,
		reserved:    1,
		environment: map[string]*string{
			contract.EnvTopicARN:      p.kept.topic.TopicArn(),
			contract.EnvMessagesTable: p.kept.messages.TableName(),
		},
		may: []awsiam.PolicyStatement{
			allow(p.kept.messages.TableArn(), getItem, putItem),
			allow(p.kept.topic.TopicArn(), publish),
		},
	}
}

func (p *pipeline) sweeper() functionSpec {
	statusIndex := jsii.String(*p.kept.messages.TableArn() + "/index/" + contract.StatusIndex)
	return functionSpec{
		task:        contract.TaskSweeper,
		description: "Publishes the tickets of records that were left behind, and ends those past their deadline",
		timeout:     p.times.Sweeper,
		memoryMiB:   mediumMemory,
		environment: map[string]*string{
			contract.EnvMessagesTable: p.kept.messages.TableName(),
			contract.EnvTopicARN:      p.kept.topic.TopicArn(),
			contract.EnvQueueURL:      p.kept.queue.QueueUrl(),
			contract.EnvDLQURL:        p.kept.dlq.QueueUrl(),
		},
		may: []awsiam.PolicyStatement{
			allow(statusIndex, "dynamodb:Query"),
			allow(p.kept.messages.TableArn(), "dynamodb:BatchGetItem", getItem, updateItem),
			allow(p.kept.topic.TopicArn(), publish),
			allow(p.kept.queue.QueueArn(), "sqs:GetQueueAttributes"),
			allow(p.kept.dlq.QueueArn(), sendItem),
		},
	}
}
