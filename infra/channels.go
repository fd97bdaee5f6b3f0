package infra

import (
	"maps"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// Each channel has queues, a workflow, and Lambdas of its own, so that a receiver that is slow or away costs the others
// nothing. Records, topic, breaker's table, the other Lambdas and the API are shared.

// channelQueues are what is kept of a channel beside its records.
type channelQueues struct {
	queue, dlq awssqs.Queue
}

// lane is a channel in the pipeline.
type lane struct {
	channel contract.Channel
	channelQueues

	workflow awsstepfunctions.StateMachine
	logs     awslogs.LogGroup
	// workflowARN is what the processor starts: the workflow, or its alias where it has one.
	workflowARN *string
	// processors is the most that its queue starts at once.
	processors int
}

// id begins the names of the lane's constructs. ntfy's are as they were before there were others.
func (l *lane) id(what string) string {
	if l.channel.Name == contract.ChannelNtfy {
		return what
	}
	return constructName(l.channel.Name) + what
}

// others are the channels that the stages have beside ntfy.
func (o Options) others() []contract.Channel {
	if o.WebhookURL == "" {
		return nil
	}
	return []contract.Channel{contract.Webhook()}
}

// channelNames are those of all channels that the stages have.
func (o Options) channelNames() []string {
	names := []string{contract.ChannelNtfy}
	for _, channel := range o.others() {
		names = append(names, channel.Name)
	}
	return names
}

// tasks are the Lambdas of the stages.
func (o Options) tasks() []contract.Task {
	all := contract.Tasks()
	for _, channel := range o.others() {
		all = append(all, channel.Own()...)
	}
	return all
}

// otherProcessors is the most that the queue of a second channel starts at once: fewer than ntfy's, as it has less to do.
const otherProcessors = 10

func (s Stage) otherProcessors() int { return min(s.MaxProcessors, otherProcessors) }

// addChannel adds to the pipeline what a channel beside ntfy has of its own.
func (p *pipeline) addChannel(channel contract.Channel) error {
	own := &lane{channel: channel, channelQueues: p.kept.others[channel.Name], processors: p.stage.otherProcessors()}
	p.others = append(p.others, own)
	for _, spec := range []functionSpec{p.sendWebhook(), p.markDeferred(own), p.markFailed(own)} {
		p.addFunction(spec)
	}
	if err := p.addWorkflow(own); err != nil {
		return err
	}
	p.addFunction(p.processor(own))
	p.consumeQueue(own)
	return nil
}

// sendWebhook reads the secret that signs; who puts it there is the operator.
func (p *pipeline) sendWebhook() functionSpec {
	param := p.stage.webhookSecretParam()
	return functionSpec{
		task:        contract.TaskSendWebhook,
		description: "Posts one message as a signed event and tells the circuit breaker how it went",
		timeout:     p.times.SendLambda,
		memoryMiB:   mediumMemory,
		environment: map[string]*string{
			contract.EnvWebhookURL:         jsii.String(p.options.WebhookURL),
			contract.EnvWebhookSecretParam: jsii.String(param),
			contract.EnvMessagesTable:      p.kept.messages.TableName(),
			contract.EnvCircuitTable:       p.kept.circuit.TableName(),
			contract.EnvMetricsTable:       p.kept.metrics.TableName(),
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

// webhookSecretParam is where an operator puts the webhook's secret, as a SecureString.
func (s Stage) webhookSecretParam() string { return "/rez-agent/" + s.Name + "/webhook-secret" }

// acceptorEnvironment tells who accepts messages which channels there are; where there is ntfy alone, nothing.
func (o Options) acceptorEnvironment() map[string]*string {
	if len(o.others()) == 0 {
		return nil
	}
	return map[string]*string{contract.EnvChannels: jsii.String(strings.Join(o.channelNames(), ","))}
}

// queueEnvironment tells who works on every channel's queues where they are.
func (s *stateful) queueEnvironment(others []contract.Channel) map[string]*string {
	if len(others) == 0 {
		return nil
	}
	var queues, dlqs string
	for _, channel := range others {
		own := s.others[channel.Name]
		queues += "," + channel.Name + "=" + *own.queue.QueueUrl()
		dlqs += "," + channel.Name + "=" + *own.dlq.QueueUrl()
	}
	return map[string]*string{contract.EnvChannelQueues: jsii.String(queues[1:]), contract.EnvChannelDLQs: jsii.String(dlqs[1:])}
}

// withEnvironment adds to what a Lambda is told.
func (f functionSpec) withEnvironment(more ...map[string]*string) functionSpec {
	for _, variables := range more {
		maps.Copy(f.environment, variables)
	}
	return f
}

// processorTasks are the Lambdas that take from queues.
func (p *pipeline) processorTasks() []contract.Task {
	tasks := []contract.Task{contract.TaskProcessor}
	for _, own := range p.others {
		tasks = append(tasks, own.channel.Processor)
	}
	return tasks
}
