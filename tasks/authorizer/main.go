// Authorizer is the Lambda that the gateway asks who makes a request.
package main

import (
	"cmp"
	"context"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/rezagent/rez_agent/internal/auth/token"
	"github.com/rezagent/rez_agent/internal/config"
	"github.com/rezagent/rez_agent/internal/lambdas"
)

type environment struct {
	config.Base
	config.Pool
	config.Usage
}

func main() { lambdas.Start(wire) }

func wire(env environment, _ aws.Config) func(context.Context, request) (events.APIGatewayCustomAuthorizerResponse, error) {
	issuer := token.Issuer(env.UserPoolID)
	return handler(&token.Verifier{
		Issuer: issuer, Keys: token.NewKeys(cmp.Or(env.JWKSURL, token.JWKSURL(issuer)), nil, time.Now),
		Clients: []string{env.ClientID, env.CLIClientID}, Now: time.Now,
	}, env.UsageKeys)
}
