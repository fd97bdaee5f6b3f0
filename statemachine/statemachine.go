// Package statemachine is the workflow that delivers one message: a Step Functions Express workflow, written in Go CDK,
// one for each channel, and kept as ASL in testdata/<its name>.asl.json. Its states pass ids and outcomes only, never the message's text, because
// the console and the logs show what passes.
package statemachine

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/settings"
)

func comment(channel contract.Channel) string {
	return fmt.Sprintf("Delivers one message to %s. The row MarkProcessing, CheckCircuit, %s, MarkCompleted is a delivery that goes "+
		"well; below it a message waits (MarkDeferred) or ends (MarkFailed). States pass ids and outcomes only: the text is "+
		"in the messages table.", channel.Service, channel.StateSend)
}

// Props are what the workflow needs from the stack around it.
type Props struct {
	// Channel is the way out that the workflow serves: it names the state that sends, its errors and its Lambdas.
	Channel contract.Channel
	// Name is the state machine's physical name.
	Name string
	// Role is what the workflow may do. It is used as it is: nothing is added to it.
	Role awsiam.IRole
	// LogGroup takes the executions' history, which an Express workflow keeps nowhere else.
	LogGroup awslogs.ILogGroup
	// LogLevel is how much of the history is kept.
	LogLevel awsstepfunctions.LogLevel
	// Tracing sends traces to X-Ray.
	Tracing bool
	// Lambdas has one function (its alias) for each of the channel's steps.
	Lambdas map[contract.Task]awslambda.IFunction
	// Messages is the table that holds the leases.
	Messages awsdynamodb.ITable
	// Settings are the timeouts and the waits between sends.
	Settings settings.Settings
}

// New adds the workflow to scope. It fails if a Lambda is missing or if ASL cannot express the waits between sends.
func New(scope constructs.Construct, id string, props Props) (awsstepfunctions.StateMachine, error) {
	for _, task := range props.Channel.Steps() {
		if props.Lambdas[task] == nil {
			return nil, fmt.Errorf("workflow %s: no Lambda for task %s", props.Name, task)
		}
	}
	resend, err := retryAfter(props.Channel.Faults.Unavailable, props.Settings.SendRetries)
	if err != nil {
		return nil, fmt.Errorf("workflow %s: %w", props.Name, err)
	}
	scope = constructs.NewConstruct(scope, jsii.String(id+"States"))
	all := newStates(scope, props)
	all.wire(props.Channel, resend, onceMore(props.Settings.CompleteAgain))
	return awsstepfunctions.NewStateMachine(scope, jsii.String(id), &awsstepfunctions.StateMachineProps{
		StateMachineName: jsii.String(props.Name),
		StateMachineType: awsstepfunctions.StateMachineType_EXPRESS,
		Comment:          jsii.String(comment(props.Channel)),
		DefinitionBody:   awsstepfunctions.DefinitionBody_FromChainable(all.markProcessing),
		Timeout:          seconds(props.Settings.Workflow),
		Role:             props.Role,
		TracingEnabled:   jsii.Bool(props.Tracing),
		Logs: &awsstepfunctions.LogOptions{
			Destination:          props.LogGroup,
			Level:                props.LogLevel,
			IncludeExecutionData: jsii.Bool(true),
		},
	}), nil
}

// seconds is d for CDK; AWS knows timeouts in whole seconds only.
func seconds(d time.Duration) awscdk.Duration {
	return awscdk.Duration_Seconds(jsii.Number(d.Seconds()))
}
