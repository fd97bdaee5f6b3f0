package infra

import (
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/settings"
)

// standingBy ends the names of the stacks in the second region.
const standingBy = "-standby"

var regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)

func (s Stage) checkSecondRegion() error {
	switch {
	case !regionName.MatchString(s.SecondRegion):
		return fmt.Errorf("stage %s: SecondRegion is %q: it must be a region's name, as in eu-west-1", s.Name, s.SecondRegion)
	case s.Capacity != nil:
		return fmt.Errorf("stage %s: SecondRegion and Capacity are both on: tables of two regions are paid by request", s.Name)
	case s.PrivateAPI:
		return fmt.Errorf("stage %s: SecondRegion and PrivateAPI are both on: Route 53 looks at the API from the Internet", s.Name)
	case !s.KeepData:
		return fmt.Errorf("stage %s: SecondRegion is on and KeepData is not: what may be lost needs no second copy", s.Name)
	}
	return nil
}

// standsBy says whether this is the second region of its stage.
func (s Stage) standsBy() bool { return s.region != "" }

// regions are the stage as each of its regions has it. One of them works by the clock: the first, until somebody deploys
// with failed_over. The second takes what is published there at any time, which is nothing until its API is asked.
func (s Stage) regions(failedOver bool) (first, second Stage) {
	first, second = s, s
	first.idle, first.fenced = failedOver, failedOver
	second.region, second.idle = s.SecondRegion, !failedOver
	second.MonthlyBudget = 0 // a bill is the account's
	return first, second
}

// addBothRegions adds a stage of two regions. The second one's keys come first: the tables of the first need them.
func addBothRegions(app awscdk.App, stage Stage, options Options, times settings.Settings) error {
	first, second := stage.regions(options.FailedOver)
	standby := newStatefulStack(app, second, options.others(), times)
	kept := newStatefulStack(app, first, options.others(), times)
	kept.stack.AddStackDependency(standby.stack, jsii.String("the tables' copies are encrypted with its key"))
	if err := addStage(app, first, options, kept); err != nil {
		return err
	}
	return addStage(app, second, options, standby)
}

// watchedHere says whether this region of the stage has alarms: the second one once it works.
func (s Stage) watchedHere() bool { return s.watched() && (!s.standsBy() || !s.idle) }

// addOriginName gives the API of each region the same name, under which CloudFront asks: Route 53 answers with the first
// region's while that is healthy, and with the second's when it is not.
func (a *api) addOriginName() {
	if a.stage.SecondRegion == "" {
		return
	}
	domain := a.options.Domain
	name := awsapigateway.NewDomainName(a.stack, jsii.String("Origin"), &awsapigateway.DomainNameProps{
		DomainName:     jsii.String(domain.origin()),
		Certificate:    domain.newCertificate(a.stack, domain.origin()),
		EndpointType:   awsapigateway.EndpointType_REGIONAL,
		SecurityPolicy: awsapigateway.SecurityPolicy_TLS_1_2,
	})
	name.AddBasePathMapping(a.gateway, &awsapigateway.BasePathMappingOptions{Stage: a.gateway.DeploymentStage()})
	record := &awsroute53.CfnRecordSetProps{
		HostedZoneId: jsii.String(domain.ZoneID), Name: jsii.String(domain.origin() + "."), Type: jsii.String("A"),
		SetIdentifier: jsii.String("first region"), Failover: jsii.String("PRIMARY"),
		AliasTarget: &awsroute53.CfnRecordSet_AliasTargetProperty{
			DnsName: name.DomainNameAliasDomainName(), HostedZoneId: name.DomainNameAliasHostedZoneId(),
		},
	}
	if a.stage.standsBy() {
		record.SetIdentifier, record.Failover = jsii.String("second region"), jsii.String("SECONDARY")
	} else {
		record.HealthCheckId = a.newHealthCheck().AttrHealthCheckId()
	}
	awsroute53.NewCfnRecordSet(a.stack, jsii.String("OriginRecord"), record)
}

// newHealthCheck asks the first region's API by the gateway's own address, from several places of the world.
func (a *api) newHealthCheck() awsroute53.CfnHealthCheck {
	const everySeconds, timesInARow, port = 30, 3, 443
	return awsroute53.NewCfnHealthCheck(a.stack, jsii.String("Healthy"), &awsroute53.CfnHealthCheckProps{
		HealthCheckConfig: &awsroute53.CfnHealthCheck_HealthCheckConfigProperty{
			Type: jsii.String("HTTPS"), EnableSni: jsii.Bool(true), Port: jsii.Number(port),
			FullyQualifiedDomainName: a.gatewayHost(), ResourcePath: jsii.String("/api/health"),
			RequestInterval: jsii.Number(everySeconds), FailureThreshold: jsii.Number(timesInARow),
		},
		HealthCheckTags: &[]*awsroute53.CfnHealthCheck_HealthCheckTagProperty{{Key: jsii.String("Name"), Value: jsii.String(a.stage.name("api"))}},
	})
}

// withoutStage takes the first part off an API's path: under a name of its own the gateway does not want its stage there.
func (a *api) withoutStage() *[]*awscloudfront.FunctionAssociation {
	if a.stage.SecondRegion == "" {
		return nil
	}
	strip := awscloudfront.NewFunction(a.stack, jsii.String("ApiPath"), &awscloudfront.FunctionProps{
		FunctionName: jsii.String(a.stage.name("api-path")),
		Comment:      jsii.String("Takes /api off the path: the origin's name stands for it"),
		Runtime:      awscloudfront.FunctionRuntime_JS_2_0(),
		Code: awscloudfront.FunctionCode_FromInline(jsii.String(`function handler(event) {
  var request = event.request;
  request.uri = request.uri.slice('/api'.length);
  return request;
}`)),
	})
	return &[]*awscloudfront.FunctionAssociation{{EventType: awscloudfront.FunctionEventType_VIEWER_REQUEST, Function: strip}}
}
