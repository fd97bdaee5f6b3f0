package infra_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/infra"
)

func TestOptionsComeFromContextAndEnvironment(t *testing.T) {
	t.Parallel()
	assets := t.TempDir()
	writeBootstraps(assets)
	for name, given := range map[string]struct {
		context, environment map[string]string
		stages               []string
		url                  string
		divisor              int
	}{
		"no stage means dev": {
			context: map[string]string{"ntfy_url": ntfyURL}, stages: []string{"dev"}, url: ntfyURL, divisor: 1,
		},
		"all means every stage on AWS": {
			context: map[string]string{"stage": "all", "ntfy_url": ntfyURL},
			stages:  []string{"dev", "stage", "prod"}, url: ntfyURL, divisor: 1,
		},
		"the address may come from the environment": {
			context: map[string]string{"stage": "prod"}, environment: map[string]string{"NTFY_URL": ntfyURL},
			stages: []string{"prod"}, url: ntfyURL, divisor: 1,
		},
		"the context goes before the environment": {
			context:     map[string]string{"stage": "prod", "ntfy_url": ntfyURL},
			environment: map[string]string{"NTFY_URL": "https://ntfy.sh/other"},
			stages:      []string{"prod"}, url: ntfyURL, divisor: 1,
		},
		"local needs no address and may divide its waits": {
			context: map[string]string{"stage": "local", "time_divisor": "60"},
			stages:  []string{"local"}, url: "http://127.0.0.1:2586/rez-agent-local", divisor: 60,
		},
		"local may speak plain HTTP": {
			context: map[string]string{"stage": "local", "ntfy_url": "http://127.0.0.1:9/t"},
			stages:  []string{"local"}, url: "http://127.0.0.1:9/t", divisor: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given.context["assets"] = assets
			options, err := infra.ReadOptions(lookup(given.context), lookup(given.environment))
			require.NoError(t, err)
			stages := make([]string, 0, len(options.Stages))
			for _, stage := range options.Stages {
				stages = append(stages, stage.Name)
			}
			require.Equal(t, given.stages, stages)
			require.Equal(t, given.url, options.NtfyURL)
			require.Equal(t, given.divisor, options.TimeDivisor)
		})
	}
}

func TestBadOptionsSayWhatIsAllowed(t *testing.T) {
	t.Parallel()
	assets := t.TempDir()
	writeBootstraps(assets)
	for name, given := range map[string]struct {
		context map[string]string
		says    []string
	}{
		"unknown stage":             {map[string]string{"stage": "qa"}, []string{`"qa"`, "local|dev|stage|prod"}},
		"no address":                {map[string]string{"stage": "prod"}, []string{"ntfy_url is missing", "-c ntfy_url=", "NTFY_URL"}},
		"address without a topic":   {map[string]string{"ntfy_url": "https://ntfy.sh"}, []string{"ntfy_url", "topic"}},
		"plain HTTP on AWS":         {map[string]string{"ntfy_url": "http://ntfy.sh/t"}, []string{"https://"}},
		"divisor that is no number": {map[string]string{"stage": "local", "time_divisor": "x"}, []string{"time_divisor", "whole number"}},
		"divisor of zero":           {map[string]string{"stage": "local", "time_divisor": "0"}, []string{"time_divisor", "from 1"}},
		"divided waits on AWS":      {map[string]string{"time_divisor": "2", "ntfy_url": ntfyURL}, []string{"time_divisor", `"local"`}},
		"Lambdas that are not built": {
			map[string]string{"ntfy_url": ntfyURL, "assets": "no/such/folder"},
			[]string{"no/such/folder/arm64/scheduler/bootstrap", "make build"},
		},
		"two faults at once": {map[string]string{"ntfy_url": "https://ntfy.sh", "time_divisor": "x"}, []string{"topic", "time_divisor"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if given.context["assets"] == "" {
				given.context["assets"] = assets
			}
			_, err := infra.ReadOptions(lookup(given.context), noEnvironment)
			for _, says := range given.says {
				require.ErrorContains(t, err, says)
			}
		})
	}
}
