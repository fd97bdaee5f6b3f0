package infra

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/settings"
)

// pipeline is what works on messages: the Lambdas, the workflow, and what starts them. It keeps nothing.
type pipeline struct {
	stack   awscdk.Stack
	stage   Stage
	options Options
	// times are undivided: AWS takes timeouts in whole seconds.
	times settings.Settings
	kept  stateful

	functions map[contract.Task]awslambda.Function
	live      map[contract.Task]awslambda.IFunction
	workflow  awsstepfunctions.StateMachine
}

func newPipelineStack(app awscdk.App, stage Stage, options Options, kept stateful) error {
	p := &pipeline{
		stack:     newStack(app, stage, "pipeline", "rez_agent: the Lambdas, the delivery workflow and what starts them"),
		stage:     stage,
		options:   options,
		times:     settings.Default(),
		kept:      kept,
		functions: map[contract.Task]awslambda.Function{},
		live:      map[contract.Task]awslambda.IFunction{},
	}
	for _, spec := range p.workflowFunctions() {
		p.addFunction(spec)
	}
	if err := p.addWorkflow(); err != nil {
		return err
	}
	for _, spec := range p.triggeredFunctions() {
		p.addFunction(spec)
	}
	p.consumeQueue()
	p.runOnSchedule()
	p.addOutputs()
	return nil
}

func (p *pipeline) addOutputs() {
	output(p.stack, contract.OutputStateMachineARN, p.workflow.StateMachineArn(), "The workflow that delivers a message")
	output(p.stack, contract.OutputWorkflowLogGroup, jsii.String(p.stage.workflowLogGroupName()), "The executions' history")
	for _, task := range contract.Tasks() {
		output(p.stack, outputID(task), p.functions[task].FunctionName(), "The Lambda "+string(task))
	}
}

// outputID is the name of the output with a function's name, as package contract describes it.
func outputID(task contract.Task) string {
	return contract.OutputFunction + string(task)
}

// constructID is a Lambda's name as the CDK likes names of constructs.
func constructID(task contract.Task) string {
	return strings.ToUpper(string(task[:1])) + string(task[1:])
}
