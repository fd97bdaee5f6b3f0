package infra_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
)

// signInPages is the name of the hosted pages, and what its parts are made of.
const signInPages = "UsersSignIn9CB6F01C"

func TestUsersAreInvitedAndKept(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		onAWS := stage.name != "local"
		pool := stage.stateful.one(t, "AWS::Cognito::UserPool")
		require.Equal(t, object{"AllowAdminCreateUserOnly": true}, pool["AdminCreateUserConfig"])
		require.Equal(t, []any{"email"}, pool["AliasAttributes"], "beside the user name")
		require.Equal(t, onAWS, pool["DeletionProtection"] == "ACTIVE")
		for _, resource := range stage.stateful.resources {
			if r := resource.(object); r["Type"] == "AWS::Cognito::UserPool" {
				require.Equal(t, onAWS, r["DeletionPolicy"] == "Retain")
			}
		}
		policy := pool["Policies"].(object)["PasswordPolicy"].(object)
		require.GreaterOrEqual(t, policy["MinimumLength"], 12.0)
	})
}

func TestASecondFactorIsOfferedAndNeverSentBySMS(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		pool := stage.stateful.one(t, "AWS::Cognito::UserPool")
		require.Equal(t, "OPTIONAL", pool["MfaConfiguration"])
		require.Equal(t, []any{"SOFTWARE_TOKEN_MFA"}, pool["EnabledMfas"])
		require.NotContains(t, pool, "SmsConfiguration")
	})
}

func TestRolesAreGroups(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		var names []string
		for _, group := range stage.stateful.ofType("AWS::Cognito::UserPoolGroup") {
			names = append(names, group["GroupName"].(string))
		}
		require.ElementsMatch(t, []string{contract.RoleViewer, contract.RoleOperator}, names)
	})
}

func TestSignInPagesHaveANameThatNobodyElseHas(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		domain := stage.stateful.one(t, "AWS::Cognito::UserPoolDomain")
		parts := domain["Domain"].(object)["Fn::Join"].([]any)
		require.Equal(t, []any{"-", []any{"rez-agent", object{"Ref": "AWS::AccountId"}, stage.name}}, parts)
	})
}

func TestClientsSignInOnTheHostedPagesByCodeOnly(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		clients := stage.api.ofType("AWS::Cognito::UserPoolClient")
		require.Len(t, clients, 2)
		for name, client := range clients {
			require.Equal(t, "rez-agent-users-"+stage.name, stage.api.text(client["UserPoolId"]))
			require.Equal(t, false, client["GenerateSecret"], name)
			require.Equal(t, []any{"code"}, client["AllowedOAuthFlows"], name)
			require.Equal(t, []any{"openid", "profile", "email"}, client["AllowedOAuthScopes"], name)
			require.Equal(t, []any{"COGNITO"}, client["SupportedIdentityProviders"], name)
			require.Equal(t, true, client["EnableTokenRevocation"], name)
			require.Equal(t, "ENABLED", client["RefreshTokenRotation"].(object)["Feature"], name)
			require.Equal(t, "ENABLED", client["PreventUserExistenceErrors"], name)
		}
	})
}

func TestEachClientComesBackToItsOwnAddressOnly(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		clients := stage.api.ofType("AWS::Cognito::UserPoolClient")
		browser, cli := clients["rez-agent-browser-"+stage.name], clients["rez-agent-cli-"+stage.name]
		require.Equal(t, []string{publicURLOf(stage.name) + "/api/auth/callback"}, stage.api.texts(browser["CallbackURLs"]))
		require.Equal(t, []string{publicURLOf(stage.name) + "/"}, stage.api.texts(browser["LogoutURLs"]))
		require.Equal(t, []string{"http://localhost:8976/callback"}, stage.api.texts(cli["CallbackURLs"]))
		require.NotContains(t, cli, "LogoutURLs")
	})
}

func TestTokensLiveAsLongAsTheyMust(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		access, flows := 15.0, []any{"ALLOW_USER_SRP_AUTH"}
		if stage.name == "local" { // a person pastes tokens there, and programs get them by password
			access, flows = 60, []any{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"}
		}
		refresh := map[string]float64{"rez-agent-browser-" + stage.name: 12 * 60, "rez-agent-cli-" + stage.name: 30 * 24 * 60}
		for name, client := range stage.api.ofType("AWS::Cognito::UserPoolClient") {
			require.Equal(t, object{"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "minutes"}, client["TokenValidityUnits"])
			require.InDelta(t, access, client["AccessTokenValidity"], 0, name)
			require.InDelta(t, refresh[name], client["RefreshTokenValidity"], 0, name)
			require.Equal(t, flows, client["ExplicitAuthFlows"], name)
		}
	})
}
