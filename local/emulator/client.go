package emulator

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/rezagent/rez_agent/internal/sdkhttp"
)

// idleConnections keeps enough connections open for a load test; Go's own default of two a host opens one a call.
const idleConnections = 256

// Config makes SDK clients speak to the local AWS at a URL, as its root user.
func Config(url string) aws.Config {
	return aws.Config{
		Region:       Region,
		BaseEndpoint: aws.String(url),
		Credentials:  credentials.NewStaticCredentialsProvider(AccessKeyID, SecretAccessKey, ""),
		HTTPClient: sdkhttp.KeepAnswers(&http.Client{Transport: &http.Transport{
			MaxIdleConns: idleConnections, MaxIdleConnsPerHost: idleConnections,
		}}),
		APIOptions: []func(*middleware.Stack) error{withoutHostPrefix},
	}
}

// withoutHostPrefix keeps the SDK from putting "sync-" before 127.0.0.1, as it does for StartSyncExecution.
func withoutHostPrefix(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("WithoutHostPrefix", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
	}), middleware.Before)
}
