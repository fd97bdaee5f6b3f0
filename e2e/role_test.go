package e2e_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
)

// attempt is an AWS call that a Lambda might try.
type attempt func(ctx context.Context, as aws.Config) error

func readRecord(ctx context.Context, as aws.Config) error {
	return getItem(ctx, as, deployed.MessagesTable, contract.MessageKey)
}

func readCircuit(ctx context.Context, as aws.Config) error {
	return getItem(ctx, as, deployed.CircuitTable, contract.CircuitKey)
}

func getItem(ctx context.Context, as aws.Config, table, key string) error {
	_, err := dynamodb.NewFromConfig(as).GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(table), Key: keyOf(key)})
	return err
}

func keyOf(name string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{name: &types.AttributeValueMemberS{Value: uuid.NewString()}}
}

func deleteRecord(ctx context.Context, as aws.Config) error {
	_, err := dynamodb.NewFromConfig(as).DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(deployed.MessagesTable), Key: keyOf(contract.MessageKey),
	})
	return err
}

func makeRecord(ctx context.Context, as aws.Config) error {
	_, err := dynamodb.NewFromConfig(as).PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String(deployed.MessagesTable), Item: keyOf(contract.MessageKey),
	})
	return err
}

func listRecords(ctx context.Context, as aws.Config) error {
	_, err := dynamodb.NewFromConfig(as).Scan(ctx, &dynamodb.ScanInput{TableName: aws.String(deployed.MessagesTable)})
	return err
}

func enqueueTicket(ctx context.Context, as aws.Config) error {
	_, err := sqs.NewFromConfig(as).SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: aws.String(deployed.QueueURL), MessageBody: aws.String("{}"),
	})
	return err
}

func purgeQueue(ctx context.Context, as aws.Config) error {
	_, err := sqs.NewFromConfig(as).PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: aws.String(deployed.DLQURL)})
	return err
}

func readToken(ctx context.Context, as aws.Config) error {
	_, err := ssm.NewFromConfig(as).GetParameter(ctx, &ssm.GetParameterInput{
		Name: aws.String(tokenParameter), WithDecryption: aws.Bool(true),
	})
	return err
}

func readOtherParameter(ctx context.Context, as aws.Config) error {
	_, err := ssm.NewFromConfig(as).GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String("/rez-agent/prod/ntfy-api-key")})
	return err
}

func startExecution(ctx context.Context, as aws.Config) error {
	_, err := sfn.NewFromConfig(as).StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: aws.String(deployed.StateMachineARN), Input: aws.String("{}"),
	})
	return err
}

func count(ctx context.Context, as aws.Config) error {
	own := &types.AttributeValueMemberS{Value: "e2e#" + uuid.NewString()}
	_, err := dynamodb.NewFromConfig(as).UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: aws.String(deployed.MetricsTable),
		Key:       map[string]types.AttributeValue{contract.MetricsKey: own, contract.MetricsSortKey: own},
	})
	return err
}

func readJob(ctx context.Context, as aws.Config) error {
	return getItem(ctx, as, deployed.JobsTable, contract.JobKey)
}

func readLetters(ctx context.Context, as aws.Config) error {
	_, err := sqs.NewFromConfig(as).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(deployed.DLQURL)})
	return err
}

func bury(ctx context.Context, as aws.Config) error {
	_, err := sqs.NewFromConfig(as).SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: aws.String(deployed.DLQURL), MessageBody: aws.String("{}"),
	})
	return err
}

func deleteCircuit(ctx context.Context, as aws.Config) error {
	_, err := dynamodb.NewFromConfig(as).DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(deployed.CircuitTable), Key: keyOf(contract.CircuitKey),
	})
	return err
}

func readSessionKey(ctx context.Context, as aws.Config) error {
	_, err := ssm.NewFromConfig(as).GetParameter(ctx, &ssm.GetParameterInput{
		Name: aws.String(sessionKeyParameter), WithDecryption: aws.Bool(true),
	})
	return err
}

// sessionKeyParameter is what seals cursors and sign-ins of the local stage.
const sessionKeyParameter = "/rez-agent/local/session-key"

func listUsers(ctx context.Context, as aws.Config) error {
	_, err := cognitoidentityprovider.NewFromConfig(as).ListUsers(ctx, &cognitoidentityprovider.ListUsersInput{
		UserPoolId: &deployed.UserPoolID,
	})
	return err
}

func makeOperator(ctx context.Context, as aws.Config) error {
	_, err := cognitoidentityprovider.NewFromConfig(as).AdminAddUserToGroup(ctx, &cognitoidentityprovider.AdminAddUserToGroupInput{
		UserPoolId: &deployed.UserPoolID, Username: aws.String(viewer), GroupName: aws.String(operator),
	})
	return err
}

func readForeignSchedule(ctx context.Context, as aws.Config) error {
	_, err := scheduler.NewFromConfig(as).GetSchedule(ctx, &scheduler.GetScheduleInput{
		GroupName: aws.String("default"), Name: aws.String("somebody-elses"),
	})
	return err
}

func readOwnSchedule(ctx context.Context, as aws.Config) error {
	_, err := scheduler.NewFromConfig(as).GetSchedule(ctx, &scheduler.GetScheduleInput{
		GroupName: aws.String(deployed.ScheduleGroup), Name: aws.String(uuid.NewString()),
	})
	return err
}

// call of another Lambda with an event that does nothing.
func call(task contract.Task) attempt {
	return func(ctx context.Context, as aws.Config) error {
		_, err := lambda.NewFromConfig(as).Invoke(ctx, &lambda.InvokeInput{
			FunctionName: aws.String(deployed.Functions[task]), Qualifier: aws.String(contract.LiveAlias), Payload: []byte("{}"),
		})
		return err
	}
}

func TestALambdaMayDoItsOwnWorkAndNothingElse(t *testing.T) {
	s := begin(t)
	tests := map[contract.Task]struct {
		may    attempt
		mayNot []attempt
	}{
		contract.TaskScheduler:      {readRecord, []attempt{readCircuit, deleteRecord, listRecords, enqueueTicket, startExecution, readToken}},
		contract.TaskProcessor:      {readRecord, []attempt{readCircuit, makeRecord, deleteRecord, purgeQueue, readToken}},
		contract.TaskMarkProcessing: {readRecord, []attempt{readCircuit, makeRecord, deleteRecord, enqueueTicket, readToken}},
		contract.TaskCheckCircuit:   {readCircuit, []attempt{readRecord, enqueueTicket, readToken}},
		contract.TaskSendNtfy:       {readRecord, []attempt{readOtherParameter, makeRecord, deleteRecord, enqueueTicket, startExecution}},
		contract.TaskMarkCompleted:  {readRecord, []attempt{readCircuit, makeRecord, deleteRecord, enqueueTicket, readToken}},
		contract.TaskMarkDeferred:   {readCircuit, []attempt{makeRecord, deleteRecord, purgeQueue, startExecution, readToken}},
		contract.TaskMarkFailed:     {readRecord, []attempt{readCircuit, deleteRecord, purgeQueue, enqueueTicket, readToken}},
		contract.TaskSweeper:        {readRecord, []attempt{makeRecord, deleteRecord, listRecords, enqueueTicket, readToken}},

		contract.TaskWebAPI: {readOwnSchedule, []attempt{
			deleteRecord, listRecords, deleteCircuit, purgeQueue, bury, readToken, readOtherParameter, startExecution, readForeignSchedule,
			listUsers, makeOperator, call(contract.TaskScheduler), call(contract.TaskFireSchedule),
		}},
		contract.TaskAuthorizer: {nil, []attempt{
			readRecord, readCircuit, count, readJob, readLetters, readToken, readSessionKey, startExecution, readOwnSchedule, listUsers, makeOperator,
		}},
		contract.TaskRollup: {count, []attempt{
			readRecord, makeRecord, deleteRecord, listRecords, readCircuit, readJob, enqueueTicket, readToken, readSessionKey,
		}},
		contract.TaskFireSchedule: {readRecord, []attempt{
			readCircuit, deleteRecord, listRecords, count, readJob, enqueueTicket, readOwnSchedule, startExecution, readToken, readSessionKey,
		}},
		contract.TaskReplayJob: {readJob, []attempt{
			readCircuit, makeRecord, deleteRecord, listRecords, count, enqueueTicket, readLetters, startExecution, readToken, readSessionKey,
			readOwnSchedule, call(contract.TaskWebAPI),
		}},
	}
	require.Len(t, tests, len(contract.Tasks()))
	for task, test := range tests {
		t.Run(string(task), func(t *testing.T) {
			as := s.credentialsOf(task)
			if test.may != nil { // the authorizer calls nothing of AWS
				require.False(t, isDenied(test.may(s.context(), as)), "its own work")
			}
			for i, forbidden := range test.mayNot {
				err := forbidden(s.context(), as)
				require.True(t, isDenied(err), "number %d of what it may not do: %v", i, err)
			}
		})
	}
}

func isDenied(err error) bool {
	var refused smithy.APIError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.ErrorCode() {
	case "AccessDenied", "AccessDeniedException", "AuthorizationError":
		return true
	}
	return false
}

// credentialsOf are the ones with which a Lambda signs, taken from its running process.
func (s *scenario) credentialsOf(task contract.Task) aws.Config {
	s.Helper()
	if len(processes(task)) == 0 { // wake it; what it makes of an empty event does not matter
		_, err := lambda.NewFromConfig(deployed.AWS()).Invoke(s.context(), &lambda.InvokeInput{
			FunctionName: aws.String(deployed.Functions[task]), Qualifier: aws.String("live"), Payload: []byte("{}"),
		})
		require.NoError(s, err)
	}
	running := processes(task)
	require.NotEmpty(s, running, "no process of %s", task)
	environment := running[0].environment
	as := deployed.AWS()
	as.Credentials = credentials.NewStaticCredentialsProvider(
		environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], environment["AWS_SESSION_TOKEN"])
	return as
}
