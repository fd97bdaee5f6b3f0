// Onecall is the cold start's second yardstick: the least that a Lambda in Go can be that reads one item of DynamoDB with
// AWS's SDK. What it takes beyond the empty one no Lambda that does work can save.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func main() {
	client := dynamodb.New(dynamodb.Options{
		Region: os.Getenv("AWS_REGION"), BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL")),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY")}, nil
		}),
	})
	lambda.Start(func(ctx context.Context, input json.RawMessage) (json.RawMessage, error) {
		_, err := client.GetItem(ctx, &dynamodb.GetItemInput{
			TableName: aws.String("circuit"), Key: map[string]types.AttributeValue{"channel": &types.AttributeValueMemberS{Value: "ntfy"}},
		})
		if err != nil {
			return nil, fmt.Errorf("read one item: %w", err)
		}
		return input, nil
	})
}
