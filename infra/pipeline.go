package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/settings"
)

// pipeline is what works on messages: the Lambdas, the workflow, and what starts them. It keeps nothing.
type pipeline struct {
	lambdaStack

	// times are undivided: AWS takes timeouts in whole seconds.
	times settings.Settings
	kept  stateful

	// lane is ntfy's, others are those of the other channels.
	lane
	others []*lane
	// scheduleRole is the role in which users' schedules call their Lambda.
	scheduleRole awsiam.IRole
}

func newPipelineStack(app awscdk.App, stage Stage, options Options, kept stateful) (*pipeline, error) {
	p := &pipeline{
		lambdaStack: newLambdaStack(app, stage, options, kept.keys, "pipeline",
			"rez_agent: the Lambdas, the delivery workflow and what starts them"),
		times: settings.Default(),
		kept:  kept,
		lane: lane{
			channel: contract.Ntfy(), channelQueues: channelQueues{queue: kept.queue, dlq: kept.dlq}, processors: stage.MaxProcessors,
		},
	}
	for _, spec := range p.workflowFunctions() {
		p.addFunction(spec)
	}
	if err := p.addWorkflow(&p.lane); err != nil {
		return nil, err
	}
	for _, spec := range p.triggeredFunctions() {
		p.addFunction(spec)
	}
	p.consumeQueue(&p.lane)
	for _, channel := range options.others() {
		if err := p.addChannel(channel); err != nil {
			return nil, err
		}
	}
	p.shiftGradually(shifts(append(p.processorTasks(), contract.TaskScheduler)...)...)
	if !stage.standsBy() { // the first region's stream tells of both
		p.consumeStream()
	}
	p.runOnSchedule()
	p.retryReplayJobs()
	p.scheduleRole = p.newScheduleRole()
	p.addOutputs()
	return p, nil
}

func (p *pipeline) addOutputs() {
	output(p.stack, contract.OutputStateMachineARN, p.workflow.StateMachineArn(), "The workflow that delivers a message")
	output(p.stack, contract.OutputWorkflowLogGroup, jsii.String(p.stage.workflowLogGroupName()), "The executions' history")
	for _, own := range p.others {
		output(p.stack, contract.OutputStateMachineARN+own.channel.Name, own.workflow.StateMachineArn(), "The workflow of the channel "+own.channel.Name)
	}
	p.addFunctionOutputs()
}
