package lambdas

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/sdkhttp"
)

func setLambda(t *testing.T, endpoint string) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example",
		"AWS_SESSION_TOKEN": "session", "AWS_ENDPOINT_URL": endpoint, "AWS_SDK_UA_APP_ID": "rez-agent-sweeper-dev",
	} {
		t.Setenv(name, value)
	}
}

func TestConfigComesFromTheEnvironmentOfALambda(t *testing.T) {
	setLambda(t, "")
	cfg, err := awsConfig()
	require.NoError(t, err)
	credentials, err := cfg.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	require.Equal(t, "eu-central-1", cfg.Region)
	require.Equal(t, "rez-agent-sweeper-dev", cfg.AppID)
	require.Nil(t, cfg.BaseEndpoint, "without an endpoint of our own the SDK finds AWS's")
	require.Equal(t, "AKIDEXAMPLE", credentials.AccessKeyID)
	require.Equal(t, "session", credentials.SessionToken)
	require.IsType(t, sdkhttp.KeepAnswers(nil), cfg.HTTPClient)
}

func TestEveryVariableThatIsMissingIsNamedAtOnce(t *testing.T) {
	setLambda(t, "")
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	_, err := awsConfig()
	require.ErrorContains(t, err, "AWS_REGION, AWS_SECRET_ACCESS_KEY")
	require.NotContains(t, err.Error(), "AWS_ACCESS_KEY_ID")
}

func TestClientsOfThisConfigSignTheirRequestsAndRetryAsTheSDKDoes(t *testing.T) {
	var calls atomic.Int32
	var signed atomic.Value
	aws503 := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		signed.Store(r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(aws503.Close)
	setLambda(t, aws503.URL)
	cfg, err := awsConfig()
	require.NoError(t, err)

	client := dynamodb.NewFromConfig(cfg)
	_, err = client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String("t"), Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "1"}},
	})
	require.Error(t, err)
	require.Contains(t, signed.Load(), "Credential=AKIDEXAMPLE/")
	require.EqualValues(t, client.Options().Retryer.MaxAttempts(), calls.Load(), "the standard retryer is in place")
	require.Greater(t, calls.Load(), int32(1))
}
