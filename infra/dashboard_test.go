package infra_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/infra"
	"github.com/rezagent/rez_agent/internal/contract"
)

func TestDashboardAndAPIAreOneOriginOverTLS(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		edges := stage.api.ofType("AWS::CloudFront::Distribution")
		if stage.name == infra.StageLocal {
			require.Empty(t, edges, "local/front stands there")
			return
		}
		require.Len(t, edges, 1)
		config := first(edges)["DistributionConfig"].(object)
		pages := config["DefaultCacheBehavior"].(object)
		require.Equal(t, "redirect-to-https", pages["ViewerProtocolPolicy"])
		require.NotEmpty(t, pages["ResponseHeadersPolicyId"])
		behaviors := config["CacheBehaviors"].([]any)
		require.Len(t, behaviors, 1)
		api := behaviors[0].(object)
		require.Equal(t, "/api/*", api["PathPattern"])
		require.Equal(t, "https-only", api["ViewerProtocolPolicy"])
		require.Equal(t, "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", api["CachePolicyId"], "AWS's CachingDisabled")
		require.Equal(t, "b689b0a8-53d0-40ab-baf2-68738e2966ac", api["OriginRequestPolicyId"], "AWS's AllViewerExceptHostHeader")
		require.Len(t, api["AllowedMethods"], 7)
	})
}

func TestTheDashboardsPagesLoadNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for _, headers := range stage.api.ofType("AWS::CloudFront::ResponseHeadersPolicy") {
			security := headers["ResponseHeadersPolicyConfig"].(object)["SecurityHeadersConfig"].(object)
			require.Equal(t, contract.DashboardCSP, security["ContentSecurityPolicy"].(object)["ContentSecurityPolicy"])
			require.Equal(t, "DENY", security["FrameOptions"].(object)["FrameOption"])
			require.Contains(t, security, "StrictTransportSecurity")
		}
	})
}

func TestNobodyReadsTheDashboardsBucketButCloudFront(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for _, bucket := range stage.api.ofType("AWS::S3::Bucket") {
			require.Equal(t, object{
				"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
			}, bucket["PublicAccessBlockConfiguration"])
		}
		for _, policy := range stage.api.ofType("AWS::S3::BucketPolicy") {
			for _, statement := range policy["PolicyDocument"].(object)["Statement"].([]any) {
				if s := statement.(object); s["Effect"] == "Allow" {
					require.Equal(t, object{"Service": "cloudfront.amazonaws.com"}, s["Principal"])
					require.Equal(t, "s3:GetObject", s["Action"])
				}
			}
		}
	})
}

// first is the only one of some resources.
func first(resources map[string]object) object {
	for _, resource := range resources {
		return resource
	}
	return nil
}
