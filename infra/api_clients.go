package infra

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/settings"
)

// refreshOverlap is how long a refresh token works on after it was exchanged: two tabs, or a lost answer.
const refreshOverlap = time.Minute

func (a *api) newBrowserClient() awscognito.UserPoolClient {
	origin := *a.publicURL
	return a.newClient("BrowserClient", a.stage.name("browser"), settings.BrowserSignIn,
		origin+"/api/auth/callback", origin+"/")
}

func (a *api) newCLIClient() awscognito.UserPoolClient {
	return a.newClient("CliClient", a.stage.name("cli"), settings.CLISignIn, contract.CLICallbackURL)
}

// newClient lets a program without a secret of its own sign people in on the hosted pages: by authorization code, whose
// exchange needs the verifier (PKCE) of the program that asked for it. Each use of a refresh token gives a new one.
func (a *api) newClient(id, name string, signInLife time.Duration, callback string, logout ...string) awscognito.UserPoolClient {
	return awscognito.NewUserPoolClient(a.stack, jsii.String(id), &awscognito.UserPoolClientProps{
		UserPool:           a.kept.users,
		UserPoolClientName: jsii.String(name),
		GenerateSecret:     jsii.Bool(false),
		OAuth: &awscognito.OAuthSettings{
			Flows:        &awscognito.OAuthFlows{AuthorizationCodeGrant: jsii.Bool(true)},
			Scopes:       &[]awscognito.OAuthScope{awscognito.OAuthScope_OPENID(), awscognito.OAuthScope_PROFILE(), awscognito.OAuthScope_EMAIL()},
			CallbackUrls: jsii.Strings(callback),
			LogoutUrls:   optional(logout),
		},
		AuthFlows:                       a.authFlows(),
		SupportedIdentityProviders:      &[]awscognito.UserPoolClientIdentityProvider{awscognito.UserPoolClientIdentityProvider_COGNITO()},
		AccessTokenValidity:             minutes(a.stage.accessTokenLife()),
		IdTokenValidity:                 minutes(a.stage.accessTokenLife()),
		RefreshTokenValidity:            minutes(signInLife),
		RefreshTokenRotationGracePeriod: awscdk.Duration_Seconds(jsii.Number(refreshOverlap.Seconds())),
		EnableTokenRevocation:           jsii.Bool(true),
		PreventUserExistenceErrors:      jsii.Bool(true),
	})
}

// authFlows beside the hosted pages: SRP, which never sends the password. Where none is listed Cognito switches on more.
func (a *api) authFlows() *awscognito.AuthFlow {
	return &awscognito.AuthFlow{UserSrp: jsii.Bool(true), UserPassword: jsii.Bool(a.stage.passwordSignIn())}
}

func minutes(d time.Duration) awscdk.Duration {
	return awscdk.Duration_Minutes(jsii.Number(d.Minutes()))
}

// optional is a list for the CDK, or nothing: it refuses an empty one.
func optional(texts []string) *[]*string {
	if len(texts) == 0 {
		return nil
	}
	return jsii.Strings(texts...)
}
