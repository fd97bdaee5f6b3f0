package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
)

// functionRole is a Lambda's own role: what its spec lists, its own log group, and tracing.
func (p *pipeline) functionRole(spec functionSpec, logs awslogs.LogGroup) awsiam.IRole {
	may := append([]awsiam.PolicyStatement{
		allow(logs.LogGroupArn(), "logs:CreateLogStream", "logs:PutLogEvents"),
	}, spec.may...)
	if p.stage.Tracing {
		may = append(may, allowTracing("xray:PutTraceSegments", "xray:PutTelemetryRecords"))
	}
	return p.newRole(constructID(spec.task)+"Role", "lambda.amazonaws.com", "What the Lambda "+string(spec.task)+" may do", may)
}

// newRole makes a role that may do exactly what is listed: its policy is part of it, so that it is complete from the
// start, and the CDK adds nothing of its own.
func (p *pipeline) newRole(id, service, description string, may []awsiam.PolicyStatement) awsiam.IRole {
	role := awsiam.NewRole(p.stack, jsii.String(id), &awsiam.RoleProps{
		AssumedBy:   awsiam.NewServicePrincipal(jsii.String(service), nil),
		Description: jsii.String(description),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"own": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &may}),
		},
	})
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
