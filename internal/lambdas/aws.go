package lambdas

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/rezagent/rez_agent/internal/sdkhttp"
)

// awsConfig is the SDK's configuration, made by hand from what every Lambda has in its environment. The SDK's own config
// package also knows profiles, single sign-on, roles to assume and instance metadata, none of which a Lambda has, and
// adds 2.1 MB to each binary. The credentials need no refreshing: Lambda ends a process before they expire. What is not
// set here, as retries and timeouts, each client sets to the SDK's defaults.
func awsConfig() (aws.Config, error) {
	credentials := aws.Credentials{
		AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken: os.Getenv("AWS_SESSION_TOKEN"), Source: "environment",
	}
	cfg := aws.Config{
		Region: os.Getenv("AWS_REGION"), AppID: os.Getenv("AWS_SDK_UA_APP_ID"), HTTPClient: sdkhttp.KeepAnswers(nil),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return credentials, nil
		}),
	}
	if endpoint := os.Getenv("AWS_ENDPOINT_URL"); endpoint != "" { // the local stack
		cfg.BaseEndpoint = aws.String(endpoint)
	}
	return cfg, needed("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
}

// needed names every variable that is not set.
func needed(names ...string) error {
	var missing []string
	for _, name := range names {
		if os.Getenv(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("environment: %s not set, though Lambda sets them itself", strings.Join(missing, ", "))
	}
	return nil
}
