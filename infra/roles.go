package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
)

// functionRole is a Lambda's own role: what its spec lists, its own log group, and tracing.
func (l *lambdaStack) functionRole(spec functionSpec, logs awslogs.LogGroup) awsiam.IRole {
	may := append([]awsiam.PolicyStatement{
		allow(logs.LogGroupArn(), "logs:CreateLogStream", "logs:PutLogEvents"),
	}, spec.may...)
	if len(spec.may) > 0 { // all that have rights work on tables, topic or queues
		may = append(may, l.keys.mayUseData()...)
	}
	if l.stage.Tracing {
		may = append(may, allowTracing("xray:PutTraceSegments", "xray:PutTelemetryRecords"))
	}
	return l.newRole(constructID(spec.task)+"Role", "lambda.amazonaws.com", "What the Lambda "+string(spec.task)+" may do", may, spec.wide...)
}

// newRole makes a role that may do exactly what is listed: its policy is part of it, so that it is complete from the
// start, and the CDK adds nothing of its own.
func (l *lambdaStack) newRole(id, service, description string, may []awsiam.PolicyStatement, wide ...finding) awsiam.IRole {
	return l.newRoleOf(id, awsiam.NewServicePrincipal(jsii.String(service), nil), description, may, wide...)
}

func (l *lambdaStack) newRoleOf(
	id string, user awsiam.IPrincipal, description string, may []awsiam.PolicyStatement, wide ...finding,
) awsiam.IRole {
	role := awsiam.NewRole(l.stack, jsii.String(id), &awsiam.RoleProps{
		AssumedBy:   user,
		Description: jsii.String(description),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"own": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &may}),
		},
	})
	accept(role, append(wide, finding{
		rule: "IAM5", only: "Resource::*",
		reason: "AWS knows no resource for these actions: tracing, the delivery of logs, and lists.",
	})...)
	return role.WithoutPolicyUpdates(nil)
}

// allow lets someone do the actions on one resource.
func allow(resource *string, actions ...string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings(actions...),
		Resources: &[]*string{resource},
	})
}

// allowTracing has no resource to name: X-Ray knows none for these actions.
func allowTracing(actions ...string) awsiam.PolicyStatement {
	return allow(jsii.String("*"), actions...)
}
