package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
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
