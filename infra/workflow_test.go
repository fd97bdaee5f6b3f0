package infra_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
)

// definition is a workflow's ASL.
type definition object

func (s stageTemplates) stateMachine(tb testing.TB) object {
	tb.Helper()
	return s.pipeline.one(tb, "AWS::StepFunctions::StateMachine")
}

func (s stageTemplates) definition(tb testing.TB) definition {
	tb.Helper()
	var asl definition
	require.NoError(tb, json.Unmarshal([]byte(s.pipeline.text(s.stateMachine(tb)["DefinitionString"])), &asl))
	return asl
}

func (d definition) timeout() time.Duration {
	return seconds(d["TimeoutSeconds"])
}

func (d definition) state(name string) object {
	return d["States"].(object)[name].(object)
}

func (d definition) stateTimeout(name string) time.Duration {
	return seconds(d.state(name)["TimeoutSeconds"])
}

func TestWorkflowIsTheGoldenOneInEveryStage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../statemachine/testdata/deliver.asl.json")
	require.NoError(t, err)
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		var golden definition
		require.NoError(t, json.Unmarshal(text, &golden))
		current := stage.definition(t)
		require.Equal(t, "function rez-agent-sendntfy-"+stage.name+stage.pinned(), current.state(contract.StateSendNtfy)["Resource"])
		require.Equal(t, "rez-agent-messages-"+stage.name, current.state(contract.StateReleaseLease)["Parameters"].(object)["TableName"])
		for _, asl := range []definition{golden, current} {
			for _, state := range asl["States"].(object) {
				delete(state.(object), "Resource")
			}
			delete(asl.state(contract.StateReleaseLease)["Parameters"].(object), "TableName")
		}
		require.Equal(t, golden, current)
	})
}

func TestEveryStateCallsItsOwnFunction(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		asl := stage.definition(t)
		for _, task := range contract.Ntfy().Steps() {
			found := 0
			for name, state := range asl["States"].(object) {
				if state.(object)["Resource"] == "function rez-agent-"+string(task)+"-"+stage.name+stage.pinned() {
					require.Equal(t, string(task), strings.ToLower(name))
					found++
				}
			}
			require.Equal(t, 1, found, task)
		}
	})
}

func TestWorkflowIsExpressAndShowsEveryExecution(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		machine := stage.stateMachine(t)
		require.Equal(t, "rez-agent-deliver-"+stage.name, machine["StateMachineName"])
		require.Equal(t, "EXPRESS", machine["StateMachineType"])
		logging := machine["LoggingConfiguration"].(object)
		require.Equal(t, "ALL", logging["Level"])
		require.Equal(t, true, logging["IncludeExecutionData"])
		group := logging["Destinations"].([]any)[0].(object)["CloudWatchLogsLogGroup"].(object)["LogGroupArn"]
		require.Equal(t, "loggroup /aws/vendedlogs/states/rez-agent-deliver-"+stage.name, stage.pipeline.text(group))
		tracing, _ := machine["TracingConfiguration"].(object)
		require.Equal(t, stage.name != "local", tracing["Enabled"] == true)
	})
}
