package infra

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// The statistics in use.
const (
	statSum  = "Sum"
	statMax  = "Maximum"
	statMean = "Average"
	statP50  = "p50"
	statP95  = "p95"
	statP99  = "p99"
)

// The periods over which alarms look.
const (
	minute = time.Minute
	short  = 5 * time.Minute
	// tenMinutes covers two probes of a circuit that waits for an operator.
	tenMinutes = 10 * time.Minute
	quarter    = 15 * time.Minute
	hour       = time.Hour
	day        = 24 * time.Hour
)

func newMetric(namespace, name, statistic string, period time.Duration, dimensions map[string]*string) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String(namespace), MetricName: jsii.String(name), Statistic: jsii.String(statistic),
		Period: wholeSeconds(period), DimensionsMap: &dimensions,
	})
}

// own is a metric that our Lambdas write, of the whole stage.
func (w *watch) own(name telemetry.Metric, statistic string, period time.Duration) awscloudwatch.Metric {
	return newMetric(telemetry.Namespace, string(name), statistic, period, map[string]*string{
		telemetry.DimensionStage: jsii.String(w.stage.Name),
	})
}

func (w *watch) lambda(task contract.Task, name, statistic string, period time.Duration) awscloudwatch.Metric {
	return newMetric("AWS/Lambda", name, statistic, period, map[string]*string{
		"FunctionName": jsii.String(w.stage.functionName(task)),
	})
}

// queue is a metric of one of the stage's queues.
func (w *watch) queue(what, name string, period time.Duration) awscloudwatch.Metric {
	return newMetric("AWS/SQS", name, statMax, period, map[string]*string{"QueueName": jsii.String(w.stage.name(what))})
}

func (w *watch) api(name, statistic string, period time.Duration) awscloudwatch.Metric {
	return newMetric("AWS/ApiGateway", name, statistic, period, map[string]*string{
		"ApiName": jsii.String(w.stage.name("api")), "Stage": jsii.String(contract.APIStage),
	})
}

// workflow is a metric of the delivery workflow, whose name makes its ARN.
func (w *watch) workflow(name, statistic string, period time.Duration) awscloudwatch.Metric {
	return newMetric("AWS/States", name, statistic, period, map[string]*string{
		"StateMachineArn": w.stack.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("states"), Resource: jsii.String("stateMachine"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
			ResourceName: jsii.String(w.stage.name("deliver")),
		}),
	})
}

// computed is a metric made of others. CloudWatch charges an alarm for each of them.
func computed(label, expression string, period time.Duration, of map[string]awscloudwatch.IMetric) awscloudwatch.IMetric {
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: jsii.String(expression), Label: jsii.String(label), Period: wholeSeconds(period), UsingMetrics: &of,
	})
}
