package infra

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/statemachine"
)

// addWorkflow adds a channel's delivery workflow with its role and its log group.
func (p *pipeline) addWorkflow(own *lane) error {
	own.logs = p.newLogGroup(own.id("DeliverLogs"), p.stage.workflowLogGroupNameOf(own.channel))
	workflow, err := statemachine.New(p.stack, own.id("Deliver"), statemachine.Props{
		Channel: own.channel,
		Name:    p.stage.name(own.channel.Workflow),
		Role: p.newRole(own.id("DeliverRole"), "states.amazonaws.com", "What the delivery workflow may do", p.workflowMay(own), finding{
			rule: "IAM5", only: `/^Resource::<[A-Za-z0-9]+\.Arn>:\*$/`,
			reason: "Every version of its own Lambdas: an execution in flight, or one after a roll-back, calls an older one.",
		}),
		LogGroup: own.logs,
		LogLevel: p.stage.ExecutionLog,
		Tracing:  p.stage.Tracing,
		Lambdas:  p.callees(own.channel),
		Messages: p.kept.messages,
		Settings: p.times,
	})
	if err != nil {
		return fmt.Errorf("stage %s: %w", p.stage.Name, err)
	}
	own.workflow = workflow
	p.publishWorkflow(own)
	if !p.stage.Tracing {
		accept(workflow, finding{rule: "SF2", reason: "This stage is not traced: nobody would read it."})
	}
	return nil
}

func (p *pipeline) workflowMay(own *lane) []awsiam.PolicyStatement {
	var may []awsiam.PolicyStatement
	for _, task := range own.channel.Steps() {
		// Every version of its own Lambdas: an execution in flight, or one after a roll-back, calls an older one.
		may = append(may, allow(jsii.String(*p.functions[task].FunctionArn()+":*"), invoke))
	}
	may = append(may,
		allow(p.kept.messages.TableArn(), updateItem), // ReleaseLease
		// Setting up the delivery of logs is an account's affair: AWS knows no resource for these actions.
		allow(jsii.String("*"),
			"logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
			"logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
	)
	may = append(may, p.keys.mayUseData()...)
	if p.stage.Tracing {
		may = append(may, allowTracing(
			"xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"))
	}
	return may
}
