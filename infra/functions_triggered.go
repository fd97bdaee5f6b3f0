package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"

	"github.com/rezagent/rez_agent/internal/contract"
)

// triggeredFunctions are the Lambdas that the queue, a stream, the clock or another Lambda starts.
func (p *pipeline) triggeredFunctions() []functionSpec {
	all := []functionSpec{p.processor(&p.lane), p.scheduler(), p.sweeper(), p.fireSchedule(), p.replayJob()}
	if !p.stage.standsBy() {
		all = append(all, p.rollup())
	}
	return all
}

func (p *pipeline) processor(own *lane) functionSpec {
	return functionSpec{
		task:        own.channel.Processor,
		description: "Takes tickets from the queue and runs one delivery workflow for each",
		timeout:     p.times.Processor,
		memoryMiB:   smallMemory, // it waits
		reserved:    own.processors,
		environment: map[string]*string{
			contract.EnvStateMachineARN: own.workflowARN,
			contract.EnvMessagesTable:   p.kept.messages.TableName(),
			contract.EnvQueueURL:        own.queue.QueueUrl(),
		},
		may: []awsiam.PolicyStatement{
			p.mayStartWorkflow(own),
			allow(own.queue.QueueArn(), receiveItem, deleteItem, readQueue, sendItem),
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
		reserved:    schedulers,
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
	spec := functionSpec{
		task:        contract.TaskSweeper,
		description: "Publishes the tickets of records that were left behind, ends those past their deadline, and tells the circuit's state",
		timeout:     p.times.Sweeper,
		memoryMiB:   mediumMemory,
		environment: map[string]*string{
			contract.EnvMessagesTable: p.kept.messages.TableName(),
			contract.EnvCircuitTable:  p.kept.circuit.TableName(),
			contract.EnvTopicARN:      p.kept.topic.TopicArn(),
			contract.EnvQueueURL:      p.kept.queue.QueueUrl(),
			contract.EnvDLQURL:        p.kept.dlq.QueueUrl(),
		},
		may: []awsiam.PolicyStatement{
			allow(p.kept.index(contract.StatusIndex), query),
			allow(p.kept.messages.TableArn(), batchGetItem, getItem, updateItem),
			allow(p.kept.circuit.TableArn(), getItem), // its state becomes a metric
			allow(p.kept.topic.TopicArn(), publish),
			allow(p.kept.queue.QueueArn(), readQueue),
			allow(p.kept.dlq.QueueArn(), sendItem),
		},
	}
	for _, own := range p.options.others() {
		queues := p.kept.others[own.Name]
		spec.may = append(spec.may, allow(queues.queue.QueueArn(), readQueue), allow(queues.dlq.QueueArn(), sendItem))
	}
	return spec.withEnvironment(p.kept.queueEnvironment(p.options.others()))
}
