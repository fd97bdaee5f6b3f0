package infra

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// authorizer asks nobody but the user pool, whose keys are public: it needs no rights.
func (a *api) authorizer() functionSpec {
	return functionSpec{
		task:        contract.TaskAuthorizer,
		description: "Says who asks: checks the access token of a request",
		timeout:     authorizerTimeout,
		memoryMiB:   mediumMemory,
		environment: a.authorizerEnvironment(),
	}
}

func (a *api) authorizerEnvironment() map[string]*string {
	all := a.signInEnvironment()
	if a.stage.UsagePlans {
		all[contract.EnvUsageKeys] = jsii.String(a.stage.usageKeys())
	}
	return all
}

func (a *api) webAPI() functionSpec {
	return functionSpec{
		task:        contract.TaskWebAPI,
		description: "Answers the REST API",
		timeout:     webAPITimeout,
		memoryMiB:   largeMemory,
		reserved:    webAPIs,
		environment: a.webAPIEnvironment(),
		may: slices.Concat(a.mayWorkOnMessages(), a.mayKeepSchedules(),
			a.keys.mayUseSecret(a.paramARN(a.stage.sessionKeyParam()), "kms:Decrypt", "kms:Encrypt")),
		wide: []finding{{
			rule: "IAM5", only: `/^Resource::arn:.*:schedule\/rez-agent-[a-z]+\/\*$/`,
			reason: "The schedules of the stage's group: users make them while it runs.",
		}},
	}
}

func (a *api) webAPIEnvironment() map[string]*string {
	all := a.signInEnvironment()
	maps.Copy(all, map[string]*string{
		contract.EnvMessagesTable:   a.kept.messages.TableName(),
		contract.EnvCircuitTable:    a.kept.circuit.TableName(),
		contract.EnvMetricsTable:    a.kept.metrics.TableName(),
		contract.EnvJobsTable:       a.kept.jobs.TableName(),
		contract.EnvTopicARN:        a.kept.topic.TopicArn(),
		contract.EnvQueueURL:        a.kept.queue.QueueUrl(),
		contract.EnvDLQURL:          a.kept.dlq.QueueUrl(),
		contract.EnvStateMachineARN: a.pipeline.workflow.StateMachineArn(),
		contract.EnvWorkflowLogs:    jsii.String(a.stage.workflowLogGroupName()),
		contract.EnvReplayJob:       jsii.String(a.stage.functionName(contract.TaskReplayJob)),
		contract.EnvScheduleGroup:   jsii.String(a.stage.scheduleGroupName()),
		contract.EnvScheduleTarget:  a.pipeline.live[contract.TaskFireSchedule].FunctionArn(),
		contract.EnvScheduleRole:    a.pipeline.scheduleRole.RoleArn(),
		contract.EnvSessionKeyParam: jsii.String(a.stage.sessionKeyParam()),
		contract.EnvSignInURL:       a.signInURL,
		contract.EnvPublicURL:       a.publicURL,
		contract.EnvVersion:         jsii.String(a.options.Version),
	})
	maps.Copy(all, a.options.acceptorEnvironment())
	maps.Copy(all, a.kept.queueEnvironment(a.options.others()))
	if a.keys.secrets != nil {
		all[contract.EnvSecretsKey] = a.keys.secrets.KeyArn()
	}
	return all
}

// signInEnvironment is what tells whose tokens are good.
func (a *api) signInEnvironment() map[string]*string {
	environment := map[string]*string{
		contract.EnvUserPoolID:  a.kept.users.UserPoolId(),
		contract.EnvClientID:    a.browser.UserPoolClientId(),
		contract.EnvCLIClientID: a.cli.UserPoolClientId(),
	}
	if a.publicKeys != nil {
		environment[contract.EnvJWKSURL] = a.publicKeys
	}
	return environment
}

// mayWorkOnMessages is all that webapi does beside schedules. A redrive is a move by SQS itself, in webapi's name: it
// takes from the DLQ and sends to the queue. The session key is made at first need.
func (a *api) mayWorkOnMessages() []awsiam.PolicyStatement {
	may := []awsiam.PolicyStatement{
		allow(a.kept.messages.TableArn(), getItem, batchGetItem, putItem, updateItem),
		allow(a.kept.index(contract.StageIndex), query),
		allow(a.kept.index(contract.StatusIndex), query),
		allow(a.kept.circuit.TableArn(), getItem, updateItem),
		allow(a.kept.metrics.TableArn(), query, updateItem),
		allow(a.kept.jobs.TableArn(), getItem, putItem),
		allow(a.kept.topic.TopicArn(), publish),
		allow(a.kept.queue.QueueArn(), readQueue, sendItem),
		allow(a.kept.dlq.QueueArn(), redriveFrom()...),
		allow(a.liveARN(contract.TaskReplayJob), invoke),
		allow(a.pipeline.workflow.StateMachineArn(), "states:DescribeStateMachine"),
		allow(a.paramARN(a.stage.sessionKeyParam()), getParameter, "ssm:PutParameter"),
	}
	for _, channel := range a.options.others() {
		queues := a.kept.others[channel.Name]
		may = append(may, allow(queues.queue.QueueArn(), readQueue, sendItem), allow(queues.dlq.QueueArn(), redriveFrom()...))
	}
	return may
}

// redriveFrom is what a redrive does to the dead-letter queue.
func redriveFrom() []string {
	return []string{readQueue, receiveItem, deleteItem, "sqs:ChangeMessageVisibility", "sqs:StartMessageMoveTask"}
}
