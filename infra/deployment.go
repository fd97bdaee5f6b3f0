package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// shift is how one Lambda goes over to a new version.
type shift struct {
	task contract.Task
	// canary keeps a tenth of the calls on the new version for five minutes and then moves all; else a tenth more each minute.
	canary bool
	// beside are alarms that end the shift like the Lambda's own errors do.
	beside []awscloudwatch.Alarm
}

// shifts are those of Lambdas that go over alike.
func shifts(tasks ...contract.Task) []shift {
	all := make([]shift, 0, len(tasks))
	for _, task := range tasks {
		all = append(all, shift{task: task})
	}
	return all
}

// shiftGradually moves each Lambda's alias to a new version by a tenth of its calls a minute, and back to the old one as
// soon as one call breaks. Our Lambdas answer what goes wrong; one that breaks has crashed or ran out of time.
func (l *lambdaStack) shiftGradually(shifts ...shift) {
	if !l.stage.Shift {
		return
	}
	application := awscodedeploy.NewLambdaApplication(l.stack, jsii.String("Deployments"), &awscodedeploy.LambdaApplicationProps{
		ApplicationName: l.stack.StackName(),
	})
	role := l.newRole("DeploymentRole", "codedeploy.amazonaws.com", "What a gradual deployment may do", l.mayShift(shifts))
	for _, one := range shifts {
		id := constructID(one.task)
		alias := l.alias(one.task)
		alarms := []interfacesawscloudwatch.IAlarmRef{l.rollBackAlarm(id, string(one.task), alias.MetricErrors(sumOfAMinute()), 1)}
		for _, alarm := range one.beside {
			alarms = append(alarms, alarm)
		}
		awscodedeploy.NewLambdaDeploymentGroup(l.stack, jsii.String(id+"Deployment"), &awscodedeploy.LambdaDeploymentGroupProps{
			Application:         application,
			DeploymentGroupName: jsii.String(l.stage.functionName(one.task)),
			Alias:               alias,
			Role:                role,
			DeploymentConfig:    one.pace(),
			Alarms:              &alarms,
			AutoRollback: &awscodedeploy.AutoRollbackConfig{
				FailedDeployment: jsii.Bool(true), StoppedDeployment: jsii.Bool(true), DeploymentInAlarm: jsii.Bool(true),
			},
		})
	}
}

func (s shift) pace() awscodedeploy.ILambdaDeploymentConfig {
	if s.canary {
		return awscodedeploy.LambdaDeploymentConfig_CANARY_10PERCENT_5MINUTES()
	}
	return awscodedeploy.LambdaDeploymentConfig_LINEAR_10PERCENT_EVERY_1MINUTE()
}

// webAPIShift also looks at what the gateway answers: webapi turns its own faults into answers, which are no errors of the
// Lambda. The gateway's own canary would be of no use: it tells two deployments of the gateway apart, and both call live.
func (a *api) webAPIShift() shift {
	// fewFaults in a minute may be a service behind the API; three are more than one client's bad luck.
	const fewFaults = 3
	s := shift{task: contract.TaskWebAPI, canary: a.stage.APICanary}
	if a.stage.Shift {
		s.beside = append(s.beside, a.rollBackAlarm("Answers", "api-answers", a.gateway.MetricServerError(sumOfAMinute()), fewFaults))
	}
	return s
}

// alias of a Lambda, which live holds as what can be called.
func (l *lambdaStack) alias(task contract.Task) awslambda.Alias {
	alias, ok := l.live[task].(awslambda.Alias)
	if !ok {
		panic("live holds something else than the alias of " + string(task))
	}
	return alias
}

// mayShift is what CodeDeploy does in our name. It asks for alarms by names that AWS does not check against a resource. The
// alias is named, not referred to: its update waits for the deployment group, which waits for this role.
func (l *lambdaStack) mayShift(shifts []shift) []awsiam.PolicyStatement {
	may := []awsiam.PolicyStatement{allow(jsii.String("*"), "cloudwatch:DescribeAlarms")}
	for _, one := range shifts {
		for _, arn := range []*string{l.functions[one.task].FunctionArn(), l.liveARN(one.task)} {
			may = append(may, allow(arn, "lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"))
		}
	}
	return may
}

func sumOfAMinute() *awscloudwatch.MetricOptions {
	return &awscloudwatch.MetricOptions{Statistic: jsii.String("Sum"), Period: awscdk.Duration_Minutes(jsii.Number(1))}
}

// rollBackAlarm ends a deployment. Nobody is called for it: the old version works on.
func (l *lambdaStack) rollBackAlarm(id, what string, metric awscloudwatch.IMetric, threshold float64) awscloudwatch.Alarm {
	return awscloudwatch.NewAlarm(l.stack, jsii.String(id+"RollBack"), &awscloudwatch.AlarmProps{
		AlarmName:          jsii.String(l.stage.name("rollback-" + what)),
		AlarmDescription:   jsii.String("Ends a deployment of " + what + " and goes back to the version before it"),
		Metric:             metric,
		Threshold:          jsii.Number(threshold),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
		EvaluationPeriods:  jsii.Number(1),
		TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
	})
}
