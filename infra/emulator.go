package infra

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/settings"
)

// What the emulator lacks is decided here and nowhere else.

// synthesizer of a stage's stacks. The emulator enforces the Lambdas' roles but does not let the CDK take on its own
// deployment roles, so there the CDK deploys with the caller's credentials.
func (s Stage) synthesizer() awscdk.IStackSynthesizer {
	if s.Emulated {
		return awscdk.NewCliCredentialsStackSynthesizer(nil)
	}
	return awscdk.NewDefaultStackSynthesizer(nil)
}

// enforceTLS refuses requests without TLS. The emulator speaks plain HTTP, and would obey and refuse everything.
func (s Stage) enforceTLS() *bool {
	return jsii.Bool(!s.Emulated)
}

// beyondEmulator says whether the stage asks the emulator for what it does not have.
func (s Stage) beyondEmulator() bool {
	return s.Emulated && (s.OwnKeys || s.Shift || s.APICanary || s.UsagePlans || s.Firewall || s.PrivateAPI || s.SecondRegion != "" ||
		s.MonthlyBudget > 0 || s.Capacity != nil)
}

// acceptPlainHTTP notes on a resource of the emulator's stage that it takes requests without TLS.
func (s Stage) acceptPlainHTTP(resource constructs.IConstruct, rule string, others ...finding) {
	if s.Emulated {
		others = append(others, finding{rule: rule, reason: "The emulator speaks plain HTTP, on the loopback address alone."})
	}
	if len(others) > 0 {
		accept(resource, others...)
	}
}

// streamWindow is how long changes are gathered before they are counted. On the emulator somebody is looking.
func (s Stage) streamWindow() time.Duration {
	if s.Emulated {
		return 0
	}
	return settings.StreamWindow
}

// streamPatience is how long a change that cannot be counted is tried. The emulator tries each second, and all that came
// after it waits; a minute is the least that AWS takes.
func (s Stage) streamPatience() time.Duration {
	if s.Emulated {
		return time.Minute
	}
	const day = 24 * time.Hour
	return day
}

// signInAddresses are the origin of the sign-in pages, and where the pool's public keys are. On AWS the pool knows the
// first, and the Lambdas make the second of the pool's id; the emulator serves both under its own address.
func (a *api) signInAddresses() (pages, keys *string) {
	if !a.stage.Emulated {
		return a.kept.signInPages.BaseUrl(nil), nil
	}
	pages = jsii.String(a.options.SignInURL)
	return pages, awscdk.Fn_Join(jsii.String("/"), &[]*string{pages, a.kept.users.UserPoolId(), jsii.String(".well-known/jwks.json")})
}

// passwordSignIn lets a program send a name and a password and get tokens. Tests and `local token` do, on the emulator:
// nobody else's password is there.
func (s Stage) passwordSignIn() bool { return s.Emulated }

// accessTokenLife is longer where a person pastes a token into a terminal.
func (s Stage) accessTokenLife() time.Duration {
	if s.Emulated {
		return time.Hour
	}
	return settings.AccessToken
}

// watched says whether the stage has alarms, dashboards and saved queries. The emulator knows neither composite alarms,
// nor computed metrics, nor saved queries, and emits none of the metrics of AWS's own services.
func (s Stage) watched() bool { return !s.Emulated }
