package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/emulator"
)

// emptyAnswer is what the empty Lambda says to the gateway.
const emptyAnswer = `{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"{}"}`

// answerVariable makes the empty Lambda say it; see its main.
const answerVariable = "BENCH_ANSWER"

// makeYardstick sets up an API of its own whose every path leads to a Lambda that does nothing, behind the authorizer that
// guards ours.
func (b *apiBench) makeYardstick(ctx context.Context) error {
	code, err := packed(ctx, b.options.Root, b.stack.Name)
	if err != nil {
		return err
	}
	cfg := b.stack.AWS()
	function, err := (&chain{cfg: cfg}).function(ctx, "api", code, map[string]string{answerVariable: emptyAnswer})
	if err != nil {
		return err
	}
	id, err := emptyAPI(ctx, apigateway.NewFromConfig(cfg), function, functionARN(b.stack.Functions[contract.TaskAuthorizer]))
	if err != nil {
		return fmt.Errorf("make the empty API: %w", err)
	}
	b.empty = gatewayURL(b.stack.Endpoint, id) + "/" + contract.APIStage
	return nil
}

func functionARN(name string) string {
	return "arn:aws:lambda:" + emulator.Region + ":" + emulator.AccountID + ":function:" + name
}

// invocation is the gateway's address of a Lambda.
func invocation(arn string) *string {
	return aws.String("arn:aws:apigateway:" + emulator.Region + ":lambda:path/2015-03-31/functions/" + arn + "/invocations")
}

func emptyAPI(ctx context.Context, client *apigateway.Client, function, authorizer string) (string, error) {
	made, err := client.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: aws.String(prefix + "api")})
	if err != nil {
		return "", err
	}
	id := made.Id
	guard, err := client.CreateAuthorizer(ctx, &apigateway.CreateAuthorizerInput{
		RestApiId: id, Name: aws.String(prefix + "authorizer"), Type: types.AuthorizerTypeRequest,
		AuthorizerUri: invocation(authorizer), AuthorizerResultTtlInSeconds: aws.Int32(0),
	})
	if err != nil {
		return "", err
	}
	path, err := everyPath(ctx, client, id)
	if err != nil {
		return "", err
	}
	_, err = client.PutMethod(ctx, &apigateway.PutMethodInput{
		RestApiId: id, ResourceId: path, HttpMethod: aws.String("ANY"), AuthorizationType: aws.String("CUSTOM"), AuthorizerId: guard.Id,
	})
	if err != nil {
		return "", err
	}
	_, err = client.PutIntegration(ctx, &apigateway.PutIntegrationInput{
		RestApiId: id, ResourceId: path, HttpMethod: aws.String("ANY"), Type: types.IntegrationTypeAwsProxy,
		IntegrationHttpMethod: aws.String("POST"), Uri: invocation(function),
	})
	if err != nil {
		return "", err
	}
	_, err = client.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: id, StageName: aws.String(contract.APIStage)})
	return aws.ToString(id), err
}

// everyPath makes the resource that has all paths below the root.
func everyPath(ctx context.Context, client *apigateway.Client, id *string) (*string, error) {
	all, err := client.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: id})
	if err != nil {
		return nil, err
	}
	if len(all.Items) != 1 {
		return nil, errors.New("a new API has no root")
	}
	made, err := client.CreateResource(ctx, &apigateway.CreateResourceInput{
		RestApiId: id, ParentId: all.Items[0].Id, PathPart: aws.String("{proxy+}"),
	})
	if err != nil {
		return nil, err
	}
	return made.Id, nil
}

// holdDelivery leaves in the queue what is created from now on. With all that an execution needs the emulator delivers
// fewer messages a second than the load creates, and would measure nothing but its own backlog.
func (b *apiBench) holdDelivery(ctx context.Context) error {
	client := lambda.NewFromConfig(b.stack.AWS())
	queue := b.stack.QueueURL[strings.LastIndexByte(b.stack.QueueURL, '/')+1:]
	arn := "arn:aws:sqs:" + emulator.Region + ":" + emulator.AccountID + ":" + queue
	mappings, err := client.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{EventSourceArn: aws.String(arn)})
	if err != nil {
		return fmt.Errorf("find what empties the queue: %w", err)
	}
	if len(mappings.EventSourceMappings) != 1 {
		return fmt.Errorf("find what empties the queue: %d mappings of %s, want 1", len(mappings.EventSourceMappings), arn)
	}
	_, err = client.UpdateEventSourceMapping(ctx, &lambda.UpdateEventSourceMappingInput{
		UUID: mappings.EventSourceMappings[0].UUID, Enabled: aws.Bool(false),
	})
	if err != nil {
		return fmt.Errorf("hold the delivery: %w", err)
	}
	return nil
}
