package infra_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/infra"
	"github.com/rezagent/rez_agent/internal/contract"
)

const scalableType = "AWS::ApplicationAutoScaling::ScalableTarget"

func TestTablesArePaidByRequestUnlessTheStageGivesThemACapacity(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		require.Empty(t, stage.stateful.ofType(scalableType))
	})
}

func someCapacity() *infra.Capacity {
	return &infra.Capacity{Reads: infra.Units{Min: 2, Max: 20}, Writes: infra.Units{Min: 5, Max: 300}, UsedPercent: 60}
}

func TestACapacityIsGivenToEachBusyTableAndIndexAndMoves(t *testing.T) {
	t.Parallel()
	stage := optioned()
	tables := stage.stateful.ofType(tableType)
	least := object{"ReadCapacityUnits": 2.0, "WriteCapacityUnits": 5.0}
	for _, name := range []string{"messages", "circuit", "metrics"} {
		table := tables["rez-agent-"+name+"-prod"]
		require.Equal(t, least, table["ProvisionedThroughput"], name)
		require.NotEqual(t, "PAY_PER_REQUEST", table["BillingMode"], name)
	}
	for _, index := range tables["rez-agent-messages-prod"]["GlobalSecondaryIndexes"].([]any) {
		require.Equal(t, least, index.(object)["ProvisionedThroughput"], index.(object)["IndexName"])
	}
	require.Equal(t, "PAY_PER_REQUEST", tables["rez-agent-jobs-prod"]["BillingMode"], "a few writes a day")

	moving := map[string][2]float64{}
	for _, target := range stage.stateful.ofType(scalableType) {
		what := strings.TrimPrefix(stage.stateful.text(target["ResourceId"]), "table/rez-agent-")
		_, unit, _ := strings.Cut(target["ScalableDimension"].(string), ":")
		moving[what+" "+unit] = [2]float64{target["MinCapacity"].(float64), target["MaxCapacity"].(float64)}
	}
	want := map[string][2]float64{}
	for what, unit := range map[string]string{
		"messages-prod": "table", "circuit-prod": "table", "metrics-prod": "table",
		"messages-prod/index/" + contract.StageIndex: "index", "messages-prod/index/" + contract.StatusIndex: "index",
	} {
		want[what+" "+unit+":ReadCapacityUnits"] = [2]float64{2, 20}
		want[what+" "+unit+":WriteCapacityUnits"] = [2]float64{5, 300}
	}
	require.Equal(t, want, moving)
	policies := stage.stateful.ofType("AWS::ApplicationAutoScaling::ScalingPolicy")
	require.Len(t, policies, len(want))
	for id, policy := range policies {
		require.InDelta(t, 60, policy["TargetTrackingScalingPolicyConfiguration"].(object)["TargetValue"], 0, id)
	}
}

func TestACapacityThatCannotBeMeantIsRefused(t *testing.T) {
	t.Parallel()
	for says, capacity := range map[string]infra.Capacity{
		"Reads is 0 to 5":        {Reads: infra.Units{Min: 0, Max: 5}, Writes: infra.Units{Min: 1, Max: 5}, UsedPercent: 70},
		"Writes is 6 to 5":       {Reads: infra.Units{Min: 1, Max: 5}, Writes: infra.Units{Min: 6, Max: 5}, UsedPercent: 70},
		"AWS takes 20 to 90":     {Reads: infra.Units{Min: 1, Max: 5}, Writes: infra.Units{Min: 1, Max: 5}, UsedPercent: 95},
		"to be used by 0 %: AWS": {Reads: infra.Units{Min: 1, Max: 5}, Writes: infra.Units{Min: 1, Max: 5}},
	} {
		require.ErrorContains(t, refused(nil, func(s *infra.Stage) { s.Capacity = &capacity }), says)
	}
}
