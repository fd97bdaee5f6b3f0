package emulator_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/emulator"
)

// bench is one running emulator, with the test Lambda in it as "echo".
type bench struct {
	emulator *emulator.Emulator
	lambda   *lambda.Client
	sfn      *sfn.Client
	logs     *cloudwatchlogs.Client
	sqs      *sqs.Client
	dynamodb *dynamodb.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	e := started(t, emulator.Options{})
	cfg := emulator.Config(e.URL)
	b := &bench{
		emulator: e, lambda: lambda.NewFromConfig(cfg), logs: cloudwatchlogs.NewFromConfig(cfg),
		sqs: sqs.NewFromConfig(cfg), dynamodb: dynamodb.NewFromConfig(cfg),
		sfn: sfn.NewFromConfig(cfg),
	}
	create(t, b.lambda, "echo", echo(t))
	return b
}

// query calls an AWS API that speaks forms, as CloudFormation and CloudWatch do.
func (b *bench) query(t *testing.T, service string, form url.Values) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.emulator.URL, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/"+emulator.Region+"/"+service+
		"/aws4_request, SignedHeaders=host, Signature=0")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode, string(body))
	return string(body)
}

// machine makes an Express state machine and gives its ARN.
func (b *bench) machine(t *testing.T, name, definition string, logGroup string) string {
	t.Helper()
	input := &sfn.CreateStateMachineInput{
		Name: &name, Definition: &definition, Type: sfntypes.StateMachineTypeExpress,
		RoleArn: aws.String("arn:aws:iam::" + emulator.AccountID + ":role/test"),
	}
	if logGroup != "" {
		input.LoggingConfiguration = &sfntypes.LoggingConfiguration{
			Level: sfntypes.LogLevelAll, IncludeExecutionData: true,
			Destinations: []sfntypes.LogDestination{{CloudWatchLogsLogGroup: &sfntypes.CloudWatchLogsLogGroup{LogGroupArn: &logGroup}}},
		}
	}
	made, err := b.sfn.CreateStateMachine(t.Context(), input)
	require.NoError(t, err)
	return *made.StateMachineArn
}

func (b *bench) run(t *testing.T, machine, input string) *sfn.StartSyncExecutionOutput {
	t.Helper()
	out, err := b.sfn.StartSyncExecution(t.Context(), &sfn.StartSyncExecutionInput{StateMachineArn: &machine, Input: &input})
	require.NoError(t, err)
	return out
}

// fastest is the shortest of a number of tries: what the thing itself takes, whatever else the machine does.
func fastest(tries int, act func()) time.Duration {
	best := time.Hour
	for range tries {
		began := time.Now()
		act()
		best = min(best, time.Since(began))
	}
	return best
}

// Each patch against a running emulator. What each test holds against is what the emulator does without the patch.
func TestPatches(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, test := range map[string]func(*testing.T, *bench){
		"nagle and drain: a warm call takes a few milliseconds, not 40 + 50": testQuickCalls,
		"callers: a Lambda's AWS calls carry its name":                       testCallers,
		"reserved_concurrency: CloudFormation's limit is kept":               testReservedConcurrency,
		"emf: metric lines become metrics":                                   testMetrics,
		"machine_start: no 150 ms before the first state":                    testMachineStart,
		"machine_timeout: a hanging execution ends as TIMED_OUT":             testMachineTimeout,
		"machine_logs: an execution's history is in its log group":           testMachineLogs,
		"express_names: two executions of one name stay two":                 testExpressNames,
		"move_task: redrive goes by source, or by destination":               testMoveTask,
		"capacity: DynamoDB tells what a call cost":                          testCapacity,
		"schedules: a function learns the moment it was meant for":           testSchedules,
		"streams: a slow stream does not delay a queue":                      testStreams,
		"streams: a window gathers changes":                                  testStreamWindow,
		"revoke: a refresh token can be ended":                               testRevoke,
	} {
		t.Run(name, func(t *testing.T) { test(t, b) })
	}
}

func testQuickCalls(t *testing.T, b *bench) {
	invoke(t.Context(), t, b.lambda, "echo", map[string]any{})
	best := fastest(15, func() { invoke(t.Context(), t, b.lambda, "echo", map[string]any{}) })
	require.Less(t, best, 35*time.Millisecond)
}

func testCallers(t *testing.T, b *bench) {
	require.Equal(t, "echo", invoke(t.Context(), t, b.lambda, "echo", map[string]any{"env": "AWS_SDK_UA_APP_ID"})["env"])
}

const reservedTemplate = `{"Resources": {
  "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "reserved", "AssumeRolePolicyDocument": {"Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}}},
  "Function": {"Type": "AWS::Lambda::Function", "Properties": {
    "FunctionName": "reserved", "Runtime": "python3.12", "Handler": "index.handler", "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    "ReservedConcurrentExecutions": LIMIT, "Code": {"ZipFile": "def handler(event, context): return event"}}}}}`

func testReservedConcurrency(t *testing.T, b *bench) {
	limit := func() string {
		out, err := b.lambda.GetFunctionConcurrency(t.Context(), &lambda.GetFunctionConcurrencyInput{FunctionName: aws.String("reserved")})
		if err != nil || out.ReservedConcurrentExecutions == nil {
			return "none"
		}
		return strconv.Itoa(int(*out.ReservedConcurrentExecutions))
	}
	for _, change := range []struct{ action, limit string }{{"CreateStack", "3"}, {"UpdateStack", "5"}} {
		b.query(t, "cloudformation", url.Values{
			"Action": {change.action}, "StackName": {"reserved"}, "Version": {"2010-05-15"},
			"TemplateBody":          {strings.ReplaceAll(reservedTemplate, "LIMIT", change.limit)},
			"Capabilities.member.1": {"CAPABILITY_NAMED_IAM"},
		})
		require.Eventually(t, func() bool { return limit() == change.limit }, patience, 50*time.Millisecond)
	}
}

func testMetrics(t *testing.T, b *bench) {
	line, err := json.Marshal(map[string]any{
		"_aws": map[string]any{"Timestamp": time.Now().UnixMilli(), "CloudWatchMetrics": []any{map[string]any{
			"Namespace": "rez_agent", "Dimensions": []any{[]any{"stage"}},
			"Metrics": []any{map[string]any{"Name": "delivered", "Unit": "Count"}},
		}}},
		"stage": "test", "delivered": 42,
	})
	require.NoError(t, err)
	invoke(t.Context(), t, b.lambda, "echo", map[string]any{"print": string(line)})
	now := time.Now().UTC()
	require.Contains(t, b.query(t, "monitoring", url.Values{
		"Action": {"GetMetricStatistics"}, "Version": {"2010-08-01"}, "Namespace": {"rez_agent"}, "MetricName": {"delivered"},
		"StartTime": {now.Add(-time.Hour).Format(time.RFC3339)}, "EndTime": {now.Add(time.Hour).Format(time.RFC3339)},
		"Period": {"3600"}, "Statistics.member.1": {"Sum"},
		"Dimensions.member.1.Name": {"stage"}, "Dimensions.member.1.Value": {"test"},
	}), "<Sum>42")
}

func testMachineStart(t *testing.T, b *bench) {
	machine := b.machine(t, "start", `{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}`, "")
	require.Less(t, fastest(10, func() { b.run(t, machine, "{}") }), 100*time.Millisecond)
}

func testMachineTimeout(t *testing.T, b *bench) {
	machine := b.machine(t, "timeout", `{"StartAt": "Hang", "TimeoutSeconds": 1, "States": {
	  "Hang": {"Type": "Wait", "Seconds": 3, "Next": "Break"}, "Break": {"Type": "Fail", "Error": "TooLate"}}}`, "")
	began := time.Now()
	out := b.run(t, machine, "{}")
	require.Less(t, time.Since(began), 3*time.Second)
	require.Equal(t, sfntypes.SyncExecutionStatusTimedOut, out.Status)
	require.Equal(t, "States.Timeout", aws.ToString(out.Error))

	quick := b.machine(t, "quick", `{"StartAt": "Say", "TimeoutSeconds": 60, "States": {"Say": {"Type": "Pass", "End": true}}}`, "")
	out = b.run(t, quick, `{"said": 1}`)
	require.Equal(t, sfntypes.SyncExecutionStatusSucceeded, out.Status)
	require.JSONEq(t, `{"said": 1}`, *out.Output)
}

func testMachineLogs(t *testing.T, b *bench) {
	const group = "/aws/vendedlogs/states/test"
	_, err := b.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(group)})
	require.NoError(t, err)
	machine := b.machine(t, "logged", `{"StartAt": "Say", "States": {"Say": {"Type": "Pass", "End": true}}}`,
		"arn:aws:logs:"+emulator.Region+":"+emulator.AccountID+":log-group:"+group+":*")
	ran := b.run(t, machine, `{"said": 1}`)

	out, err := b.logs.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String(group)})
	require.NoError(t, err)
	var kinds []string
	for _, event := range out.Events {
		var entry struct {
			Type      string `json:"type"`
			Execution string `json:"execution_arn"`
		}
		require.NoError(t, json.Unmarshal([]byte(*event.Message), &entry))
		require.Equal(t, *ran.ExecutionArn, entry.Execution)
		kinds = append(kinds, entry.Type)
	}
	require.Equal(t, []string{"ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"}, kinds)
}

func testExpressNames(t *testing.T, b *bench) {
	machine := b.machine(t, "named", `{"StartAt": "Say", "States": {"Say": {"Type": "Pass",
	  "Parameters": {"name.$": "$$.Execution.Name", "id.$": "$$.Execution.Id"}, "End": true}}}`, "")
	started := map[string]bool{}
	for range 2 {
		out, err := b.sfn.StartSyncExecution(t.Context(), &sfn.StartSyncExecutionInput{
			StateMachineArn: &machine, Name: aws.String("q-1"), Input: aws.String("{}"),
		})
		require.NoError(t, err)
		require.Equal(t, "q-1", *out.Name)
		require.JSONEq(t, `{"name": "q-1", "id": "`+*out.ExecutionArn+`"}`, *out.Output)
		started[*out.ExecutionArn] = true
	}
	out, err := b.sfn.StartExecution(t.Context(), &sfn.StartExecutionInput{
		StateMachineArn: &machine, Name: aws.String("q-1"), Input: aws.String("{}"),
	})
	require.NoError(t, err)
	started[*out.ExecutionArn] = true
	require.Len(t, started, 3)
}

func testMoveTask(t *testing.T, b *bench) {
	queue := func(name string) (string, string) {
		made, err := b.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
		require.NoError(t, err)
		return *made.QueueUrl, "arn:aws:sqs:" + emulator.Region + ":" + emulator.AccountID + ":" + name
	}
	main, mainARN := queue("main")
	dlq, dlqARN := queue("dlq")
	_, err := b.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &dlq, MessageBody: aws.String("sent, not moved")})
	require.NoError(t, err)

	move := func(input *sqs.StartMessageMoveTaskInput) sqstypes.ListMessageMoveTasksResultEntry {
		_, err := b.sqs.StartMessageMoveTask(t.Context(), input)
		require.NoError(t, err)
		listed, err := b.sqs.ListMessageMoveTasks(t.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: &dlqARN})
		require.NoError(t, err)
		return listed.Results[0]
	}
	task := move(&sqs.StartMessageMoveTaskInput{SourceArn: &dlqARN})
	require.Equal(t, "FAILED", aws.ToString(task.Status))
	require.Equal(t, "CouldNotDetermineMessageSource", aws.ToString(task.FailureReason))

	task = move(&sqs.StartMessageMoveTaskInput{SourceArn: &dlqARN, DestinationArn: &mainARN})
	require.Equal(t, "COMPLETED", aws.ToString(task.Status))
	require.EqualValues(t, 1, task.ApproximateNumberOfMessagesMoved)
	received, err := b.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &main})
	require.NoError(t, err)
	require.Len(t, received.Messages, 1)
	require.Equal(t, "sent, not moved", *received.Messages[0].Body)

	_, err = b.sqs.StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: aws.String(dlqARN + "-gone")})
	var missing *sqstypes.ResourceNotFoundException
	require.ErrorAs(t, err, &missing)
}

func testCapacity(t *testing.T, b *bench) {
	table := aws.String("costs")
	_, err := b.dynamodb.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: table, BillingMode: dynamotypes.BillingModePayPerRequest,
		AttributeDefinitions: []dynamotypes.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: dynamotypes.ScalarAttributeTypeS}},
		KeySchema:            []dynamotypes.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: dynamotypes.KeyTypeHash}},
	})
	require.NoError(t, err)
	out, err := b.dynamodb.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: table, Item: map[string]dynamotypes.AttributeValue{"id": &dynamotypes.AttributeValueMemberS{Value: "1"}},
	})
	require.NoError(t, err)
	require.InDelta(t, 1.0, *out.ConsumedCapacity.CapacityUnits, 0)
	require.InDelta(t, 1.0, *out.ConsumedCapacity.Table.CapacityUnits, 0)
}
