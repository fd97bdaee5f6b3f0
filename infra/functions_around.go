package infra

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// Timeouts of the Lambdas around the pipeline: nothing else hangs on them.
const (
	webAPITimeout     = 15 * time.Second
	authorizerTimeout = 10 * time.Second
	rollupTimeout     = 30 * time.Second
	// replayJobTimeout is how long one run works on a job before it hands on to the next.
	replayJobTimeout = 5 * time.Minute
)

// rollup may list streams without a resource: AWS knows none for that action.
func (p *pipeline) rollup() functionSpec {
	return functionSpec{
		task:        contract.TaskRollup,
		description: "Keeps the hourly counters from what changes in the messages table",
		timeout:     rollupTimeout,
		memoryMiB:   smallMemory,
		environment: map[string]*string{contract.EnvMetricsTable: p.kept.metrics.TableName()},
		may: []awsiam.PolicyStatement{
			allow(p.kept.messages.TableStreamArn(), "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
			allow(jsii.String("*"), "dynamodb:ListStreams"),
			// Its transactions hold updates alone; it reads what was counted before.
			allow(p.kept.metrics.TableArn(), query, updateItem),
		},
	}
}

func (p *pipeline) fireSchedule() functionSpec {
	return functionSpec{
		task:        contract.TaskFireSchedule,
		description: "Makes the messages of users' schedules",
		timeout:     p.times.Scheduler,
		memoryMiB:   mediumMemory,
		reserved:    scheduleFirings,
		environment: map[string]*string{
			contract.EnvTopicARN:      p.kept.topic.TopicArn(),
			contract.EnvMessagesTable: p.kept.messages.TableName(),
		},
		may: []awsiam.PolicyStatement{
			allow(p.kept.messages.TableArn(), getItem, putItem),
			allow(p.kept.topic.TopicArn(), publish),
		},
	}.withEnvironment(p.options.acceptorEnvironment())
}

// replayJob calls itself to go on with a job that is longer than one run.
func (p *pipeline) replayJob() functionSpec {
	return functionSpec{
		task:        contract.TaskReplayJob,
		description: "Replays the messages of a filter, page by page",
		timeout:     replayJobTimeout,
		memoryMiB:   mediumMemory,
		environment: map[string]*string{
			contract.EnvMessagesTable: p.kept.messages.TableName(),
			contract.EnvJobsTable:     p.kept.jobs.TableName(),
			contract.EnvTopicARN:      p.kept.topic.TopicArn(),
			contract.EnvReplayJob:     jsii.String(p.stage.functionName(contract.TaskReplayJob)),
		},
		may: []awsiam.PolicyStatement{
			allow(p.kept.messages.TableArn(), getItem, batchGetItem, updateItem),
			allow(p.kept.index(contract.StageIndex), query),
			allow(p.kept.index(contract.StatusIndex), query),
			allow(p.kept.jobs.TableArn(), getItem, putItem),
			allow(p.kept.topic.TopicArn(), publish),
			allow(p.liveARN(contract.TaskReplayJob), invoke),
		},
	}
}

// retryReplayJobs starts a run again that died: a job knows how far it is.
func (p *pipeline) retryReplayJobs() {
	const retries = 2
	awslambda.NewEventInvokeConfig(p.stack, jsii.String("ReplayJobRetries"), &awslambda.EventInvokeConfigProps{
		Function:      p.functions[contract.TaskReplayJob],
		Qualifier:     jsii.String(contract.LiveAlias),
		RetryAttempts: jsii.Number(retries),
	}).Node().AddDependency(p.live[contract.TaskReplayJob])
}

// consumeStream hands every change of a record to rollup. A batch that fails is halved until the record at fault is
// alone, and tried until it is too old. No queue takes what was given up: `make reconcile` counts it from the records.
func (p *pipeline) consumeStream() {
	p.live[contract.TaskRollup].AddEventSourceMapping(jsii.String("Changes"), &awslambda.EventSourceMappingOptions{
		EventSourceArn:     p.kept.messages.TableStreamArn(),
		StartingPosition:   awslambda.StartingPosition_TRIM_HORIZON,
		BatchSize:          jsii.Number(100),
		MaxBatchingWindow:  awscdk.Duration_Seconds(jsii.Number(p.stage.streamWindow().Seconds())),
		BisectBatchOnError: jsii.Bool(true),
		MaxRecordAge:       awscdk.Duration_Seconds(jsii.Number(p.stage.streamPatience().Seconds())),
	})
}
