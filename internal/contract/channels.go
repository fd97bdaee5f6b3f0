package contract

import "slices"

// The channels: values of the SNS attribute "channel", and keys of the channels' breakers.
const (
	// ChannelNtfy is the channel that messages take unless their type says otherwise. Every stage has it.
	ChannelNtfy = "ntfy"
	// ChannelWebhook posts signed events to one receiver. A stage has it where a webhook's address is given.
	ChannelWebhook = "webhook"
)

// StateSendWebhook is the state of the webhook's workflow that sends; all others are called as in ntfy's.
const StateSendWebhook = "SendWebhook"

// Errors that SendWebhook raises, beside CircuitOpen and ProbeFailed. Each is also the name of a type in package webhook.
const (
	ErrorWebhookUnavailable   = "WebhookUnavailable"
	ErrorWebhookRateLimited   = "WebhookRateLimited"
	ErrorWebhookUnauthorized  = "WebhookUnauthorized"
	ErrorWebhookMisconfigured = "WebhookMisconfigured"
	ErrorWebhookRejected      = "WebhookRejected"
)

// The webhook's own Lambdas. All but the first are programs that ntfy has too, with other queues and another workflow.
const (
	TaskSendWebhook         Task = "sendwebhook"
	TaskWebhookProcessor    Task = "webhookprocessor"
	TaskWebhookMarkDeferred Task = "webhookmarkdeferred"
	TaskWebhookMarkFailed   Task = "webhookmarkfailed"
)

// Program is the folder under tasks/ with the Lambda's code, where that is not called like the Lambda itself.
func (t Task) Program() Task {
	switch t {
	case TaskWebhookProcessor:
		return TaskProcessor
	case TaskWebhookMarkDeferred:
		return TaskMarkDeferred
	case TaskWebhookMarkFailed:
		return TaskMarkFailed
	default:
		return t
	}
}

// Channel is all that differs from one way out to the next, in names. What is not here is the same for all: records,
// statuses, topic, breaker, deferral, sweeper, API.
type Channel struct {
	Name string
	// Service is what the channel calls, as the workflow's comments say it in the middle of a sentence.
	Service string
	// Workflow, Queue and DLQ are the middle parts of physical names: rez-agent-<…>-<stage>.
	Workflow, Queue, DLQ string
	// StateSend is the state that makes the request; Faults are the errors that it raises.
	StateSend string
	Faults    Faults
	// Processor, Send, MarkDeferred and MarkFailed are the channel's own Lambdas: they know its queues and its receiver.
	Processor, Send, MarkDeferred, MarkFailed Task
}

// Faults are the names of a channel's errors, by what they mean.
type Faults struct {
	// Unavailable is tried again within the execution; then the message waits.
	Unavailable string
	// RateLimited: the message waits for its slot.
	RateLimited string
	// Unauthorized and Misconfigured: the message waits until an operator has mended it.
	Unauthorized, Misconfigured string
	// Rejected: this very message fails for good.
	Rejected string
}

// Ntfy is the channel that every stage has.
func Ntfy() Channel {
	return Channel{
		Name: ChannelNtfy, Service: "ntfy", Workflow: "deliver", Queue: "message-queue", DLQ: "message-dlq",
		StateSend: StateSendNtfy,
		Faults: Faults{
			Unavailable: ErrorNtfyUnavailable, RateLimited: ErrorNtfyRateLimited, Unauthorized: ErrorNtfyUnauthorized,
			Misconfigured: ErrorNtfyMisconfigured, Rejected: ErrorNtfyRejected,
		},
		Processor: TaskProcessor, Send: TaskSendNtfy, MarkDeferred: TaskMarkDeferred, MarkFailed: TaskMarkFailed,
	}
}

// Webhook is the channel that posts signed events.
func Webhook() Channel {
	return Channel{
		Name: ChannelWebhook, Service: "the receiver", Workflow: "deliver-webhook", Queue: "webhook-queue", DLQ: "webhook-dlq",
		StateSend: StateSendWebhook,
		Faults: Faults{
			Unavailable: ErrorWebhookUnavailable, RateLimited: ErrorWebhookRateLimited, Unauthorized: ErrorWebhookUnauthorized,
			Misconfigured: ErrorWebhookMisconfigured, Rejected: ErrorWebhookRejected,
		},
		Processor: TaskWebhookProcessor, Send: TaskSendWebhook, MarkDeferred: TaskWebhookMarkDeferred, MarkFailed: TaskWebhookMarkFailed,
	}
}

// Channels lists all channels, ntfy first.
func Channels() []Channel { return []Channel{Ntfy(), Webhook()} }

// ChannelNames lists their names.
func ChannelNames() []string { return []string{ChannelNtfy, ChannelWebhook} }

// ChannelNamed is the channel of a name, ok only where there is one.
func ChannelNamed(name string) (channel Channel, ok bool) {
	i := slices.IndexFunc(Channels(), func(c Channel) bool { return c.Name == name })
	if i < 0 {
		return Channel{}, false
	}
	return Channels()[i], true
}

// SendErrors lists every error name that the channel's send state raises on purpose.
func (c Channel) SendErrors() []string {
	return append(c.WaitErrors(), c.Faults.Rejected)
}

// WaitErrors lists those after which the message waits (MarkDeferred) instead of failing.
func (c Channel) WaitErrors() []string {
	return []string{
		c.Faults.Unavailable, c.Faults.RateLimited, c.Faults.Unauthorized, c.Faults.Misconfigured, ErrorCircuitOpen, ErrorProbeFailed,
	}
}

// Steps lists the Lambdas that the channel's workflow calls, in the order in which a message meets them.
func (c Channel) Steps() []Task {
	return []Task{TaskMarkProcessing, TaskCheckCircuit, c.Send, TaskMarkCompleted, c.MarkDeferred, c.MarkFailed}
}

// Own lists the Lambdas that only this channel has.
func (c Channel) Own() []Task { return []Task{c.Processor, c.Send, c.MarkDeferred, c.MarkFailed} }

// AllTasks lists every Lambda there can be: those of every stage, and those of the channels that a stage may have.
func AllTasks() []Task { return append(Tasks(), Webhook().Own()...) }
