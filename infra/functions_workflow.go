package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// Memory of the Lambdas, in MiB. More does not start them faster; those that talk to the network much get more CPU.
const (
	smallMemory, mediumMemory, largeMemory = 128, 256, 512
)

const (
	getItem      = "dynamodb:GetItem"
	batchGetItem = "dynamodb:BatchGetItem"
	putItem      = "dynamodb:PutItem"
	updateItem   = "dynamodb:UpdateItem"
	query        = "dynamodb:Query"
	sendItem     = "sqs:SendMessage"
	receiveItem  = "sqs:ReceiveMessage"
	deleteItem   = "sqs:DeleteMessage"
	readQueue    = "sqs:GetQueueAttributes"
	publish      = "sns:Publish"
	invoke       = "lambda:InvokeFunction"
	getParameter = "ssm:GetParameter"
)

// workflowFunctions are the Lambdas that the workflow calls, in the order in which a message meets them.
func (p *pipeline) workflowFunctions() []functionSpec {
	return []functionSpec{
		p.step(contract.TaskMarkProcessing, "Takes the lease on a message for one execution",
			map[string]*string{contract.EnvMessagesTable: p.kept.messages.TableName()},
			allow(p.kept.messages.TableArn(), getItem, updateItem)),
		p.step(contract.TaskCheckCircuit, "Asks the rate limit and the circuit breaker whether ntfy may be called",
			map[string]*string{contract.EnvCircuitTable: p.kept.circuit.TableName()},
			allow(p.kept.circuit.TableArn(), getItem, updateItem)),
		p.sendNtfy(),
		p.step(contract.TaskMarkCompleted, "Writes that a message was delivered",
			map[string]*string{contract.EnvMessagesTable: p.kept.messages.TableName()},
			allow(p.kept.messages.TableArn(), getItem, updateItem)),
		p.markDeferred(&p.lane),
		p.markFailed(&p.lane),
	}
}

// markDeferred and markFailed are a channel's own: they send to its queues.
func (p *pipeline) markDeferred(own *lane) functionSpec {
	return p.step(own.channel.MarkDeferred, "Writes that a message waits, and queues its delayed ticket",
		map[string]*string{
			contract.EnvMessagesTable: p.kept.messages.TableName(),
			contract.EnvCircuitTable:  p.kept.circuit.TableName(),
			contract.EnvQueueURL:      own.queue.QueueUrl(),
		},
		allow(p.kept.messages.TableArn(), getItem, updateItem),
		allow(p.kept.circuit.TableArn(), getItem),
		allow(own.queue.QueueArn(), sendItem))
}

func (p *pipeline) markFailed(own *lane) functionSpec {
	return p.step(own.channel.MarkFailed, "Writes that a message ended without delivery",
		map[string]*string{
			contract.EnvMessagesTable: p.kept.messages.TableName(),
			contract.EnvDLQURL:        own.dlq.QueueUrl(),
		},
		allow(p.kept.messages.TableArn(), getItem, updateItem),
		allow(own.dlq.QueueArn(), sendItem))
}

func (p *pipeline) step(
	task contract.Task, description string, environment map[string]*string, may ...awsiam.PolicyStatement,
) functionSpec {
	return functionSpec{
		task: task, description: description, timeout: p.times.StepLambda, memoryMiB: smallMemory,
		environment: environment, may: may,
	}
}

// sendNtfy reads ntfy's token. AWS's own key for SSM lets everyone in the account use it who may read the parameter; a key
// of our own asks for a right of its own.
func (p *pipeline) sendNtfy() functionSpec {
	param := p.stage.apiKeyParam()
	return functionSpec{
		task:        contract.TaskSendNtfy,
		description: "Sends one message to ntfy and tells the circuit breaker how it went",
		timeout:     p.times.SendLambda,
		memoryMiB:   mediumMemory,
		environment: map[string]*string{
			contract.EnvNtfyURL:         jsii.String(p.options.NtfyURL),
			contract.EnvNtfyAPIKeyParam: jsii.String(param),
			contract.EnvMessagesTable:   p.kept.messages.TableName(),
			contract.EnvCircuitTable:    p.kept.circuit.TableName(),
			contract.EnvMetricsTable:    p.kept.metrics.TableName(),
		},
		may: append([]awsiam.PolicyStatement{
			allow(p.kept.messages.TableArn(), getItem, updateItem),
			allow(p.kept.circuit.TableArn(), getItem, updateItem),
			// Counts the circuit's changes, which no stream tells.
			allow(p.kept.metrics.TableArn(), updateItem),
			allow(p.paramARN(param), getParameter),
		}, p.keys.mayUseSecret(p.paramARN(param), "kms:Decrypt")...),
	}
}
