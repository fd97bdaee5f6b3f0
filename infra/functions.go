package infra

import (
	"maps"
	"strconv"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// liveAlias is the alias through which everything calls a Lambda, so that a deployment can be rolled back by moving it.
const liveAlias = "live"

// functionSpec is what one Lambda differs in from the others.
type functionSpec struct {
	task        contract.Task
	description string
	timeout     time.Duration
	memoryMiB   int
	// reserved concurrency; 0 reserves none.
	reserved int
	// environment beside what every Lambda has.
	environment map[string]*string
	// may is all that the Lambda may do beside logging and tracing.
	may []awsiam.PolicyStatement
}

// addFunction adds a Lambda with its own log group and its own role, its current version, and the alias to that.
func (p *pipeline) addFunction(spec functionSpec) {
	id := constructID(spec.task)
	logs := newLogGroup(p.stack, id+"Logs", p.stage.functionLogGroupName(spec.task), p.stage)
	props := &awslambda.FunctionProps{
		FunctionName:  jsii.String(p.stage.functionName(spec.task)),
		Description:   jsii.String(spec.description),
		Runtime:       awslambda.Runtime_PROVIDED_AL2023(),
		Architecture:  p.stage.lambdaArchitecture(),
		Handler:       jsii.String("bootstrap"),
		Code:          awslambda.Code_FromAsset(jsii.String(p.options.assetPath(p.stage, spec.task)), nil),
		Timeout:       wholeSeconds(spec.timeout),
		MemorySize:    jsii.Number(spec.memoryMiB),
		Environment:   p.environment(spec.environment),
		LogGroup:      logs,
		LoggingFormat: awslambda.LoggingFormat_JSON,
		Role:          p.functionRole(spec, logs),
		Tracing:       awslambda.Tracing_DISABLED,
		// A run in flight and a roll-back still need the version before this one.
		CurrentVersionOptions: &awslambda.VersionOptions{RemovalPolicy: awscdk.RemovalPolicy_RETAIN},
	}
	if p.stage.Tracing {
		props.Tracing = awslambda.Tracing_ACTIVE
	}
	if p.stage.Reservations && spec.reserved > 0 {
		props.ReservedConcurrentExecutions = jsii.Number(spec.reserved)
	}
	function := awslambda.NewFunction(p.stack, jsii.String(id), props)
	p.functions[spec.task] = function
	p.live[spec.task] = awslambda.NewAlias(p.stack, jsii.String(id+"Live"), &awslambda.AliasProps{
		AliasName: jsii.String(liveAlias),
		Version:   function.CurrentVersion(),
	})
}

// newLogGroup goes with its stack: one that stayed would stand in the way of the next deployment under the same name.
func newLogGroup(stack awscdk.Stack, id, name string, stage Stage) awslogs.LogGroup {
	return awslogs.NewLogGroup(stack, jsii.String(id), &awslogs.LogGroupProps{
		LogGroupName:  jsii.String(name),
		Retention:     stage.LogRetention,
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
}

func (s Stage) lambdaArchitecture() awslambda.Architecture {
	if s.architecture() == "amd64" {
		return awslambda.Architecture_X86_64()
	}
	return awslambda.Architecture_ARM_64()
}

// environment is what every Lambda has, and what is the Lambda's own.
func (p *pipeline) environment(own map[string]*string) *map[string]*string {
	all := map[string]*string{
		contract.EnvStage:    jsii.String(p.stage.Name),
		contract.EnvLogLevel: jsii.String(p.stage.LogLevel),
	}
	if p.options.TimeDivisor > 1 {
		all[contract.EnvTimeDivisor] = jsii.String(strconv.Itoa(p.options.TimeDivisor))
	}
	maps.Copy(all, own)
	return &all
}
