// Package lambdas is what every Lambda does before and around its work: read the environment, connect, log.
package lambdas

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/rezagent/rez_agent/internal/config"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// Start runs a Lambda: wire builds its work from the environment E, and the work serves until the process ends. A
// Lambda that cannot start says why in one line and exits with 1.
func Start[E interface{ Common() config.Base }, In, Out any](wire func(E, aws.Config) func(context.Context, In) (Out, error)) {
	function := os.Getenv("AWS_LAMBDA_FUNCTION_NAME")
	environment, err := config.Load[E]()
	if err != nil {
		exit(telemetry.New(zapcore.InfoLevel, os.Getenv("STAGE"), function), err)
	}
	base := environment.Common()
	log := telemetry.New(zapcore.Level(base.LogLevel), base.Stage, function)
	cfg, err := awsConfig()
	if err != nil {
		exit(log, fmt.Errorf("AWS configuration: %w", err))
	}
	lambda.Start(logged(log, wire(environment, cfg)))
}

func exit(log *zap.Logger, err error) {
	log.Error("cannot start", zap.Error(err))
	os.Exit(1)
}
