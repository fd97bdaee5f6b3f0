// Empty is the cold start's yardstick: the least that a Lambda in Go can be. It links nothing but the library that every
// Lambda has, and answers with its input.
package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(_ context.Context, input json.RawMessage) (json.RawMessage, error) { return input, nil })
}
