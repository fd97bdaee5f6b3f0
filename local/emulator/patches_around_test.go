package emulator_test

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	cognitotypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/emulator"
)

func functionARN(name string) string {
	return "arn:aws:lambda:" + emulator.Region + ":" + emulator.AccountID + ":function:" + name
}

func testSchedules(t *testing.T, b *bench) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	require.NoError(t, err)
	at := time.Now().Add(2 * time.Second).Truncate(time.Second)
	client := scheduler.NewFromConfig(emulator.Config(b.emulator.URL))
	made, err := client.CreateSchedule(t.Context(), &scheduler.CreateScheduleInput{
		Name: aws.String("once"), ScheduleExpression: aws.String("at(" + at.In(tokyo).Format("2006-01-02T15:04:05") + ")"),
		ScheduleExpressionTimezone: aws.String("Asia/Tokyo"), ActionAfterCompletion: schedulertypes.ActionAfterCompletionDelete,
		FlexibleTimeWindow: &schedulertypes.FlexibleTimeWindow{Mode: schedulertypes.FlexibleTimeWindowModeOff},
		Target: &schedulertypes.Target{
			Arn: aws.String(functionARN("echo")), RoleArn: aws.String("arn:aws:iam::" + emulator.AccountID + ":role/test"),
			Input: aws.String(`{"print": "meant for <aws.scheduler.scheduled-time> by <aws.scheduler.schedule-arn>"}`),
		},
	})
	require.NoError(t, err)
	want := "meant for " + at.UTC().Format(time.RFC3339) + " by " + *made.ScheduleArn
	require.Eventually(t, func() bool { return strings.Contains(b.log(t, "echo"), want) }, patience, 100*time.Millisecond)
	_, err = client.GetSchedule(t.Context(), &scheduler.GetScheduleInput{Name: aws.String("once")})
	var gone *schedulertypes.ResourceNotFoundException
	require.ErrorAs(t, err, &gone, "a one-off goes once it has fired")
}

// log is all that a function has printed: nothing before its first call, which makes its log group.
func (b *bench) log(t *testing.T, function string) string {
	t.Helper()
	out, err := b.logs.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/aws/lambda/" + function)})
	if none := (*logstypes.ResourceNotFoundException)(nil); errors.As(err, &none) {
		return ""
	}
	require.NoError(t, err)
	var all strings.Builder
	for _, event := range out.Events {
		all.WriteString(*event.Message)
	}
	return all.String()
}

func testStreams(t *testing.T, b *bench) {
	const slow = 4 * time.Second
	create(t, b.lambda, "slow", echo(t))
	_, err := b.lambda.UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{
		FunctionName: aws.String("slow"),
		Environment:  &lambdatypes.Environment{Variables: map[string]string{"SLEEP_MS": strconv.FormatInt(slow.Milliseconds(), 10)}},
	})
	require.NoError(t, err)
	table := aws.String("streamed")
	stream := b.streamed(t, *table)
	b.mapped(t, "slow", &lambda.CreateEventSourceMappingInput{EventSourceArn: &stream, StartingPosition: lambdatypes.EventSourcePositionTrimHorizon})
	queue, err := b.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("beside")})
	require.NoError(t, err)
	b.mapped(t, "echo", &lambda.CreateEventSourceMappingInput{
		EventSourceArn: aws.String("arn:aws:sqs:" + emulator.Region + ":" + emulator.AccountID + ":beside"),
	})

	processes := len(group(t, b.emulator.PID()))
	_, err = b.dynamodb.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: table, Item: map[string]dynamotypes.AttributeValue{"id": &dynamotypes.AttributeValueMemberS{Value: "1"}},
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(group(t, b.emulator.PID())) > processes }, patience, 20*time.Millisecond,
		"the stream's Lambda gets a process with its first call")
	began := time.Now()
	_, err = b.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: queue.QueueUrl, MessageBody: aws.String("now")})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return b.empty(t, *queue.QueueUrl) }, patience, 20*time.Millisecond)
	require.Less(t, time.Since(began), slow/2)
}

// The first call of a Lambda gives it a process. Changes have whole seconds for their time, so a window may seem one shorter.
func testStreamWindow(t *testing.T, b *bench) {
	const window = 3 * time.Second
	create(t, b.lambda, "gathering", echo(t))
	table := aws.String("gathered")
	stream := b.streamed(t, *table)
	b.mapped(t, "gathering", &lambda.CreateEventSourceMappingInput{
		EventSourceArn: &stream, StartingPosition: lambdatypes.EventSourcePositionTrimHorizon,
		MaximumBatchingWindowInSeconds: aws.Int32(int32(window.Seconds())),
	})
	processes, began := len(group(t, b.emulator.PID())), time.Now()
	_, err := b.dynamodb.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: table, Item: map[string]dynamotypes.AttributeValue{"id": &dynamotypes.AttributeValueMemberS{Value: "1"}},
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(group(t, b.emulator.PID())) > processes }, patience, 20*time.Millisecond)
	require.GreaterOrEqual(t, time.Since(began), window-time.Second)
}

// streamed makes a table with a stream, and gives the stream's ARN.
func (b *bench) streamed(t *testing.T, table string) string {
	t.Helper()
	made, err := b.dynamodb.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &table, BillingMode: dynamotypes.BillingModePayPerRequest,
		AttributeDefinitions: []dynamotypes.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: dynamotypes.ScalarAttributeTypeS}},
		KeySchema:            []dynamotypes.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: dynamotypes.KeyTypeHash}},
		StreamSpecification: &dynamotypes.StreamSpecification{
			StreamEnabled: aws.Bool(true), StreamViewType: dynamotypes.StreamViewTypeNewAndOldImages,
		},
	})
	require.NoError(t, err)
	return *made.TableDescription.LatestStreamArn
}

func (b *bench) mapped(t *testing.T, function string, mapping *lambda.CreateEventSourceMappingInput) {
	t.Helper()
	mapping.FunctionName = &function
	made, err := b.lambda.CreateEventSourceMapping(t.Context(), mapping)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, _ = b.lambda.DeleteEventSourceMapping(t.Context(), &lambda.DeleteEventSourceMappingInput{UUID: made.UUID})
	})
}

// empty tells whether a queue holds nothing, neither waiting nor in somebody's hands.
func (b *bench) empty(t *testing.T, queue string) bool {
	t.Helper()
	out, err := b.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &queue, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	require.NoError(t, err)
	return out.Attributes["ApproximateNumberOfMessages"] == "0" && out.Attributes["ApproximateNumberOfMessagesNotVisible"] == "0"
}

func testRevoke(t *testing.T, b *bench) {
	pool := cognitoidentityprovider.NewFromConfig(emulator.Config(b.emulator.URL))
	made, err := pool.CreateUserPool(t.Context(), &cognitoidentityprovider.CreateUserPoolInput{PoolName: aws.String("people")})
	require.NoError(t, err)
	client, err := pool.CreateUserPoolClient(t.Context(), &cognitoidentityprovider.CreateUserPoolClientInput{
		UserPoolId: made.UserPool.Id, ClientName: aws.String("tests"),
		ExplicitAuthFlows: []cognitotypes.ExplicitAuthFlowsType{cognitotypes.ExplicitAuthFlowsTypeAllowUserPasswordAuth},
	})
	require.NoError(t, err)
	_, err = pool.AdminCreateUser(t.Context(), &cognitoidentityprovider.AdminCreateUserInput{UserPoolId: made.UserPool.Id, Username: aws.String("kim")})
	require.NoError(t, err)
	_, err = pool.AdminSetUserPassword(t.Context(), &cognitoidentityprovider.AdminSetUserPasswordInput{
		UserPoolId: made.UserPool.Id, Username: aws.String("kim"), Password: aws.String("Passw0rd-of-kim"), Permanent: true,
	})
	require.NoError(t, err)
	signedIn, err := pool.InitiateAuth(t.Context(), &cognitoidentityprovider.InitiateAuthInput{
		AuthFlow: cognitotypes.AuthFlowTypeUserPasswordAuth, ClientId: client.UserPoolClient.ClientId,
		AuthParameters: map[string]string{"USERNAME": "kim", "PASSWORD": "Passw0rd-of-kim"},
	})
	require.NoError(t, err)
	id, refresh := *client.UserPoolClient.ClientId, *signedIn.AuthenticationResult.RefreshToken

	again := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {id}}
	require.Equal(t, http.StatusOK, b.posted(t, "/oauth2/token", again))
	require.Equal(t, http.StatusBadRequest, b.posted(t, "/oauth2/revoke", url.Values{"token": {refresh}, "client_id": {"nobody"}}))
	require.Equal(t, http.StatusOK, b.posted(t, "/oauth2/token", again), "nobody may not end it")
	require.Equal(t, http.StatusOK, b.posted(t, "/oauth2/revoke", url.Values{"token": {refresh}, "client_id": {id}}))
	require.Equal(t, http.StatusBadRequest, b.posted(t, "/oauth2/token", again))
}

// posted sends a form to the sign-in pages and gives the answer's status.
func (b *bench) posted(t *testing.T, path string, form url.Values) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.emulator.URL+path, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}
