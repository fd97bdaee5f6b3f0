package infra

import (
	"math"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/settings"
)

// stateful is what outlives a new version of the pipeline and of the API. The tables hold the truth: what is lost with a queue, the
// sweeper publishes again from them.
type stateful struct {
	stack             awscdk.Stack
	keys              keys
	messages, circuit awsdynamodb.ITable
	metrics, jobs     awsdynamodb.ITable
	topic             awssns.Topic
	queue, dlq        awssqs.Queue
	subscriptionDLQ   awssqs.Queue
	// others are the queues of the channels beside ntfy, by channel.
	others      map[string]channelQueues
	users       awscognito.UserPool
	signInPages awscognito.UserPoolDomain
}

func newStatefulStack(app awscdk.App, stage Stage, channels []contract.Channel, times settings.Settings) stateful {
	stack := newStack(app, stage, "stateful", "rez_agent: the records of messages, the circuit breaker's state, topic, queues, users and their schedules")
	own := newKeys(stack, stage)
	s := stateful{
		stack:           stack,
		keys:            own,
		messages:        newTable(stack, stage, own, messagesTable()),
		circuit:         newTable(stack, stage, own, circuitTable()),
		metrics:         newTable(stack, stage, own, metricsTable()),
		jobs:            newTable(stack, stage, own, jobsTable()),
		topic:           newTopic(stack, stage, own),
		dlq:             newDeadLetterQueue(stack, stage, own, "MessageDlq", "message-dlq", times),
		subscriptionDLQ: newDeadLetterQueue(stack, stage, own, "SubscriptionDlq", "subscription-dlq", times),
		users:           newUserPool(stack, stage),
	}
	s.signInPages = addSignInPages(s.users, stack, stage)
	s.queue = newQueue(stack, stage, own, "MessageQueue", "message-queue", s.dlq, times)
	s.subscribe(s.queue, contract.ChannelNtfy)
	s.addQueuesOf(channels, stage, times)
	group := newScheduleGroup(stack, stage)
	s.addOutputs()
	output(stack, contract.OutputScheduleGroup, group.ScheduleGroupName(), "Group of the schedules that users make")
	return s
}

func newTopic(stack awscdk.Stack, stage Stage, own keys) awssns.Topic {
	topic := awssns.NewTopic(stack, jsii.String("Messages"), &awssns.TopicProps{
		TopicName:  jsii.String(stage.name("messages")),
		MasterKey:  own.data,
		EnforceSSL: stage.enforceTLS(),
	})
	stage.acceptPlainHTTP(topic, "SNS3")
	return topic
}

func newDeadLetterQueue(stack awscdk.Stack, stage Stage, own keys, id, what string, times settings.Settings) awssqs.Queue {
	queue := awssqs.NewQueue(stack, jsii.String(id), queueProps(stage, own, what, times))
	stage.acceptPlainHTTP(queue, "SQS4", finding{rule: "SQS3", reason: "It is a dead-letter queue itself: an alarm tells when something is in it."})
	return queue
}

// addQueuesOf makes the queues of the channels beside ntfy. Each has a DLQ of its own: a redrive of a whole DLQ goes to one
// queue.
func (s *stateful) addQueuesOf(channels []contract.Channel, stage Stage, times settings.Settings) {
	s.others = map[string]channelQueues{}
	for _, channel := range channels {
		id := constructName(channel.Name)
		dlq := newDeadLetterQueue(s.stack, stage, s.keys, id+"Dlq", channel.DLQ, times)
		queue := newQueue(s.stack, stage, s.keys, id+"Queue", channel.Queue, dlq, times)
		s.subscribe(queue, channel.Name)
		s.others[channel.Name] = channelQueues{queue: queue, dlq: dlq}
		output(s.stack, contract.OutputQueueURL+channel.Name, queue.QueueUrl(), "Queue of the channel "+channel.Name)
		output(s.stack, contract.OutputDLQURL+channel.Name, dlq.QueueUrl(), "Dead-letter queue of the channel "+channel.Name)
	}
}

func newQueue(stack awscdk.Stack, stage Stage, own keys, id, what string, dlq awssqs.Queue, times settings.Settings) awssqs.Queue {
	props := queueProps(stage, own, what, times)
	props.VisibilityTimeout = wholeSeconds(times.Visibility + stage.QueueWindow) // AWS's rule counts the window in
	props.DeadLetterQueue = &awssqs.DeadLetterQueue{Queue: dlq, MaxReceiveCount: jsii.Number(times.MaxReceives)}
	queue := awssqs.NewQueue(stack, jsii.String(id), props)
	stage.acceptPlainHTTP(queue, "SQS4")
	return queue
}

// queueProps with a key of our own asks KMS for a new data key once an hour, and not each five minutes: each is paid for.
func queueProps(stage Stage, own keys, what string, times settings.Settings) *awssqs.QueueProps {
	props := &awssqs.QueueProps{
		QueueName:       jsii.String(stage.name(what)),
		RetentionPeriod: wholeSeconds(times.QueueRetention),
		Encryption:      awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:      stage.enforceTLS(),
	}
	if own.data != nil {
		props.Encryption = awssqs.QueueEncryption_KMS
		props.EncryptionMasterKey = own.data
		props.DataKeyReuse = awscdk.Duration_Hours(jsii.Number(1))
	}
	return props
}

// subscribe hands tickets of one channel to its queue, as they were published (raw). What SNS cannot deliver goes to a
// queue of its own: those items never met the pipeline.
func (s *stateful) subscribe(queue awssqs.Queue, channel string) {
	s.topic.AddSubscription(awssnssubscriptions.NewSqsSubscription(queue, &awssnssubscriptions.SqsSubscriptionProps{
		RawMessageDelivery: jsii.Bool(true),
		DeadLetterQueue:    s.subscriptionDLQ,
		FilterPolicy: &map[string]awssns.SubscriptionFilter{
			contract.AttributeChannel: awssns.SubscriptionFilter_StringFilter(&awssns.StringConditions{
				Allowlist: jsii.Strings(channel),
			}),
		},
	}))
}

func (s *stateful) addOutputs() {
	output(s.stack, contract.OutputMessagesTable, s.messages.TableName(), "Table with one record for each message")
	output(s.stack, contract.OutputCircuitTable, s.circuit.TableName(), "Table with the circuit breaker of each channel")
	output(s.stack, contract.OutputTopicARN, s.topic.TopicArn(), "Topic to which tickets are published")
	output(s.stack, contract.OutputQueueURL, s.queue.QueueUrl(), "Queue from which the processor takes tickets")
	output(s.stack, contract.OutputDLQURL, s.dlq.QueueUrl(), "Queue with what the pipeline could not handle, or what expired")
	output(s.stack, contract.OutputSubscriptionDLQURL, s.subscriptionDLQ.QueueUrl(), "Queue with what SNS could not hand to the queue")
	output(s.stack, contract.OutputMetricsTable, s.metrics.TableName(), "Table with the hourly counters")
	output(s.stack, contract.OutputJobsTable, s.jobs.TableName(), "Table with the replays by filter")
	output(s.stack, contract.OutputUserPoolID, s.users.UserPoolId(), "The users and their groups")
}

// index is the ARN of an index of the messages table.
func (s *stateful) index(name string) *string {
	return jsii.String(*s.messages.TableArn() + "/index/" + name)
}

// wholeSeconds is d for CDK: AWS counts in seconds, and takes none below 1. Only divided settings need the rounding.
func wholeSeconds(d time.Duration) awscdk.Duration {
	return awscdk.Duration_Seconds(jsii.Number(max(1, math.Ceil(d.Seconds()))))
}
