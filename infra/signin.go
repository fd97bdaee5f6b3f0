package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

const (
	passwordLength = 12
	// invitationDays is how long the password of an invitation can be used.
	invitationDays = 3
)

// newUserPool keeps the people who may sign in: an administrator invites them, nobody signs up. Who wants a second factor
// sets up an authenticator app; nothing is sent by SMS.
func newUserPool(stack awscdk.Stack, stage Stage) awscognito.UserPool {
	pool := awscognito.NewUserPool(stack, jsii.String("Users"), &awscognito.UserPoolProps{
		UserPoolName:        jsii.String(stage.name("users")),
		SelfSignUpEnabled:   jsii.Bool(false),
		SignInAliases:       &awscognito.SignInAliases{Username: jsii.Bool(true), Email: jsii.Bool(true)},
		SignInCaseSensitive: jsii.Bool(false),
		AccountRecovery:     awscognito.AccountRecovery_EMAIL_ONLY,
		Mfa:                 awscognito.Mfa_OPTIONAL,
		MfaSecondFactor:     &awscognito.MfaSecondFactor{Otp: jsii.Bool(true), Sms: jsii.Bool(false)},
		PasswordPolicy: &awscognito.PasswordPolicy{
			MinLength:            jsii.Number(passwordLength),
			RequireLowercase:     jsii.Bool(true),
			RequireUppercase:     jsii.Bool(true),
			RequireDigits:        jsii.Bool(true),
			RequireSymbols:       jsii.Bool(true),
			TempPasswordValidity: awscdk.Duration_Days(jsii.Number(invitationDays)),
		},
		DeletionProtection: jsii.Bool(stage.KeepData),
		RemovalPolicy:      stage.keep(),
	})
	accept(pool,
		finding{rule: "COG2", reason: "A second factor is offered to everyone. Who requires it sets it so once all have set theirs up; " +
			"else nobody could sign in for the first time from the command line."},
		finding{rule: "COG8", reason: "The plus plan watches sign-ins for strangers, at a price for each user. Nobody signs up here: " +
			"an administrator invites the few people who operate this."})
	addGroup(pool, contract.RoleViewer, "Reads everything")
	addGroup(pool, contract.RoleOperator, "Also creates, replays, redrives, changes schedules and moves the circuit")
	return pool
}

func addGroup(pool awscognito.UserPool, role, description string) {
	pool.AddGroup(jsii.String(role), &awscognito.UserPoolGroupOptions{
		GroupName: jsii.String(role), Description: jsii.String(description),
	})
}

// addSignInPages gives the pool its hosted pages. Their name must be free in the whole region, so it holds the account's
// number.
func addSignInPages(pool awscognito.UserPool, stack awscdk.Stack, stage Stage) awscognito.UserPoolDomain {
	prefix := awscdk.Fn_Join(jsii.String("-"), &[]*string{jsii.String("rez-agent"), stack.Account(), jsii.String(stage.Name)})
	return pool.AddDomain(jsii.String("SignIn"), &awscognito.UserPoolDomainOptions{
		CognitoDomain: &awscognito.CognitoDomainOptions{DomainPrefix: prefix},
	})
}
