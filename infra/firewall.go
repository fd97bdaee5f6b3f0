package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"
)

const (
	// callerPerMinute is a tenth of what the API takes: no one caller can use it up.
	callerPerMinute = requestsPerSecond / 10 * 60
	// sourcePerMinute is for whoever forges where a request came from. CloudFront's own servers each bring many callers.
	sourcePerMinute = requestsPerSecond / 2 * 60
)

// addFirewall puts AWS WAF before the API's own stage in the gateway, or before the load balancer of a private one, and not before CloudFront: the gateway has an address
// of its own, by which a firewall at CloudFront would be walked around; and CloudFront's would have to stand in us-east-1,
// in a stack of its own. What CloudFront serves beside the API are built files.
func (a *api) addFirewall() {
	if !a.stage.Firewall {
		return
	}
	name := a.stage.name("firewall")
	rules := []*awswafv2.CfnWebACL_RuleProperty{
		rated("caller", 0, callerPerMinute, "FORWARDED_IP"),
		managed("AWSManagedRulesKnownBadInputsRuleSet", 2, "JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"),
		managed("AWSManagedRulesCommonRuleSet", 3,
			"CrossSiteScripting_BODY", "EC2MetaDataSSRF_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "SizeRestrictions_BODY"),
	}
	before := a.gateway.DeploymentStage().StageArn()
	if a.way != nil {
		before = a.way.balancer.LoadBalancerArn() // nobody but CloudFront comes here
	} else {
		rules = append(rules, rated("source", 1, sourcePerMinute, "IP"))
	}
	firewall := awswafv2.NewCfnWebACL(a.stack, jsii.String("Firewall"), &awswafv2.CfnWebACLProps{
		Name:             jsii.String(name),
		Description:      jsii.String("What reaches the API of rez-agent"),
		Scope:            jsii.String("REGIONAL"),
		DefaultAction:    &awswafv2.CfnWebACL_DefaultActionProperty{Allow: &awswafv2.CfnWebACL_AllowActionProperty{}},
		Rules:            rules,
		VisibilityConfig: seen(name),
	})
	awswafv2.NewCfnWebACLAssociation(a.stack, jsii.String("FirewallBeforeTheAPI"), &awswafv2.CfnWebACLAssociationProps{
		ResourceArn: before,
		WebAclArn:   firewall.AttrArn(),
	})
}

// rated refuses who asks more than so often a minute. Behind CloudFront the caller's address is in a header, which whoever
// asks the gateway directly can forge: so there is one rule for the header and one for the connection.
func rated(name string, priority, perMinute int, by string) *awswafv2.CfnWebACL_RuleProperty {
	const window = 60 // seconds
	statement := &awswafv2.CfnWebACL_RateBasedStatementProperty{
		AggregateKeyType: jsii.String(by), Limit: jsii.Number(perMinute), EvaluationWindowSec: jsii.Number(window),
	}
	if by == "FORWARDED_IP" {
		statement.ForwardedIpConfig = &awswafv2.CfnWebACL_ForwardedIPConfigurationProperty{
			HeaderName: jsii.String("X-Forwarded-For"), FallbackBehavior: jsii.String("NO_MATCH"),
		}
	}
	return &awswafv2.CfnWebACL_RuleProperty{
		Name: jsii.String(name), Priority: jsii.Number(priority),
		Statement:        &awswafv2.CfnWebACL_StatementProperty{RateBasedStatement: statement},
		Action:           &awswafv2.CfnWebACL_RuleActionProperty{Block: &awswafv2.CfnWebACL_BlockActionProperty{}},
		VisibilityConfig: seen(name),
	}
}

// managed are AWS's own rules. Those of the body only count: a message may well be a line of a log with HTML, a path or an
// attack in it, and it may be longer than 8 KB; webapi checks each body against its description.
func managed(group string, priority int, ofTheBody ...string) *awswafv2.CfnWebACL_RuleProperty {
	counted := make([]any, 0, len(ofTheBody))
	for _, rule := range ofTheBody {
		counted = append(counted, &awswafv2.CfnWebACL_RuleActionOverrideProperty{
			Name:        jsii.String(rule),
			ActionToUse: &awswafv2.CfnWebACL_RuleActionProperty{Count: &awswafv2.CfnWebACL_CountActionProperty{}},
		})
	}
	return &awswafv2.CfnWebACL_RuleProperty{
		Name: jsii.String(group), Priority: jsii.Number(priority),
		Statement: &awswafv2.CfnWebACL_StatementProperty{
			ManagedRuleGroupStatement: &awswafv2.CfnWebACL_ManagedRuleGroupStatementProperty{
				VendorName: jsii.String("AWS"), Name: jsii.String(group), RuleActionOverrides: counted,
			},
		},
		OverrideAction:   &awswafv2.CfnWebACL_OverrideActionProperty{None: map[string]any{}},
		VisibilityConfig: seen(group),
	}
}

// seen counts what a rule does. No request is kept as a sample: its headers hold tokens.
func seen(name string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
	return &awswafv2.CfnWebACL_VisibilityConfigProperty{
		CloudWatchMetricsEnabled: jsii.Bool(true), SampledRequestsEnabled: jsii.Bool(false), MetricName: jsii.String(name),
	}
}
