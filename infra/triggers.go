package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// consumeQueue hands tickets to the processor. No more processors are started than may run: one that is throttled would
// use up its items' receives without ever having seen them.
func (p *pipeline) consumeQueue(own *lane) {
	options := &awslambda.EventSourceMappingOptions{
		EventSourceArn:          own.queue.QueueArn(),
		BatchSize:               jsii.Number(p.stage.BatchSize),
		MaxBatchingWindow:       awscdk.Duration_Seconds(jsii.Number(p.stage.QueueWindow.Seconds())),
		MaxConcurrency:          jsii.Number(own.processors),
		ReportBatchItemFailures: jsii.Bool(true),
	}
	if p.stage.fenced {
		options.Enabled = jsii.Bool(false)
	}
	p.live[own.channel.Processor].AddEventSourceMapping(jsii.String("Tickets"), options)
}

func (p *pipeline) runOnSchedule() {
	p.addRule("Hello", "hello", contract.TaskScheduler, "rate(24 hours)", "Makes the daily hello message")
	p.addRule("Sweep", "sweep", contract.TaskSweeper, "rate(1 minute)", "Looks for messages that were left behind")
}

func (p *pipeline) addRule(id, what string, task contract.Task, schedule, description string) {
	awsevents.NewRule(p.stack, jsii.String(id), &awsevents.RuleProps{
		RuleName:    jsii.String(p.stage.name(what)),
		Description: jsii.String(description),
		Enabled:     jsii.Bool(!p.stage.idle),
		Schedule:    awsevents.Schedule_Expression(jsii.String(schedule)),
		Targets:     &[]awsevents.IRuleTarget{awseventstargets.NewLambdaFunction(p.live[task], nil)},
	})
}
