package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// share is how much of the API's requests one role may use.
type share struct {
	role string
	// perSecond and atOnce are of all callers with the role together.
	perSecond, atOnce int
}

// shares leave half of the API to those who send: dashboards that are left open cannot take it.
func shares() []share {
	return []share{
		{role: contract.RoleViewer, perSecond: requestsPerSecond / 2, atOnce: requestsAtOnce / 2},
		{role: contract.RoleOperator, perSecond: requestsPerSecond, atOnce: requestsAtOnce},
	}
}

// addUsagePlans counts the requests of each role under a plan of its own. The authorizer names the plan's key; the gateway
// takes none from a caller, so the keys are names and no secrets.
func (a *api) addUsagePlans() {
	if !a.stage.UsagePlans {
		return
	}
	for _, of := range shares() {
		name := contract.UsageKey(a.stage.usageKeys(), of.role)
		id := constructName(of.role)
		key := awsapigateway.NewApiKey(a.stack, jsii.String(id+"Usage"), &awsapigateway.ApiKeyProps{
			ApiKeyName: jsii.String(name), Value: jsii.String(name),
			Description: jsii.String("Counts the requests of every " + of.role + "; no secret"),
		})
		a.gateway.AddUsagePlan(jsii.String(id+"Plan"), &awsapigateway.UsagePlanProps{
			Name:      jsii.String(name),
			ApiStages: &[]*awsapigateway.UsagePlanPerApiStage{{Api: a.gateway, Stage: a.gateway.DeploymentStage()}},
			Throttle: &awsapigateway.ThrottleSettings{
				RateLimit: jsii.Number(of.perSecond), BurstLimit: jsii.Number(of.atOnce),
			},
		}).AddApiKey(key, nil)
	}
}

// usageKeys begins the names of the plans' keys. A key is unique in its region, and has 20 characters or more.
func (s Stage) usageKeys() string { return s.name("usage") }

// keySource is where the gateway takes a plan's key from.
func (s Stage) keySource() awsapigateway.ApiKeySourceType {
	if s.UsagePlans {
		return awsapigateway.ApiKeySourceType_AUTHORIZER
	}
	return "" // the gateway's own, and nothing asks for a key
}
