package infra

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

const (
	// shiftedAtOnce is how much of the work, in percent, goes to a new version of the workflow each minute.
	shiftedAtOnce = 10
	// failedShare, in percent, is what no healthy minute reaches. A new version that breaks everything breaks a tenth of
	// all executions in its first minute.
	failedShare = 5
)

// callees are the Lambdas as the workflow calls them. Where it shifts gradually it pins their versions: an execution then
// runs all of the old code or all of the new, and the workflow's alias moves both at once.
func (p *pipeline) callees(channel contract.Channel) map[contract.Task]awslambda.IFunction {
	if !p.stage.Shift {
		return p.live
	}
	pinned := map[contract.Task]awslambda.IFunction{}
	for _, task := range channel.Steps() {
		pinned[task] = p.functions[task].CurrentVersion()
	}
	return pinned
}

// publishWorkflow gives the workflow a version for each change, and an alias that goes over to it bit by bit. Versions are
// kept: one of them is what a roll-back goes to.
func (p *pipeline) publishWorkflow(own *lane) {
	own.workflowARN = own.workflow.StateMachineArn()
	if !p.stage.Shift {
		return
	}
	version := awsstepfunctions.NewCfnStateMachineVersion(p.stack, jsii.String(own.id("DeliverVersion")),
		&awsstepfunctions.CfnStateMachineVersionProps{
			StateMachineArn:        own.workflow.StateMachineArn(),
			StateMachineRevisionId: own.workflow.StateMachineRevisionId(),
		})
	version.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN, nil)
	alarm := p.rollBackAlarm(own.id("Deliver"), own.channel.Workflow, p.failedExecutions(own), failedShare)
	alias := awsstepfunctions.NewCfnStateMachineAlias(p.stack, jsii.String(own.id("DeliverLive")), &awsstepfunctions.CfnStateMachineAliasProps{
		Name: jsii.String(contract.LiveAlias),
		DeploymentPreference: &awsstepfunctions.CfnStateMachineAlias_DeploymentPreferenceProperty{
			StateMachineVersionArn: version.Ref(),
			Type:                   jsii.String("LINEAR"),
			Percentage:             jsii.Number(shiftedAtOnce),
			Interval:               jsii.Number(1),
			Alarms:                 &[]*string{alarm.AlarmName()},
		},
	})
	own.workflowARN = alias.Ref()
}

// failedExecutions is the share of executions that broke or ran out of time, in percent; with fewer than three it is 0.
// An execution also fails where its message is refused or its deadline has passed, which AWS's own count cannot tell
// apart: so those that broke are counted in the executions' log.
func (p *pipeline) failedExecutions(own *lane) awscloudwatch.IMetric {
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: jsii.String("IF(FILL(failed, 0) + FILL(late, 0) >= 3, 100 * (FILL(failed, 0) + FILL(late, 0)) / started, 0)"),
		Label:      jsii.String("failed executions, %"),
		Period:     awscdk.Duration_Minutes(jsii.Number(1)),
		UsingMetrics: &map[string]awscloudwatch.IMetric{
			"failed":  p.brokenExecutions(own).Metric(sumOfAMinute()),
			"late":    own.workflow.MetricTimedOut(sumOfAMinute()),
			"started": own.workflow.MetricStarted(sumOfAMinute()),
		},
	})
}

// brokenExecutions counts the executions that failed for anything else than what the receiver or the clock decided. An error whose
// name the log does not tell counts as broken.
func (p *pipeline) brokenExecutions(own *lane) awslogs.MetricFilter {
	pattern := fmt.Sprintf(`{ ($.type = "ExecutionFailed") && (($.details.error NOT EXISTS) || (($.details.error != %q) && ($.details.error != %q))) }`,
		contract.ErrorDeliveryFailed, contract.ErrorDeliveryExpired)
	return awslogs.NewMetricFilter(p.stack, jsii.String(own.id("BrokenExecutions")), &awslogs.MetricFilterProps{
		LogGroup:        own.logs,
		FilterName:      jsii.String("broken"),
		FilterPattern:   awslogs.FilterPattern_Literal(jsii.String(pattern)),
		MetricNamespace: jsii.String(telemetry.Namespace),
		MetricName:      jsii.String("broken_executions_" + p.stage.name(own.channel.Workflow)),
		MetricValue:     jsii.String("1"),
	})
}

// mayStartWorkflow is the right to start executions. AWS checks it on the workflow and not on its alias, which is a
// condition instead: so nobody starts a version that is not live.
func (p *pipeline) mayStartWorkflow(own *lane) awsiam.PolicyStatement {
	may := allow(own.workflow.StateMachineArn(), "states:StartSyncExecution")
	if p.stage.Shift {
		may.AddCondition(jsii.String("StringEquals"), map[string]any{"states:StateMachineQualifier": contract.LiveAlias})
	}
	return may
}
