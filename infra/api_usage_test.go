package infra_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
)

// plans says whether each role has a share of the API's requests.
func (s stageTemplates) plans() bool { return s.shifts() }

func TestEachRoleHasItsShareOfTheRequests(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		plans := map[string]any{}
		for _, plan := range stage.api.ofType("AWS::ApiGateway::UsagePlan") {
			at := plan["ApiStages"].([]any)
			require.Len(t, at, 1)
			require.Equal(t, "rez-agent-api-"+stage.name, stage.api.text(at[0].(object)["ApiId"]))
			plans[plan["UsagePlanName"].(string)] = plan["Throttle"]
		}
		if !stage.plans() {
			require.Empty(t, plans)
			return
		}
		prefix := "rez-agent-usage-" + stage.name
		require.Equal(t, map[string]any{
			prefix + "-viewer":   object{"RateLimit": 500.0, "BurstLimit": 1000.0},
			prefix + "-operator": object{"RateLimit": 1000.0, "BurstLimit": 2000.0},
		}, plans)
	})
}

// A guarded request under a key that the gateway does not know is refused with 403: all of them would be.
func TestTheAuthorizerNamesKeysThatTheGatewayKnows(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		gateway := stage.api.one(t, "AWS::ApiGateway::RestApi")
		keys := stage.api.ofType("AWS::ApiGateway::ApiKey")
		prefix := environmentOf(stage, contract.TaskAuthorizer)[contract.EnvUsageKeys]
		for _, method := range stage.api.ofType("AWS::ApiGateway::Method") {
			needsKey, _ := method["ApiKeyRequired"].(bool)
			require.Equal(t, stage.plans() && method["AuthorizationType"] == "CUSTOM", needsKey, "nobody asks the authorizer about an open route")
		}
		if !stage.plans() {
			require.Empty(t, keys)
			require.Empty(t, prefix)
			require.NotEqual(t, "AUTHORIZER", gateway["ApiKeySourceType"])
			return
		}
		require.Equal(t, "AUTHORIZER", gateway["ApiKeySourceType"], "from a caller it would be a secret")
		require.Len(t, keys, 2)
		require.Len(t, stage.api.ofType("AWS::ApiGateway::UsagePlanKey"), 2)
		for _, role := range []string{contract.RoleViewer, contract.RoleOperator} {
			name := contract.UsageKey(prefix, role)
			require.Contains(t, keys, name)
			require.Equal(t, name, keys[name]["Value"])
			require.Equal(t, true, keys[name]["Enabled"])
			require.GreaterOrEqual(t, len(name), 20, "the gateway takes none that is shorter")
		}
	})
}
