package infra_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/infra"
	"github.com/rezagent/rez_agent/internal/contract"
)

const (
	globalType  = "AWS::DynamoDB::GlobalTable"
	ruleType    = "AWS::Events::Rule"
	mappingType = "AWS::Lambda::EventSourceMapping"
)

// regions are the templates of a stage in both of its regions.
type regions struct {
	first, second stageTemplates
	// has are the names of all stacks, each with its region.
	has map[string]string
}

//nolint:gochecknoglobals // A sync.OnceValue has to outlive the test that asks first.
var (
	twoRegions = sync.OnceValue(func() regions { return inTwoRegions(ofADomain()) })
	failedOver = sync.OnceValue(func() regions {
		inputs := ofADomain()
		inputs["failed_over"] = "true"
		return inTwoRegions(inputs)
	})
)

func twice(s *infra.Stage) { s.SecondRegion = "eu-west-1" }

func inTwoRegions(inputs map[string]string) regions {
	cdk.Lock()
	defer cdk.Unlock()
	options, remove := changedOptions(inputs, twice)
	defer remove()
	app := newApp(options)
	both := regions{first: templatesOf(app, options)["prod"], second: stageTemplates{name: "prod"}, has: map[string]string{}}
	for _, child := range *app.Node().Children() {
		if stack, ok := child.(awscdk.Stack); ok {
			region := "the caller's"
			if !*awscdk.Token_IsUnresolved(stack.Region()) {
				region = *stack.Region()
			}
			both.has[strings.TrimPrefix(*stack.StackName(), "rez-agent-")] = region
		}
	}
	both.second.stateful = newTemplate(app, "rez-agent-stateful-prod-standby")
	both.second.pipeline = newTemplate(app, "rez-agent-pipeline-prod-standby", both.second.stateful)
	both.second.api = newTemplate(app, "rez-agent-api-prod-standby", both.second.stateful, both.second.pipeline)
	if app.Node().TryFindChild(jsii.String("rez-agent-watch-prod-standby")) != nil {
		both.second.watch = newTemplate(app, "rez-agent-watch-prod-standby")
	}
	return both
}

func TestTheSecondRegionHasWhatDeliversAndNoEdge(t *testing.T) {
	t.Parallel()
	require.Equal(t, map[string]string{
		"stateful-prod": "the caller's", "pipeline-prod": "the caller's", "api-prod": "the caller's",
		"dashboard-prod": "the caller's", "watch-prod": "the caller's",
		"stateful-prod-standby": "eu-west-1", "pipeline-prod-standby": "eu-west-1", "api-prod-standby": "eu-west-1",
	}, twoRegions().has)
	require.Empty(t, twoRegions().second.api.ofType("AWS::CloudFront::Distribution"))
	require.Contains(t, failedOver().has, "watch-prod-standby", "who works is watched")
	require.Empty(t, failedOver().second.watch.ofType("AWS::CloudWatch::Dashboard"), "a dashboard belongs to no region")
	require.Empty(t, failedOver().second.watch.ofType(budgetType), "nor does a bill")
}

// A stage without the option must keep its tables: another type of resource would want to make them anew.
func TestTablesOfOneRegionAreNoGlobalTables(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		require.Empty(t, stage.stateful.ofType(globalType))
		require.Len(t, stage.stateful.ofType(tableType), 4)
	})
}

func TestTablesAreKeptAlikeInBothRegions(t *testing.T) {
	t.Parallel()
	both := twoRegions()
	require.Empty(t, both.first.stateful.ofType(tableType))
	require.Empty(t, both.second.stateful.ofType(tableType), "there the first region keeps them")
	require.Empty(t, both.second.stateful.ofType(globalType))
	tables := both.first.stateful.ofType(globalType)
	single := synthesized()["prod"].stateful.ofType(tableType)
	require.Len(t, tables, len(single))
	for name, table := range tables {
		for _, same := range []string{"KeySchema", "GlobalSecondaryIndexes", "TimeToLiveSpecification", "BillingMode"} {
			require.Equal(t, single[name][same], table[same], "%s: an import takes no other %s", name, same)
		}
		require.ElementsMatch(t, single[name]["AttributeDefinitions"], table["AttributeDefinitions"], name)
		require.Equal(t, object{"StreamViewType": "NEW_AND_OLD_IMAGES"}, table["StreamSpecification"], name)
		keys := map[string]string{}
		for _, r := range table["Replicas"].([]any) {
			replica := r.(object)
			require.Equal(t, true, replica["DeletionProtectionEnabled"], name)
			require.Equal(t, object{"PointInTimeRecoveryEnabled": true}, replica["PointInTimeRecoverySpecification"], name)
			keys[both.first.stateful.text(replica["Region"])] = both.first.stateful.text(replica["SSESpecification"].(object)["KMSMasterKeyId"])
		}
		require.Equal(t, map[string]string{
			"<Region>": dataKey, "eu-west-1": "arn:<Partition>:kms:eu-west-1:<AccountId>:alias/rez-agent-data-prod",
		}, keys, name)
	}
	aliases := map[any]bool{}
	for _, alias := range both.second.stateful.ofType("AWS::KMS::Alias") {
		aliases[alias["AliasName"]] = true
	}
	require.Contains(t, aliases, "alias/rez-agent-data-prod", "the key that the copies are encrypted with")
	for id, resource := range both.first.stateful.resources {
		if r := resource.(object); r["Type"] == globalType {
			require.Equal(t, "Retain", r["DeletionPolicy"], id)
		}
	}
}

// starting is what starts work by itself: the rules' names and the mappings' sources that are switched on.
func (s stageTemplates) starting() []string {
	var on []string
	for name, rule := range s.pipeline.ofType(ruleType) {
		if rule["State"] == "ENABLED" {
			on = append(on, name)
		}
	}
	for _, mapping := range s.pipeline.ofType(mappingType) {
		if mapping["Enabled"] != false {
			source, _, _ := strings.Cut(s.pipeline.text(mapping["EventSourceArn"]), " ")
			on = append(on, source)
		}
	}
	return on
}

// Leases and breakers are compared and set within one region: two sweepers would publish every message twice.
func TestOneRegionWorksByTheClock(t *testing.T) {
	t.Parallel()
	both, after := twoRegions(), failedOver()
	sweep, hello := "rez-agent-sweep-prod", "rez-agent-hello-prod"
	require.ElementsMatch(t, []string{sweep, hello, "queue", "streamarn"}, both.first.starting())
	require.ElementsMatch(t, []string{"queue"}, both.second.starting(), "what its API accepts is delivered at once")
	require.ElementsMatch(t, []string{"streamarn"}, after.first.starting(), "nothing but what counts")
	require.ElementsMatch(t, []string{sweep, hello, "queue"}, after.second.starting())
}

// The first region's stream tells of what either writes: two that count would count everything twice.
func TestChangesAreCountedInOneRegion(t *testing.T) {
	t.Parallel()
	require.NotContains(t, twoRegions().second.pipeline.ofType(functionType), "rez-agent-rollup-prod")
	require.Contains(t, twoRegions().first.pipeline.ofType(functionType), "rez-agent-rollup-prod")
}

func TestOneNameLeadsToTheRegionThatIsHealthy(t *testing.T) {
	t.Parallel()
	both := twoRegions()
	record := func(in template) object {
		for _, r := range in.ofType(recordType) {
			if r["Name"] == "origin.rez.example.com." {
				return r
			}
		}
		require.Fail(t, "no record of the origin")
		return nil
	}
	first, second := record(both.first.api), record(both.second.api)
	require.Equal(t, []any{"PRIMARY", "SECONDARY"}, []any{first["Failover"], second["Failover"]})
	require.NotEqual(t, first["SetIdentifier"], second["SetIdentifier"])
	require.NotEmpty(t, first["HealthCheckId"])
	for _, in := range []template{both.first.api, both.second.api} {
		require.Equal(t, "origin.rez.example.com", in.one(t, "AWS::ApiGateway::DomainName")["DomainName"])
		mapping := in.one(t, "AWS::ApiGateway::BasePathMapping")
		require.NotContains(t, mapping, "BasePath")
		require.Equal(t, "rez-agent-api-prod", in.text(mapping["RestApiId"]))
		require.Equal(t, "origin.rez.example.com", in.one(t, certificateType)["DomainName"])
	}
	check := both.first.api.one(t, "AWS::Route53::HealthCheck")["HealthCheckConfig"].(object)
	require.Equal(t, "rez-agent-api-prod.execute-api.<Region>.<URLSuffix>", both.first.api.text(check["FullyQualifiedDomainName"]))
	require.Equal(t, []any{"HTTPS", "/api/health", true}, []any{check["Type"], check["ResourcePath"], check["EnableSNI"]})
	require.Empty(t, both.second.api.ofType("AWS::Route53::HealthCheck"))
}

// Under the origin's name the gateway's stage is no part of the path.
func TestTheEdgeAsksTheOriginsNameWithoutTheStage(t *testing.T) {
	t.Parallel()
	edge := twoRegions().first.api.one(t, "AWS::CloudFront::Distribution")["DistributionConfig"].(object)
	var hosts []any
	for _, origin := range edge["Origins"].([]any) {
		hosts = append(hosts, origin.(object)["DomainName"])
	}
	require.Contains(t, hosts, "origin.rez.example.com")
	behavior := edge["CacheBehaviors"].([]any)[0].(object)
	require.Equal(t, "/api/*", behavior["PathPattern"])
	require.Len(t, behavior["FunctionAssociations"], 1)
	code := ""
	for _, function := range twoRegions().first.api.ofType("AWS::CloudFront::Function") {
		if function["Name"] == "rez-agent-api-path-prod" {
			code = function["FunctionCode"].(string)
		}
	}
	require.Contains(t, code, "request.uri = request.uri.slice('/api'.length)")
	plain := synthesized()["prod"].api.one(t, "AWS::CloudFront::Distribution")["DistributionConfig"].(object)
	require.NotContains(t, plain["CacheBehaviors"].([]any)[0], "FunctionAssociations")
}

// Either region signs its own people in, and sends them back to the one name.
func TestBothRegionsAreSeenUnderOneAddress(t *testing.T) {
	t.Parallel()
	for _, region := range []stageTemplates{twoRegions().first, twoRegions().second} {
		require.Equal(t, "https://rez.example.com", environmentOf(region, contract.TaskWebAPI)[contract.EnvPublicURL])
		browser := region.api.ofType("AWS::Cognito::UserPoolClient")["rez-agent-browser-prod"]
		require.Equal(t, []any{"https://rez.example.com/api/auth/callback"}, browser["CallbackURLs"])
	}
}

func TestASecondRegionThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	for says, given := range map[string]struct {
		inputs map[string]string
		change func(*infra.Stage)
	}{
		"-c domain":                {nil, twice},
		"must be a region's name":  {ofADomain(), func(s *infra.Stage) { s.SecondRegion = "Ireland" }},
		"paid by request":          {ofADomain(), func(s *infra.Stage) { twice(s); s.Capacity = someCapacity() }},
		"SecondRegion and Private": {ofADomain(), func(s *infra.Stage) { twice(s); privately(s) }},
		"needs no second copy":     {ofADomain(), func(s *infra.Stage) { twice(s); s.KeepData = false }},
		"it has no second region":  {map[string]string{"failed_over": "true"}, asItIs},
	} {
		require.ErrorContains(t, refused(given.inputs, given.change), says)
	}
}
