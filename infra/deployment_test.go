package infra_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
)

// shifts says whether the stage has keys of its own and goes over to new versions bit by bit.
func (s stageTemplates) shifts() bool { return s.name == "stage" || s.name == "prod" }

// pinned is what of a Lambda the workflow calls.
func (s stageTemplates) pinned() string {
	if s.shifts() {
		return ":version"
	}
	return ":live"
}

// started is what the processor starts.
func (s stageTemplates) started() string {
	if s.shifts() {
		return "live" // the alias, by its name
	}
	return "statemachine rez-agent-deliver-" + s.name
}

func TestLambdasGoOverBitByBitAndBackByAlarm(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		shifted := map[string]bool{}
		for _, in := range stage.withLambdas() {
			for _, group := range in.ofType("AWS::CodeDeploy::DeploymentGroup") {
				name := group["DeploymentGroupName"].(string)
				shifted[name] = true
				pace, alarms := "CodeDeployDefault.LambdaLinear10PercentEvery1Minute", 1
				if name == "rez-agent-webapi-"+stage.name {
					alarms = 2 // the Lambda's errors, and what the gateway answers
				}
				if name == "rez-agent-webapi-prod" {
					pace = "CodeDeployDefault.LambdaCanary10Percent5Minutes"
				}
				require.Equal(t, pace, group["DeploymentConfigName"])
				require.Equal(t, true, group["AlarmConfiguration"].(object)["Enabled"])
				require.Len(t, group["AlarmConfiguration"].(object)["Alarms"], alarms)
				require.Equal(t, object{
					"Enabled": true, "Events": []any{"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_STOP_ON_ALARM"},
				}, group["AutoRollbackConfiguration"])
			}
		}
		want := map[string]bool{}
		if stage.shifts() {
			for _, task := range []contract.Task{contract.TaskProcessor, contract.TaskScheduler, contract.TaskWebAPI} {
				want["rez-agent-"+string(task)+"-"+stage.name] = true
			}
		}
		require.Equal(t, want, shifted)
	})
}

func TestTheWorkflowGoesOverBitByBitAndItsVersionsStay(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		aliases := stage.pipeline.ofType("AWS::StepFunctions::StateMachineAlias")
		if !stage.shifts() {
			require.Empty(t, aliases)
			return
		}
		alias := aliases["live"]
		preference := alias["DeploymentPreference"].(object)
		require.Equal(t, "LINEAR", preference["Type"])
		require.InDelta(t, 10, preference["Percentage"], 0)
		require.InDelta(t, 1, preference["Interval"], 0)
		require.Len(t, preference["Alarms"], 1)
		version := stage.pipeline.resources[preference["StateMachineVersionArn"].(object)["Ref"].(string)].(object)
		require.Equal(t, "Retain", version["DeletionPolicy"])
		require.Equal(t, "Retain", version["UpdateReplacePolicy"])
		require.Contains(t, version["Properties"], "StateMachineRevisionId", "each change has a version")
	})
}

// A version that is not live is nobody's to start.
func TestTheProcessorStartsTheLiveWorkflowOnly(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		role := stage.pipeline.ofType(roleType)[roleOf(t, stage.pipeline, stage.function(contract.TaskProcessor))]
		starting := 0
		for _, policy := range role["Policies"].([]any) {
			for _, s := range policy.(object)["PolicyDocument"].(object)["Statement"].([]any) {
				statement := s.(object)
				if statement["Action"] != "states:StartSyncExecution" {
					continue
				}
				starting++
				condition, _ := statement["Condition"].(object)
				require.Equal(t, stage.shifts(), condition != nil)
				if stage.shifts() {
					require.Equal(t, object{"StringEquals": object{"states:StateMachineQualifier": "live"}}, condition)
				}
			}
		}
		require.Equal(t, 1, starting)
	})
}

// webapi answers its own faults: no error of the Lambda tells of them.
func TestANewAPIGoesBackWhenItsAnswersAreFaults(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for _, alarm := range stage.api.ofType(alarmType) {
			if alarm["AlarmName"] == "rez-agent-rollback-api-answers-"+stage.name {
				require.Equal(t, "5XXError", alarm["MetricName"])
				require.Equal(t, "AWS/ApiGateway", alarm["Namespace"])
				require.Equal(t, []any{object{"Name": "ApiName", "Value": "rez-agent-api-" + stage.name}}, alarm["Dimensions"])
				require.InDelta(t, 3, alarm["Threshold"], 0)
				return
			}
		}
		require.False(t, stage.shifts(), "there is no such alarm")
	})
}

// A message that ntfy refuses ends in an execution that failed, as it should: it is nothing to roll back for.
func TestTheWorkflowGoesBackForWhatBrokeAndNotForWhatWasRefused(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		if !stage.shifts() {
			require.Empty(t, stage.pipeline.ofType("AWS::Logs::MetricFilter"))
			return
		}
		filter := stage.pipeline.one(t, "AWS::Logs::MetricFilter")
		require.Equal(t, "/aws/vendedlogs/states/rez-agent-deliver-"+stage.name, stage.pipeline.text(filter["LogGroupName"]))
		require.Equal(t, `{ ($.type = "ExecutionFailed") && (($.details.error NOT EXISTS) || `+
			`(($.details.error != "DeliveryFailed") && ($.details.error != "DeliveryExpired"))) }`, filter["FilterPattern"])
		counted := filter["MetricTransformations"].([]any)[0].(object)
		for _, alarm := range stage.pipeline.ofType(alarmType) {
			if alarm["AlarmName"] != "rez-agent-rollback-deliver-"+stage.name {
				continue
			}
			metrics := map[any]object{}
			for _, m := range alarm["Metrics"].([]any) {
				if stat, measured := m.(object)["MetricStat"].(object); measured {
					metrics[m.(object)["Id"]] = stat["Metric"].(object)
				}
			}
			require.Equal(t, object{"MetricName": counted["MetricName"], "Namespace": counted["MetricNamespace"]}, metrics["failed"])
			require.Equal(t, "ExecutionsTimedOut", metrics["late"]["MetricName"])
			require.Equal(t, "ExecutionsStarted", metrics["started"]["MetricName"])
			return
		}
		require.Fail(t, "no alarm ends a shift of the workflow")
	})
}
