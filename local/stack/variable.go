package stack

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/rezagent/rez_agent/internal/contract"
)

// SetVariable changes one variable of a Lambda's environment as a deployment does: a new version of it, and the live
// alias moved to that version.
func (a *Addresses) SetVariable(ctx context.Context, task contract.Task, name, value string) error {
	client, function := lambda.NewFromConfig(a.AWS()), aws.String(a.Functions[task])
	now, err := client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: function})
	if err != nil {
		return fmt.Errorf("read the environment of %s: %w", task, err)
	}
	variables := now.Environment.Variables
	variables[name] = value
	_, err = client.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
		FunctionName: function, Environment: &types.Environment{Variables: variables},
	})
	if err != nil {
		return fmt.Errorf("write the environment of %s: %w", task, err)
	}
	version, err := client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: function})
	if err != nil {
		return fmt.Errorf("publish %s: %w", task, err)
	}
	_, err = client.UpdateAlias(ctx, &lambda.UpdateAliasInput{
		FunctionName: function, Name: aws.String(contract.LiveAlias), FunctionVersion: version.Version,
	})
	if err != nil {
		return fmt.Errorf("move the alias of %s: %w", task, err)
	}
	return nil
}
