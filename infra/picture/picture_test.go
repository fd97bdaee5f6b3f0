package picture_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/infra/picture"
)

// A queue of one stack, a Lambda of another behind it that may publish, and one that a workflow calls.
const (
	kept = `{"Resources": {
		"D1": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "rez-agent-messages-dev"}},
		"Q1": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "rez-agent-queue-dev"}},
		"T1": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "rez-agent-messages-dev"}},
		"S1": {"Type": "AWS::SNS::Subscription", "Properties": {"TopicArn": {"Ref": "T1"}, "Endpoint": {"Fn::GetAtt": ["Q1", "Arn"]},
			"FilterPolicy": {"channel": ["ntfy"]}}}
	}, "Outputs": {"Out": {"Export": {"Name": "dev:Q1"}, "Value": {"Fn::GetAtt": ["Q1", "Arn"]}},
		"Table": {"Export": {"Name": "dev:D1"}, "Value": {"Fn::GetAtt": ["D1", "Arn"]}}}}`
	running = `{"Resources": {
		"F1": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "rez-agent-processor-dev", "Role": {"Fn::GetAtt": ["R1", "Arn"]}}},
		"A1": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "F1"}}},
		"E1": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"BatchSize": 10,
			"EventSourceArn": {"Fn::ImportValue": "dev:Q1"}, "FunctionName": {"Fn::Join": ["", [{"Ref": "A1"}, ":live"]]}}},
		"R1": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": [
			{"Action": "states:StartSyncExecution", "Resource": {"Ref": "M1"}}, {"Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], "Resource": {"Fn::ImportValue": "dev:D1"}},
			{"Action": "logs:PutLogEvents", "Resource": "*"}]}}]}},
		"M1": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"StateMachineName": "rez-agent-deliver-dev", "RoleArn": {"Fn::GetAtt": ["R2", "Arn"]}}},
		"R2": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": [
			{"Action": ["lambda:InvokeFunction"], "Resource": ["arn:aws:lambda:r:1:function:rez-agent-sendntfy-dev:live"]}]}}]}},
		"F2": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "rez-agent-sendntfy-dev",
			"Environment": {"Variables": {"NTFY_URL": "https://ntfy.sh/x"}}}}
	}, "Outputs": {}}`
)

func stack(t *testing.T, name, text string) picture.Stack {
	t.Helper()
	var template struct{ Resources, Outputs picture.Object }
	require.NoError(t, json.Unmarshal([]byte(text), &template))
	return picture.Stack{Name: name, Resources: template.Resources, Outputs: template.Outputs}
}

func TestWhoCallsWhomIsReadFromTheTemplates(t *testing.T) {
	t.Parallel()
	drawn := picture.D2([]picture.Stack{stack(t, "stateful", kept), stack(t, "pipeline", running)})
	for _, line := range []string{
		`  queue-queue: "SQS queue" {class: queue}`,
		`  workflow-deliver: "Step Functions deliver\nλ sendntfy" {class: workflow}`,
		`  lambda-processor: "λ processor\nwrites messages" {class: lambda}`,
		`stateful.queue-queue -> pipeline.lambda-processor: "batches of 10" {class: event}`,
		`stateful.topic-messages -> stateful.queue-queue: "channel = ntfy" {class: event}`,
		`pipeline.lambda-processor -> pipeline.workflow-deliver: "one for each ticket" {class: event}`,
		`pipeline.workflow-deliver -> ntfy: "one request" {class: event}`,
	} {
		require.Contains(t, drawn, line+"\n")
	}
	require.NotContains(t, drawn, "lambda-sendntfy", "it stands in the workflow's box")
}

func TestTheSameTemplatesGiveTheSamePicture(t *testing.T) {
	t.Parallel()
	stacks := []picture.Stack{stack(t, "stateful", kept), stack(t, "pipeline", running)}
	first := picture.D2(stacks)
	for range 20 {
		require.Equal(t, first, picture.D2(stacks))
	}
}
