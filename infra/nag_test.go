package infra_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/infra"
)

func TestNoFindingOfAwsSolutionsIsWithoutAReason(t *testing.T) {
	t.Parallel()
	cdk.Lock()
	defer cdk.Unlock()
	assets := t.TempDir()
	writeBootstraps(assets)
	for _, given := range []struct{ stage, webhook string }{{infra.StageLocal, ""}, {infra.AllStages, ""}, {"prod", receiverURL}} {
		options, err := infra.ReadOptions(lookup(map[string]string{
			"stage": given.stage, "assets": assets, "dashboard": assets, "ntfy_url": ntfyURL, "webhook_url": given.webhook,
		}), noEnvironment)
		require.NoError(t, err)
		requireNoFindings(t, options)
	}
}

// requireNoFindings checks an app's resources against the rules, as they are synthesized.
func requireNoFindings(t *testing.T, options infra.Options) {
	t.Helper()
	app := newApp(options)
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Reports: jsii.Bool(false)}), nil)
	stacks := 0
	for _, child := range *app.Node().Children() {
		if stack, ok := child.(awscdk.Stack); ok {
			stacks++
			assert.Empty(t, findings(stack), *stack.StackName())
		}
	}
	require.Positive(t, stacks)
}

// findings are what the rules say against a stack and nobody gave a reason for.
func findings(stack awscdk.Stack) []string {
	rules := assertions.Match_StringLikeRegexp(jsii.String("AwsSolutions-|CdkNag"))
	said := assertions.Annotations_FromStack(stack)
	all := append(*said.FindError(jsii.String("*"), rules), *said.FindWarning(jsii.String("*"), rules)...)
	texts := make([]string, 0, len(all))
	for _, finding := range all {
		texts = append(texts, fmt.Sprintf("%s: %v", *finding.Id, finding.Entry.Data)) //nolint:staticcheck // the CDK's own assertions still give this type
	}
	return texts
}
