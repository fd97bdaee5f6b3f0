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
		if stage.needsDomain() && options.Domain == nil {
			return fmt.Errorf("stage %s: PrivateAPI or SecondRegion is on: give the domain under which it is reached (-c %s, -c %s)",
				stage.Name, contextDomain, contextHostedZone)
		}
		if options.withoutCertificate() {
			newCertificateStack(app, stage, *options.Domain)
			continue
		}
		if err := addRegions(app, stage, options, times.Divided(options.TimeDivisor)); err != nil {
			return err
		}
	}
	return nil
}

// addRegions adds a stage's stacks, in its one region or in both.
func addRegions(app awscdk.App, stage Stage, options Options, times settings.Settings) error {
	if stage.SecondRegion != "" {
		return addBothRegions(app, stage, options, times)
	}
	if options.FailedOver {
		return fmt.Errorf("stage %s: %s is given: it has no second region", stage.Name, contextFailedOver)
	}
	return addStage(app, stage, options, newStatefulStack(app, stage, options.others(), times))
}

// addStage adds what works with the stateful things of a stage, in one region.
func addStage(app awscdk.App, stage Stage, options Options, kept stateful) error {
	work, err := newPipelineStack(app, stage, options, kept)
	if err != nil {
		return err
	}
	var way *network
	if stage.PrivateAPI {
		way = newNetworkStack(app, stage, *options.Domain)
	}
	around := newAPIStack(app, stage, options, kept, work, way)
	if around.edge != nil {
		newDashboardStack(app, stage, options, around.edge)
	}
	if stage.watchedHere() {
		newWatchStack(app, stage, options, kept)
	}
	return nil
}

// newStack makes one stack of a stage. It names no account and no region: it deploys to the caller's own, and the
// template is the same for everyone.
func newStack(app awscdk.App, stage Stage, what, description string) awscdk.Stack {
	return newStackIn(app, stage, what, description, "")
}

// newStackIn makes a stack that belongs into one region; empty is the caller's own.
func newStackIn(app awscdk.App, stage Stage, what, description, region string) awscdk.Stack {
	name := stage.name(what)
	if stage.standsBy() {
		name, region = name+standingBy, stage.region
	}
	props := &awscdk.StackProps{
		StackName:             jsii.String(name),
		Description:           jsii.String(description),
		Synthesizer:           stage.synthesizer(),
		TerminationProtection: jsii.Bool(stage.KeepData),
	}
	if region != "" {
		props.Env = &awscdk.Environment{Region: jsii.String(region)}
	}
	return awscdk.NewStack(app, jsii.String(name), props)
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
