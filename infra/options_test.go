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
			given.context["assets"], given.context["dashboard"] = assets, assets
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
		"public address with a path":         {map[string]string{"ntfy_url": ntfyURL, "public_url": "https://rez.example.com/app"}, []string{"public_url", "follows the host", "https://rez.example.com"}},
		"public address with a slash":        {map[string]string{"ntfy_url": ntfyURL, "public_url": "https://rez.example.com/"}, []string{"public_url", "follows the host"}},
		"public address with a query":        {map[string]string{"ntfy_url": ntfyURL, "public_url": "https://rez.example.com?x=1"}, []string{"public_url", "follows the host"}},
		"public address without TLS on AWS":  {map[string]string{"ntfy_url": ntfyURL, "public_url": "http://rez.example.com"}, []string{"public_url", "scheme is not https"}},
		"public address without a scheme":    {map[string]string{"stage": "local", "public_url": "rez.example.com"}, []string{"public_url", "scheme"}},
		"public address with a user":         {map[string]string{"ntfy_url": ntfyURL, "public_url": "https://me:secret@rez.example.com"}, []string{"public_url", "user name"}},
		"public address with a line break":   {map[string]string{"ntfy_url": ntfyURL, "public_url": "https://rez.example.com\n"}, []string{"public_url", "not an address"}},
		"two addresses for alarms":           {map[string]string{"ntfy_url": ntfyURL, "alarm_email": "a@example.com, b@example.com"}, []string{"alarm_email", "one bare address"}},
		"public address without a host":      {map[string]string{"ntfy_url": ntfyURL, "public_url": "https://:443"}, []string{"public_url", "host is missing"}},
		"public address on a port too large": {map[string]string{"ntfy_url": ntfyURL, "public_url": "https://rez.example.com:70000"}, []string{"public_url", "port"}},
		"one public address for all stages":  {map[string]string{"stage": "all", "ntfy_url": ntfyURL, "public_url": "https://rez.example.com"}, []string{"public_url", "3 stages"}},
		"sign-in pages of our own on AWS":    {map[string]string{"ntfy_url": ntfyURL, "sign_in_url": "https://rez.example.com"}, []string{"sign_in_url", `"local"`}},
		"sign-in pages with a path":          {map[string]string{"stage": "local", "sign_in_url": "http://127.0.0.1:1/login"}, []string{"sign_in_url", "follows the host"}},
		"failed over by another word":        {map[string]string{"ntfy_url": ntfyURL, "failed_over": "yes"}, []string{"failed_over", "true or false"}},
		"version with a space":               {map[string]string{"ntfy_url": ntfyURL, "version": "v1 beta"}, []string{"version", "letters, digits"}},
		"two faults at once":                 {map[string]string{"ntfy_url": "https://ntfy.sh", "time_divisor": "x"}, []string{"topic", "time_divisor"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if given.context["assets"] == "" {
				given.context["assets"], given.context["dashboard"] = assets, assets
			}
			_, err := infra.ReadOptions(lookup(given.context), noEnvironment)
			for _, says := range given.says {
				require.ErrorContains(t, err, says)
			}
		})
	}
}

func TestWhereTheAPIIsSeenMayBeChosen(t *testing.T) {
	t.Parallel()
	assets := t.TempDir()
	writeBootstraps(assets)
	read := func(context map[string]string) infra.Options {
		context["assets"], context["dashboard"] = assets, assets
		options, err := infra.ReadOptions(lookup(context), noEnvironment)
		require.NoError(t, err)
		return options
	}
	onAWS := read(map[string]string{"ntfy_url": ntfyURL, "public_url": "https://rez.example.com:8443", "version": "v1.2.3"})
	require.Equal(t, "https://rez.example.com:8443", onAWS.PublicURL)
	require.Empty(t, onAWS.SignInURL)
	require.Equal(t, "v1.2.3", onAWS.Version)

	left := read(map[string]string{"ntfy_url": ntfyURL})
	require.Empty(t, left.PublicURL, "the gateway's own")
	require.Equal(t, "unknown", left.Version)

	local := read(map[string]string{"stage": "local", "public_url": "http://127.0.0.1:8481", "sign_in_url": "http://127.0.0.1:4666"})
	require.Equal(t, "http://127.0.0.1:8481", local.PublicURL)
	require.Equal(t, "http://127.0.0.1:4666", local.SignInURL)
}
