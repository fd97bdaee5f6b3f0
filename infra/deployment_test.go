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
				require.Equal(t, "CodeDeployDefault.LambdaLinear10PercentEvery1Minute", group["DeploymentConfigName"])
				require.Equal(t, true, group["AlarmConfiguration"].(object)["Enabled"])
				require.Len(t, group["AlarmConfiguration"].(object)["Alarms"], 1)
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
