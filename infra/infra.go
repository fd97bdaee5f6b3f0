// Package infra is the CDK app: which AWS resources each stage has, and what each of them may do. Stateful things are in
// a stack of their own, so that the pipeline and the API can be replaced without touching what they keep.
package infra

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/settings"
)

// AddStacks adds the three stacks of each stage to the app. It fails where a stage or the settings contradict themselves,
// which is better found here than by a message.
func AddStacks(app awscdk.App, options Options) error {
	times := settings.Default()
	if err := times.Check(); err != nil {
		return fmt.Errorf("the settings contradict each other: %w", err)
	}
	for _, stage := range options.Stages {
		if err := stage.check(len(options.others())); err != nil {
			return err
		}
		stateful := newStatefulStack(app, stage, options.others(), times.Divided(options.TimeDivisor))
		work, err := newPipelineStack(app, stage, options, stateful)
		if err != nil {
			return err
		}
		around := newAPIStack(app, stage, options, stateful, work)
		if around.edge != nil {
			newDashboardStack(app, stage, options, around.edge)
		}
		if stage.watched() {
			newWatchStack(app, stage, options)
		}
	}
	return nil
}

// newStack makes one stack of a stage. It names no account and no region: it deploys to the caller's own, and the
// template is the same for everyone.
func newStack(app awscdk.App, stage Stage, what, description string) awscdk.Stack {
	return awscdk.NewStack(app, jsii.String(stage.name(what)), &awscdk.StackProps{
		StackName:             jsii.String(stage.name(what)),
		Description:           jsii.String(description),
		Synthesizer:           stage.synthesizer(),
		TerminationProtection: jsii.Bool(stage.KeepData),
	})
}

// keep is what happens to things that hold data when their stack goes.
func (s Stage) keep() awscdk.RemovalPolicy {
	if s.KeepData {
		return awscdk.RemovalPolicy_RETAIN
	}
	return awscdk.RemovalPolicy_DESTROY
}

// output writes value into the stack's outputs under exactly this name. The construct has another one: a resource may
// already be called so.
func output(stack awscdk.Stack, name string, value *string, description string) {
	out := awscdk.NewCfnOutput(stack, jsii.String(name+"Output"), &awscdk.CfnOutputProps{
		Value: value, Description: jsii.String(description),
	})
	out.OverrideLogicalId(jsii.String(name))
}
