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

// shiftGradually moves each Lambda's alias to a new version by a tenth of its calls a minute, and back to the old one as
// soon as one call breaks. Our Lambdas answer what goes wrong; one that breaks has crashed or ran out of time.
func (l *lambdaStack) shiftGradually(tasks ...contract.Task) {
	if !l.stage.Shift {
		return
	}
	application := awscodedeploy.NewLambdaApplication(l.stack, jsii.String("Deployments"), &awscodedeploy.LambdaApplicationProps{
		ApplicationName: l.stack.StackName(),
	})
	role := l.newRole("DeploymentRole", "codedeploy.amazonaws.com", "What a gradual deployment may do", l.mayShift(tasks))
	for _, task := range tasks {
		id := constructID(task)
		alias := l.alias(task)
		awscodedeploy.NewLambdaDeploymentGroup(l.stack, jsii.String(id+"Deployment"), &awscodedeploy.LambdaDeploymentGroupProps{
			Application:         application,
			DeploymentGroupName: jsii.String(l.stage.functionName(task)),
			Alias:               alias,
			Role:                role,
			DeploymentConfig:    awscodedeploy.LambdaDeploymentConfig_LINEAR_10PERCENT_EVERY_1MINUTE(),
			Alarms:              &[]interfacesawscloudwatch.IAlarmRef{l.rollBackAlarm(id, string(task), alias.MetricErrors(sumOfAMinute()), 1)},
			AutoRollback: &awscodedeploy.AutoRollbackConfig{
				FailedDeployment: jsii.Bool(true), StoppedDeployment: jsii.Bool(true), DeploymentInAlarm: jsii.Bool(true),
			},
		})
	}
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
func (l *lambdaStack) mayShift(tasks []contract.Task) []awsiam.PolicyStatement {
	may := []awsiam.PolicyStatement{allow(jsii.String("*"), "cloudwatch:DescribeAlarms")}
	for _, task := range tasks {
		for _, arn := range []*string{l.functions[task].FunctionArn(), l.liveARN(task)} {
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
