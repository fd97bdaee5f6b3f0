package infra_test

import (
	"maps"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/infra"
	"github.com/rezagent/rez_agent/internal/contract"
)

const (
	recordType      = "AWS::Route53::RecordSet"
	certificateType = "AWS::CertificateManager::Certificate"
	certificate     = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
)

// CloudFront takes a certificate from us-east-1 alone, and nothing may be deployed under the name before it is there.
func TestADomainBeginsWithItsCertificate(t *testing.T) {
	t.Parallel()
	inputs := ofADomain()
	delete(inputs, "certificate_arn")
	cdk.Lock()
	defer cdk.Unlock()
	options, remove := changedOptions(inputs, asItIs)
	defer remove()
	app := newApp(options)
	var names []string
	for _, child := range *app.Node().Children() {
		if stack, ok := child.(awscdk.Stack); ok {
			names = append(names, *stack.StackName())
			require.Equal(t, "us-east-1", *stack.Region())
		}
	}
	require.Equal(t, []string{"rez-agent-certificate-prod"}, names)
	stack := newTemplate(app, names[0])
	made := stack.one(t, certificateType)
	require.Equal(t, "rez.example.com", made["DomainName"])
	require.Equal(t, "DNS", made["ValidationMethod"])
	require.Equal(t, []any{object{"DomainName": "rez.example.com", "HostedZoneId": "Z0123456789ABC"}}, made["DomainValidationOptions"])
	require.Contains(t, stack.outputs, contract.OutputCertificateARN)
}

func TestADomainLeadsToTheEdgeAndSignInComesBackToIt(t *testing.T) {
	t.Parallel()
	prod := private()
	edge := prod.api.one(t, "AWS::CloudFront::Distribution")["DistributionConfig"].(object)
	require.Equal(t, []any{"rez.example.com"}, edge["Aliases"])
	require.Equal(t, object{
		"AcmCertificateArn": certificate, "MinimumProtocolVersion": "TLSv1.2_2021", "SslSupportMethod": "sni-only",
	}, edge["ViewerCertificate"])

	kinds := map[any]bool{}
	for _, resource := range prod.api.resources { // they have one name
		r := resource.(object)
		if r["Type"] != recordType {
			continue
		}
		record := r["Properties"].(object)
		kinds[record["Type"]] = true
		require.Equal(t, "rez.example.com.", record["Name"])
		require.Equal(t, "Z0123456789ABC", record["HostedZoneId"])
		require.Equal(t, "Edge7038544F", prod.api.text(record["AliasTarget"].(object)["DNSName"]))
	}
	require.Equal(t, map[any]bool{"A": true, "AAAA": true}, kinds)

	require.Equal(t, "https://rez.example.com", environmentOf(prod, contract.TaskWebAPI)[contract.EnvPublicURL])
	require.Equal(t, "https://rez.example.com", prod.api.outputs[contract.OutputAPIURL].(object)["Value"])
	browser := prod.api.ofType("AWS::Cognito::UserPoolClient")["rez-agent-browser-prod"]
	require.Equal(t, []any{"https://rez.example.com/api/auth/callback"}, browser["CallbackURLs"])
	require.Equal(t, []any{"https://rez.example.com/"}, browser["LogoutURLs"])
}

func TestWithoutADomainNoRecordIsMade(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for _, in := range stage.all() {
			require.Empty(t, in.ofType(recordType))
			require.Empty(t, in.ofType(certificateType))
		}
	})
}

func TestABadDomainSaysWhatIsAllowed(t *testing.T) {
	t.Parallel()
	assets := t.TempDir()
	writeBootstraps(assets)
	for name, given := range map[string]struct {
		change map[string]string
		says   []string
	}{
		"an address":                          {map[string]string{"domain": "https://rez.example.com"}, []string{"domain", "a host in lower case"}},
		"a name in capitals":                  {map[string]string{"domain": "Rez.example.com"}, []string{"domain", "lower case"}},
		"a zone without a domain":             {map[string]string{"domain": ""}, []string{"domain is", "rez.example.com"}},
		"a domain without a zone":             {map[string]string{"hosted_zone_id": ""}, []string{"hosted_zone_id", "Z0123456789ABC"}},
		"a zone by its name":                  {map[string]string{"hosted_zone_id": "example.com"}, []string{"hosted_zone_id", "Route 53"}},
		"a certificate of another region":     {map[string]string{"certificate_arn": "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"}, []string{"certificate_arn", "us-east-1"}},
		"a public address beside it":          {map[string]string{"public_url": "https://rez.example.com"}, []string{"domain", "public_url"}},
		"one domain for all stages":           {map[string]string{"stage": "all"}, []string{"domain", "3 stages"}},
		"a domain of the emulator":            {map[string]string{"stage": "local"}, []string{"domain", `"local"`}},
		"a bad name and a bad zone, together": {map[string]string{"domain": "x", "hosted_zone_id": "y"}, []string{"domain", "hosted_zone_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inputs := ofADomain()
			inputs["stage"], inputs["assets"], inputs["dashboard"], inputs["ntfy_url"] = "prod", assets, assets, ntfyURL
			maps.Copy(inputs, given.change)
			_, err := infra.ReadOptions(lookup(inputs), noEnvironment)
			for _, says := range given.says {
				require.ErrorContains(t, err, says)
			}
		})
	}
}
