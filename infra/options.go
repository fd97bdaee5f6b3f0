package infra

import (
	"errors"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/rezagent/rez_agent/internal/contract"
)

// Names of the app's inputs, as in `cdk deploy -c stage=dev`.
const (
	contextStage       = "stage"
	contextNtfyURL     = "ntfy_url"
	contextTimeDivisor = "time_divisor"
	contextAssets      = "assets"
	contextPublicURL   = "public_url"
	contextSignInURL   = "sign_in_url"
	contextVersion     = "version"
	contextDashboard   = "dashboard"
	contextAlarmEmail  = "alarm_email"
	contextWebhookURL  = "webhook_url"
	contextDomain      = "domain"
	contextHostedZone  = "hosted_zone_id"
	contextCertificate = "certificate_arn"
	contextFailedOver  = "failed_over"
)

const (
	defaultStage     = "dev"
	defaultAssets    = "build/lambda"
	defaultDashboard = "web/dist"
	// localNtfyURL stands in where the local stage is only synthesized; the local stack gives its own stand-in's address.
	localNtfyURL = "http://127.0.0.1:2586/rez-agent-local"
)

// Options are the app's inputs, checked.
type Options struct {
	Stages []Stage
	// NtfyURL is the server and topic to which messages go.
	NtfyURL string
	// WebhookURL is the receiver of signed events; where it is empty the stages do not have the channel webhook.
	WebhookURL string
	// TimeDivisor divides every wait; above 1 only on the local stage.
	TimeDivisor int
	// Assets is the folder with the built Lambdas: <arm64|amd64>/<task>/bootstrap.
	Assets string
	// Dashboard is the folder with the built dashboard.
	Dashboard string
	// PublicURL is the origin under which browsers see the API; empty is the gateway's own.
	PublicURL string
	// Domain is where browsers find the stage; nil is CloudFront's own name. PublicURL follows it.
	Domain *Domain
	// FailedOver says that a stage of two regions works in its second one.
	FailedOver bool
	// SignInURL is the origin of the sign-in pages, on the local stage only.
	SignInURL string
	// Version is what is deployed, as the API tells it.
	Version string
	// AlarmEmail is who is told of alarms; empty leaves it to whoever subscribes to the topic.
	AlarmEmail string
}

// ReadOptions reads the inputs by their names from the CDK's context, and NTFY_URL from the environment where the context
// has no ntfy_url. It reports everything that is wrong at once, each with how to give it.
func ReadOptions(context, environment func(name string) string) (Options, error) {
	options := Options{
		Assets: orElse(context(contextAssets), defaultAssets), Dashboard: orElse(context(contextDashboard), defaultDashboard),
	}
	var stageErr, urlErr, divisorErr, publicErr, signInErr, versionErr, emailErr, webhookErr, domainErr, failedOverErr error
	options.Stages, stageErr = stagesNamed(orElse(context(contextStage), defaultStage))
	options.NtfyURL, urlErr = ntfyURL(orElse(context(contextNtfyURL), environment(contract.EnvNtfyURL)), options.emulated())
	options.TimeDivisor, divisorErr = timeDivisor(context(contextTimeDivisor), options.emulated())
	options.PublicURL, publicErr = publicURL(context(contextPublicURL), options.Stages, options.emulated())
	options.Domain, domainErr = readDomain(context(contextDomain), context(contextHostedZone), context(contextCertificate),
		context(contextPublicURL), options.Stages, options.emulated())
	if options.Domain != nil {
		options.PublicURL = "https://" + options.Domain.Name
	}
	options.SignInURL, signInErr = signInURL(context(contextSignInURL), options.emulated())
	options.Version, versionErr = version(orElse(context(contextVersion), unknownVersion))
	options.FailedOver, failedOverErr = yes(contextFailedOver, context(contextFailedOver))
	options.AlarmEmail, emailErr = alarmEmail(context(contextAlarmEmail))
	options.WebhookURL, webhookErr = webhookURL(context(contextWebhookURL), options.emulated())
	err := errors.Join(stageErr, urlErr, divisorErr, publicErr, signInErr, versionErr, emailErr, webhookErr, domainErr, failedOverErr)
	if err != nil {
		return Options{}, err
	}
	return options, errors.Join(options.checkAssets(), options.checkDashboard())
}

func orElse(given, otherwise string) string {
	if given == "" {
		return otherwise
	}
	return given
}

// emulated tells whether every stage runs on the emulator.
func (o Options) emulated() bool {
	for _, stage := range o.Stages {
		if !stage.Emulated {
			return false
		}
	}
	return true
}

func timeDivisor(given string, emulated bool) (int, error) {
	if given == "" {
		return 1, nil
	}
	divisor, err := strconv.Atoi(given)
	if err != nil || divisor < 1 {
		return 0, fmt.Errorf("time_divisor is %q: it must be a whole number from 1", given)
	}
	if divisor > 1 && !emulated {
		return 0, fmt.Errorf("time_divisor is %d: only the stage %q takes one above 1", divisor, StageLocal)
	}
	return divisor, nil
}

// yes reads an input that is switched on by true.
func yes(name, given string) (bool, error) {
	switch given {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, fmt.Errorf("%s is %q: it must be true or false", name, given)
}

func alarmEmail(given string) (string, error) {
	if given == "" {
		return "", nil
	}
	address, err := mail.ParseAddress(given)
	if err != nil || address.Address != given {
		return "", fmt.Errorf("%s is %q: it must be one bare address, as in ops@example.com", contextAlarmEmail, given)
	}
	return given, nil
}

// architecture of the stage's Lambdas, as Go names it: the emulator runs them on this very machine.
func (s Stage) architecture() string {
	if s.Emulated {
		return runtime.GOARCH
	}
	return "arm64"
}

// assetPath is the folder that holds a Lambda's bootstrap for the stage.
func (o Options) assetPath(stage Stage, task contract.Task) string {
	return filepath.Join(o.Assets, stage.architecture(), string(task.Program()))
}

func (o Options) checkAssets() error {
	for _, stage := range o.Stages {
		for _, task := range o.tasks() {
			bootstrap := filepath.Join(o.assetPath(stage, task), "bootstrap")
			if info, err := os.Stat(bootstrap); err != nil || !info.Mode().IsRegular() {
				return fmt.Errorf("stage %s: %s is missing: `make build` builds the Lambdas (-c %s=<folder> names another place)",
					stage.Name, bootstrap, contextAssets)
			}
		}
	}
	return nil
}
