package infra_test

import (
	"maps"
	"os"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/infra"
)

// What several tests look at is synthesized once.
//
//nolint:gochecknoglobals // A sync.OnceValue has to outlive the test that asks first.
var (
	private  = sync.OnceValue(func() stageTemplates { return changed(ofADomain(), privately) })
	optioned = sync.OnceValue(func() stageTemplates { return changed(nil, otherwise) })
)

func asItIs(*infra.Stage) {}

// otherwise is prod with what it has off, and without what it has on.
func otherwise(s *infra.Stage) {
	s.Firewall, s.Capacity = true, someCapacity()
	s.MonthlyBudget, s.UsagePlans, s.APICanary = 0, false, false
}

func privately(s *infra.Stage) { s.PrivateAPI, s.Firewall = true, true }

// ofADomain are the inputs of a stage that has one, and its certificate.
func ofADomain() map[string]string {
	return map[string]string{"domain": "rez.example.com", "hosted_zone_id": "Z0123456789ABC", "certificate_arn": certificate}
}

// changed are the templates of prod as they are once somebody has changed its row in the table of stages, or deploys with
// other inputs.
func changed(inputs map[string]string, change func(*infra.Stage)) stageTemplates {
	cdk.Lock()
	defer cdk.Unlock()
	options, remove := changedOptions(inputs, change)
	defer remove()
	return templatesOf(newApp(options), options)["prod"]
}

// changedOptions are good until they are removed.
func changedOptions(inputs map[string]string, change func(*infra.Stage)) (options infra.Options, remove func()) {
	assets, err := os.MkdirTemp("", "rez-agent-assets")
	if err != nil {
		panic(err)
	}
	writeBootstraps(assets)
	all := map[string]string{"stage": "prod", "assets": assets, "dashboard": assets, "ntfy_url": ntfyURL}
	maps.Copy(all, inputs)
	options, err = infra.ReadOptions(lookup(all), noEnvironment)
	if err != nil {
		panic(err)
	}
	change(&options.Stages[0])
	return options, func() { _ = os.RemoveAll(assets) }
}

// refused is what is said against a stage that contradicts itself.
func refused(inputs map[string]string, change func(*infra.Stage)) error {
	cdk.Lock()
	defer cdk.Unlock()
	options, remove := changedOptions(inputs, change)
	defer remove()
	return infra.AddStacks(awscdk.NewApp(nil), options)
}

func TestNoOptionBringsAFindingWithoutAReason(t *testing.T) {
	t.Parallel()
	cdk.Lock()
	defer cdk.Unlock()
	toCertify := ofADomain()
	delete(toCertify, "certificate_arn")
	for name, given := range map[string]struct {
		inputs map[string]string
		change func(*infra.Stage)
	}{
		"a certificate to be made":              {toCertify, asItIs},
		"a private API and provisioned tables":  {ofADomain(), func(s *infra.Stage) { privately(s); s.Capacity = someCapacity() }},
		"a second region and a public firewall": {ofADomain(), func(s *infra.Stage) { twice(s); s.Firewall = true }},
	} {
		options, remove := changedOptions(given.inputs, given.change)
		require.NotEmpty(t, options.Stages, name)
		requireNoFindings(t, options)
		remove()
	}
}
