package infra_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	firewallType = "AWS::WAFv2::WebACL"
	beforeType   = "AWS::WAFv2::WebACLAssociation"
)

func TestNoStageHasAFirewallUnlessItAsksForOne(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		require.Empty(t, stage.api.ofType(firewallType))
		require.Empty(t, stage.api.ofType(beforeType))
	})
}

func TestTheFirewallStandsBeforeTheAPIsOwnAddress(t *testing.T) {
	t.Parallel()
	api := optioned().api
	firewall := api.one(t, firewallType)
	require.Equal(t, "REGIONAL", firewall["Scope"], "one at CloudFront could be walked around")
	require.Equal(t, object{"Allow": object{}}, firewall["DefaultAction"])
	before := api.one(t, beforeType)
	require.Contains(t, api.text(before["ResourceArn"]), "arn:<Partition>:apigateway:<Region>::/restapis/rez-agent-api-prod/stages/ApiDeploymentStage")
	require.Equal(t, "webacl rez-agent-firewall-prod", api.text(before["WebACLArn"]))

	rules := map[string]object{}
	priorities := map[any]bool{}
	for _, rule := range firewall["Rules"].([]any) {
		r := rule.(object)
		rules[r["Name"].(string)] = r
		priorities[r["Priority"]] = true
		require.Equal(t, false, r["VisibilityConfig"].(object)["SampledRequestsEnabled"], "a sample holds tokens")
	}
	require.Len(t, priorities, 4)
	require.Equal(t, object{
		"AggregateKeyType": "FORWARDED_IP", "Limit": 6000.0, "EvaluationWindowSec": 60.0,
		"ForwardedIPConfig": object{"HeaderName": "X-Forwarded-For", "FallbackBehavior": "NO_MATCH"},
	}, rules["caller"]["Statement"].(object)["RateBasedStatement"])
	require.Equal(t, object{"AggregateKeyType": "IP", "Limit": 30_000.0, "EvaluationWindowSec": 60.0},
		rules["source"]["Statement"].(object)["RateBasedStatement"])
	for _, rated := range []string{"caller", "source"} {
		require.Equal(t, object{"Block": object{}}, rules[rated]["Action"], rated)
	}
}

// A message may hold anything: what it says must not decide whether it arrives.
func TestTheFirewallRefusesNoMessageForItsText(t *testing.T) {
	t.Parallel()
	api := optioned().api
	counted := map[string][]string{}
	for _, rule := range api.one(t, firewallType)["Rules"].([]any) {
		group, managed := rule.(object)["Statement"].(object)["ManagedRuleGroupStatement"].(object)
		if !managed {
			continue
		}
		require.Equal(t, "AWS", group["VendorName"])
		require.Equal(t, object{"None": object{}}, rule.(object)["OverrideAction"], "all other rules of the group decide")
		name := group["Name"].(string)
		for _, override := range group["RuleActionOverrides"].([]any) {
			require.Equal(t, object{"Count": object{}}, override.(object)["ActionToUse"])
			counted[name] = append(counted[name], override.(object)["Name"].(string))
		}
	}
	require.Equal(t, map[string][]string{
		"AWSManagedRulesKnownBadInputsRuleSet": {"JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"},
		"AWSManagedRulesCommonRuleSet": {
			"CrossSiteScripting_BODY", "EC2MetaDataSSRF_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "SizeRestrictions_BODY",
		},
	}, counted)
}
