package coldstart

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/rezagent/rez_agent/internal/auth/token"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/store"
)

// Names of what stands in the Lambdas' environment. All of them get all of it; each reads what it needs.
const (
	stage   = "coldstart"
	region  = "eu-central-1"
	account = "000000000000"

	messagesTable, jobsTable = "messages", "jobs"
	poolID, clientID, keyID  = region + "_coldstart", "coldstart", "coldstart"
	tokenParam               = "/rez-agent/coldstart/ntfy-api-key"

	machineARN   = "arn:aws:states:" + region + ":" + account + ":stateMachine:rez-agent-deliver-coldstart"
	executionARN = "arn:aws:states:" + region + ":" + account + ":express:rez-agent-deliver-coldstart:q:1"
)

// world is what the Lambdas find outside of themselves: a loopback server that is AWS, ntfy and the user pool at once.
type world struct {
	cloud    *cloud
	url      string
	client   *dynamodb.Client
	messages *store.Messages
	// token is an operator's access token.
	token string
	stop  func()
}

func newWorld() (*world, error) {
	keys, bearer, err := signed()
	if err != nil {
		return nil, err
	}
	stub := &cloud{keys: keys, tables: map[string]json.RawMessage{}}
	server := httptest.NewServer(http.Handler(stub))
	client := dynamodb.NewFromConfig(aws.Config{
		Region: region, BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	return &world{
		cloud: stub, url: server.URL, client: client, messages: store.NewMessages(client, messagesTable), token: bearer, stop: server.Close,
	}, nil
}

// signed makes the pool's key set and an access token as Cognito's are.
func signed() (keys []byte, bearer string, err error) {
	const bits = 2048
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, "", fmt.Errorf("make the pool's key: %w", err)
	}
	keys, err = json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{
		Key: key.Public(), KeyID: keyID, Algorithm: string(jose.RS256), Use: "sig",
	}}})
	if err != nil {
		return nil, "", fmt.Errorf("write the pool's keys: %w", err)
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: keyID}}, &jose.SignerOptions{})
	if err != nil {
		return nil, "", fmt.Errorf("sign an access token: %w", err)
	}
	now := time.Now()
	bearer, err = jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: token.Issuer(poolID), Subject: "coldstart", IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Hour)),
	}).Claims(map[string]any{
		"token_use": "access", "client_id": clientID, "username": "alice", "cognito:groups": []string{contract.RoleOperator},
	}).Serialize()
	if err != nil {
		return nil, "", fmt.Errorf("sign an access token: %w", err)
	}
	return keys, bearer, nil
}

// environment is what AWS sets in a Lambda, and what the CDK app does.
func (w *world) environment(runtimeAPI string) []string {
	queue := w.url + "/" + account + "/"
	return []string{
		"AWS_LAMBDA_RUNTIME_API=" + runtimeAPI, "AWS_LAMBDA_FUNCTION_NAME=coldstart", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256",
		"AWS_LAMBDA_LOG_FORMAT=JSON", "_HANDLER=bootstrap", "LAMBDA_TASK_ROOT=/var/task", "AWS_REGION=" + region,
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_SESSION_TOKEN=test", "AWS_ENDPOINT_URL=" + w.url,
		"PATH=" + os.Getenv("PATH"), contract.EnvGC + "=" + contract.GCPercent,

		contract.EnvStage + "=" + stage, contract.EnvMessagesTable + "=" + messagesTable, contract.EnvCircuitTable + "=circuit",
		contract.EnvMetricsTable + "=metrics", contract.EnvJobsTable + "=" + jobsTable,
		contract.EnvTopicARN + "=arn:aws:sns:" + region + ":" + account + ":rez-agent-messages-coldstart",
		contract.EnvQueueURL + "=" + queue + "rez-agent-message-queue-coldstart", contract.EnvDLQURL + "=" + queue + "rez-agent-message-dlq-coldstart",
		contract.EnvStateMachineARN + "=" + machineARN,
		contract.EnvNtfyURL + "=" + w.url + "/coldstart", contract.EnvNtfyAPIKeyParam + "=" + tokenParam,
		contract.EnvUserPoolID + "=" + poolID, contract.EnvClientID + "=" + clientID, contract.EnvCLIClientID + "=commandline",
		contract.EnvJWKSURL + "=" + w.url + "/keys", contract.EnvSignInURL + "=" + w.url, contract.EnvPublicURL + "=https://coldstart.example",
		contract.EnvSessionKeyParam + "=/rez-agent/coldstart/session-key", contract.EnvReplayJob + "=rez-agent-replayjob-coldstart",
		contract.EnvScheduleGroup + "=rez-agent-coldstart", contract.EnvScheduleTarget + "=" + functionARN, contract.EnvScheduleRole + "=" + functionARN,
		contract.EnvWorkflowLogs + "=/aws/vendedlogs/states/rez-agent-deliver-coldstart",
	}
}
