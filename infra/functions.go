package infra

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// lambdaStack is a stack that holds Lambdas.
type lambdaStack struct {
	stack     awscdk.Stack
	stage     Stage
	options   Options
	keys      keys
	functions map[contract.Task]awslambda.Function
	live      map[contract.Task]awslambda.IFunction
}

func newLambdaStack(app awscdk.App, stage Stage, options Options, own keys, what, description string) lambdaStack {
	return lambdaStack{
		stack:     newStack(app, stage, what, description),
		stage:     stage,
		options:   options,
		keys:      own,
		functions: map[contract.Task]awslambda.Function{},
		live:      map[contract.Task]awslambda.IFunction{},
	}
}

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
	// wide says why a right is for more than one thing.
	wide []finding
}

// addFunction adds a Lambda with its own log group and its own role, its current version, and the alias to that.
func (l *lambdaStack) addFunction(spec functionSpec) {
	id := constructID(spec.task)
	logs := l.newLogGroup(id+"Logs", l.stage.functionLogGroupName(spec.task))
	props := &awslambda.FunctionProps{
		FunctionName:  jsii.String(l.stage.functionName(spec.task)),
		Description:   jsii.String(spec.description),
		Runtime:       awslambda.Runtime_PROVIDED_AL2023(),
		Architecture:  l.stage.lambdaArchitecture(),
		Handler:       jsii.String("bootstrap"),
		Code:          awslambda.Code_FromAsset(jsii.String(l.options.assetPath(l.stage, spec.task)), nil),
		Timeout:       wholeSeconds(spec.timeout),
		MemorySize:    jsii.Number(spec.memoryMiB),
		Environment:   l.environment(spec.environment),
		LogGroup:      logs,
		LoggingFormat: awslambda.LoggingFormat_JSON,
		// Three lines of AWS's own for each invocation would cost more than the invocation.
		SystemLogLevelV2: awslambda.SystemLogLevel_WARN,
		Role:             l.functionRole(spec, logs),
		Tracing:          awslambda.Tracing_DISABLED,
		// A run in flight and a roll-back still need the version before this one.
		CurrentVersionOptions: &awslambda.VersionOptions{RemovalPolicy: awscdk.RemovalPolicy_RETAIN},
	}
	if l.stage.Tracing {
		props.Tracing = awslambda.Tracing_ACTIVE
	}
	if l.stage.Reservations && spec.reserved > 0 {
		props.ReservedConcurrentExecutions = jsii.Number(spec.reserved)
	}
	function := awslambda.NewFunction(l.stack, jsii.String(id), props)
	l.functions[spec.task] = function
	l.live[spec.task] = awslambda.NewAlias(l.stack, jsii.String(id+"Live"), &awslambda.AliasProps{
		AliasName: jsii.String(contract.LiveAlias),
		Version:   function.CurrentVersion(),
	})
}

// newLogGroup goes with its stack: one that stayed would stand in the way of the next deployment under the same name.
func (l *lambdaStack) newLogGroup(id, name string) awslogs.LogGroup {
	return awslogs.NewLogGroup(l.stack, jsii.String(id), &awslogs.LogGroupProps{
		LogGroupName:  jsii.String(name),
		Retention:     l.stage.LogRetention,
		EncryptionKey: l.keys.logs,
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
func (l *lambdaStack) environment(own map[string]*string) *map[string]*string {
	all := map[string]*string{
		contract.EnvStage:    jsii.String(l.stage.Name),
		contract.EnvLogLevel: jsii.String(l.stage.LogLevel),
		contract.EnvGC:       jsii.String(contract.GCPercent),
	}
	if l.options.TimeDivisor > 1 {
		all[contract.EnvTimeDivisor] = jsii.String(strconv.Itoa(l.options.TimeDivisor))
	}
	maps.Copy(all, own)
	return &all
}

// addFunctionOutputs tells the names of the stack's Lambdas.
func (l *lambdaStack) addFunctionOutputs() {
	for _, task := range contract.AllTasks() {
		if function, here := l.functions[task]; here {
			output(l.stack, outputID(task), function.FunctionName(), "The Lambda "+string(task))
		}
	}
}

// outputID is the name of the output with a function's name, as package contract describes it.
func outputID(task contract.Task) string {
	return contract.OutputFunction + string(task)
}

// constructID is a Lambda's name as the CDK likes names of constructs.
func constructID(task contract.Task) string { return constructName(string(task)) }

func constructName(what string) string { return strings.ToUpper(what[:1]) + what[1:] }

// liveARN is the ARN of a Lambda's live alias, made of its name: for one that calls itself, whose own ARN its role would
// have to wait for, and for one of another stack.
func (l *lambdaStack) liveARN(task contract.Task) *string {
	return l.stack.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("lambda"), Resource: jsii.String("function"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
		ResourceName: jsii.String(l.stage.functionName(task) + ":" + contract.LiveAlias),
	})
}

// paramARN is the ARN of an SSM parameter, which CloudFormation does not make.
func (l *lambdaStack) paramARN(param string) *string {
	return l.stack.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("ssm"), Resource: jsii.String("parameter"), ResourceName: jsii.String(param[1:]),
	})
}
