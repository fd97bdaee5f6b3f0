package bench

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/stack"
)

// oftenPercent has Go collect garbage at 1 MB of heap and not at the 16 MB of contract.GCPercent, which few processes of a
// load reach: so what memory shows is what a Lambda holds, and not what it has not thrown away yet.
const oftenPercent = "25"

// collectOften publishes every Lambda anew with a garbage collector that works often.
func collectOften(ctx context.Context, s *stack.Stack) error {
	client := lambda.NewFromConfig(s.AWS())
	for task, function := range s.Functions {
		if err := setGC(ctx, client, function); err != nil {
			return fmt.Errorf("have %s collect its garbage often: %w", task, err)
		}
	}
	return nil
}

func setGC(ctx context.Context, client *lambda.Client, function string) error {
	name := aws.String(function)
	now, err := client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: name})
	if err != nil {
		return fmt.Errorf("read its environment: %w", err)
	}
	variables := now.Environment.Variables
	variables[contract.EnvGC] = oftenPercent
	_, err = client.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
		FunctionName: name, Environment: &lambdatypes.Environment{Variables: variables},
	})
	if err != nil {
		return fmt.Errorf("write its environment: %w", err)
	}
	version, err := client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name})
	if err != nil {
		return fmt.Errorf("publish it: %w", err)
	}
	_, err = client.UpdateAlias(ctx, &lambda.UpdateAliasInput{
		FunctionName: name, Name: aws.String(contract.LiveAlias), FunctionVersion: version.Version,
	})
	if err != nil {
		return fmt.Errorf("move its alias: %w", err)
	}
	return nil
}
