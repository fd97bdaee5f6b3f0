package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

const schedulerService = "scheduler.amazonaws.com"

// newScheduleGroup holds the schedules that users make. They are data: deleting the group deletes them all.
func newScheduleGroup(stack awscdk.Stack, stage Stage) awsscheduler.ScheduleGroup {
	return awsscheduler.NewScheduleGroup(stack, jsii.String("Schedules"), &awsscheduler.ScheduleGroupProps{
		ScheduleGroupName: jsii.String(stage.scheduleGroupName()),
		RemovalPolicy:     stage.keep(),
	})
}

// newScheduleRole is the role that a schedule takes on to call its Lambda, for schedules of this account only: otherwise
// anyone who learns its name could have the service take it on for them.
func (p *pipeline) newScheduleRole() awsiam.IRole {
	principal := awsiam.NewServicePrincipal(jsii.String(schedulerService), &awsiam.ServicePrincipalOpts{
		Conditions: &map[string]any{
			"StringEquals": map[string]*string{"aws:SourceAccount": p.stack.Account()},
		},
	})
	return p.newRoleOf("ScheduleRole", principal, "What users' schedules may do", []awsiam.PolicyStatement{
		allow(p.live[contract.TaskFireSchedule].FunctionArn(), invoke),
	})
}

// mayKeepSchedules lets webapi keep the schedules of the stage's group, and give them the role to run in. Listing knows
// no resource.
func (a *api) mayKeepSchedules() []awsiam.PolicyStatement {
	schedules := a.stack.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("scheduler"), Resource: jsii.String("schedule"),
		ResourceName: jsii.String(a.stage.scheduleGroupName() + "/*"),
	})
	return []awsiam.PolicyStatement{
		allow(schedules,
			"scheduler:CreateSchedule", "scheduler:GetSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"),
		allow(jsii.String("*"), "scheduler:ListSchedules"),
		awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions:    jsii.Strings("iam:PassRole"),
			Resources:  &[]*string{a.pipeline.scheduleRole.RoleArn()},
			Conditions: &map[string]any{"StringEquals": map[string]*string{"iam:PassedToService": jsii.String(schedulerService)}},
		}),
	}
}
