package infra

import (
	"math"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/settings"
)

// stateful is what outlives a new version of the pipeline. The tables hold the truth: what is lost with a queue, the
// sweeper publishes again from them.
type stateful struct {
	stack             awscdk.Stack
	messages, circuit awsdynamodb.Table
	topic             awssns.Topic
	queue, dlq        awssqs.Queue
	subscriptionDLQ   awssqs.Queue
}

func newStatefulStack(app awscdk.App, stage Stage, times settings.Settings) stateful {
	stack := newStack(app, stage, "stateful", "rez_agent: the records of messages, the circuit breaker's state, topic and queues")
	s := stateful{
		stack:           stack,
		messages:        newMessagesTable(stack, stage),
		circuit:         newCircuitTable(stack, stage),
		topic:           newTopic(stack, stage),
		dlq:             newDeadLetterQueue(stack, stage, "MessageDlq", "message-dlq", times),
		subscriptionDLQ: newDeadLetterQueue(stack, stage, "SubscriptionDlq", "subscription-dlq", times),
	}
	s.queue = newQueue(stack, stage, s.dlq, times)
	s.subscribe()
	s.addOutputs()
	return s
}

func newTopic(stack awscdk.Stack, stage Stage) awssns.Topic {
	return awssns.NewTopic(stack, jsii.String("Messages"), &awssns.TopicProps{
		TopicName:  jsii.String(stage.name("messages")),
		EnforceSSL: stage.enforceTLS(),
	})
}

func newDeadLetterQueue(stack awscdk.Stack, stage Stage, id, what string, times settings.Settings) awssqs.Queue {
	return awssqs.NewQueue(stack, jsii.String(id), &awssqs.QueueProps{
		QueueName:       jsii.String(stage.name(what)),
		RetentionPeriod: wholeSeconds(times.QueueRetention),
		Encryption:      awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:      stage.enforceTLS(),
	})
}

func newQueue(stack awscdk.Stack, stage Stage, dlq awssqs.Queue, times settings.Settings) awssqs.Queue {
	return awssqs.NewQueue(stack, jsii.String("MessageQueue"), &awssqs.QueueProps{
		QueueName:         jsii.String(stage.name("message-queue")),
		VisibilityTimeout: wholeSeconds(times.Visibility),
		RetentionPeriod:   wholeSeconds(times.QueueRetention),
		Encryption:        awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:        stage.enforceTLS(),
		DeadLetterQueue:   &awssqs.DeadLetterQueue{Queue: dlq, MaxReceiveCount: jsii.Number(times.MaxReceives)},
	})
}

// subscribe hands tickets of this channel to the queue, as they were published (raw). What SNS cannot deliver goes to a
// queue of its own: those items never met the pipeline.
func (s stateful) subscribe() {
	s.topic.AddSubscription(awssnssubscriptions.NewSqsSubscription(s.queue, &awssnssubscriptions.SqsSubscriptionProps{
		RawMessageDelivery: jsii.Bool(true),
		DeadLetterQueue:    s.subscriptionDLQ,
		FilterPolicy: &map[string]awssns.SubscriptionFilter{
			contract.AttributeChannel: awssns.SubscriptionFilter_StringFilter(&awssns.StringConditions{
				Allowlist: jsii.Strings(contract.ChannelNtfy),
			}),
		},
	}))
}

func (s stateful) addOutputs() {
	output(s.stack, contract.OutputMessagesTable, s.messages.TableName(), "Table with one record for each message")
	output(s.stack, contract.OutputCircuitTable, s.circuit.TableName(), "Table with the circuit breaker of each channel")
	output(s.stack, contract.OutputTopicARN, s.topic.TopicArn(), "Topic to which tickets are published")
	output(s.stack, contract.OutputQueueURL, s.queue.QueueUrl(), "Queue from which the processor takes tickets")
	output(s.stack, contract.OutputDLQURL, s.dlq.QueueUrl(), "Queue with what the pipeline could not handle, or what expired")
	output(s.stack, contract.OutputSubscriptionDLQURL, s.subscriptionDLQ.QueueUrl(), "Queue with what SNS could not hand to the queue")
}

// wholeSeconds is d for CDK: AWS counts in seconds, and takes none below 1. Only divided settings need the rounding.
func wholeSeconds(d time.Duration) awscdk.Duration {
	return awscdk.Duration_Seconds(jsii.Number(max(1, math.Ceil(d.Seconds()))))
}
