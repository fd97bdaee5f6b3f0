// Command echo is the Lambda by which the tests look at the emulator: it does what its event says.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

type order struct {
	Print   string `json:"print"`
	SleepMS int    `json:"sleep_ms"`
	Env     string `json:"env"`
	// Records are a stream's; one that has any takes as long as SLEEP_MS in the Lambda's environment says.
	Records []struct{ EventSource string } `json:"Records"`
	// Table is read once, through whatever AWS_ENDPOINT_URL says.
	Table string `json:"table"`
}

type answer struct {
	Env   string `json:"env"`
	Error string `json:"error"`
}

func (o order) sleep() time.Duration {
	if slow, err := strconv.Atoi(os.Getenv("SLEEP_MS")); err == nil && len(o.Records) > 0 {
		return time.Duration(slow) * time.Millisecond
	}
	return time.Duration(o.SleepMS) * time.Millisecond
}

func handle(ctx context.Context, o order) (answer, error) {
	if o.Print != "" {
		fmt.Println(o.Print) //nolint:forbidigo // what a Lambda prints is its log
	}
	select {
	case <-time.After(o.sleep()):
	case <-ctx.Done():
		return answer{}, errors.New("too slow")
	}
	said := answer{Env: os.Getenv(o.Env)}
	if o.Table == "" {
		return said, nil
	}
	if err := describe(ctx, o.Table); err != nil {
		said.Error = err.Error()
	}
	return said, nil
}

func describe(ctx context.Context, table string) error {
	cfg := aws.Config{
		Region: os.Getenv("AWS_REGION"), BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL")),
		Credentials: credentials.NewStaticCredentialsProvider(
			os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")),
	}
	_, err := dynamodb.NewFromConfig(cfg).DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &table})
	return err
}

func main() { lambda.Start(handle) }
