package statemachine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/statemachine"
)

const renewGolden = "UPDATE_GOLDEN"

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, channel := range contract.Channels() {
		golden, current := "testdata/"+channel.Workflow+".asl.json", machines()[channel.Name].definition
		if os.Getenv(renewGolden) != "" {
			require.NoError(t, os.WriteFile(golden, current, 0o600))
		}
		committed, err := os.ReadFile(golden)
		require.NoError(t, err)
		require.Equal(t, string(committed), string(current), "%s is stale: `make golden` renews it", golden)
	}
}

// A channel's workflow is ntfy's, but for names: what is true of one is true of the other.
func TestWorkflowsDifferInNamesOnly(t *testing.T) {
	t.Parallel()
	ntfy, webhook := contract.Ntfy(), contract.Webhook()
	names := []string{
		`"` + ntfy.StateSend + `"`, `"` + webhook.StateSend + `"`, ", " + ntfy.StateSend + ",", ", " + webhook.StateSend + ",",
		ntfy.Faults.Unavailable, webhook.Faults.Unavailable, ntfy.Faults.RateLimited, webhook.Faults.RateLimited,
		ntfy.Faults.Unauthorized, webhook.Faults.Unauthorized, ntfy.Faults.Misconfigured, webhook.Faults.Misconfigured,
		ntfy.Faults.Rejected, webhook.Faults.Rejected,
	}
	for i, task := range ntfy.Steps() {
		names = append(names, "agent-"+string(task)+"-", "agent-"+string(webhook.Steps()[i])+"-")
	}
	names = append(names, ntfy.Service, webhook.Service)
	renamed := strings.NewReplacer(names...).Replace(string(machines()[ntfy.Name].definition))
	require.Equal(t, string(machines()[webhook.Name].definition), renamed)
}

// synthesized is the state machine as the template has it.
type synthesized struct {
	definition []byte
	properties map[string]any
}

// machine is ntfy's workflow, of which the other tests tell; TestWorkflowsDifferInNamesOnly carries it over.
func machine() synthesized { return machines()[contract.ChannelNtfy] }

// machines synthesizes each channel's workflow once, for every test: the CDK runs in a process of its own, which is slow to
// start.
//
//nolint:gochecknoglobals // A sync.OnceValue has to outlive the test that asks first.
var machines = sync.OnceValue(func() map[string]synthesized {
	all := map[string]synthesized{}
	for _, channel := range contract.Channels() {
		stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("golden"), nil)
		_, err := statemachine.New(stack, "Deliver", propsOf(stack, channel, settings.Default()))
		if err != nil {
			panic(err)
		}
		properties := stateMachineOf(*assertions.Template_FromStack(stack, nil).ToJSON())
		all[channel.Name] = synthesized{definition: pretty(flat(properties["DefinitionString"])), properties: properties}
	}
	return all
})

// propsOf hands a channel's workflow stand-ins for everything around it, with addresses of no account.
func propsOf(stack awscdk.Stack, channel contract.Channel, times settings.Settings) statemachine.Props {
	lambdas := map[contract.Task]awslambda.IFunction{}
	for _, task := range channel.Steps() {
		arn := fmt.Sprintf("arn:aws:lambda:us-east-1:000000000000:function:rez-agent-%s-golden:live", task)
		lambdas[task] = awslambda.Function_FromFunctionArn(stack, jsii.String(string(task)), jsii.String(arn))
	}
	return statemachine.Props{
		Channel: channel,
		Name:    "rez-agent-deliver-golden",
		Role: awsiam.Role_FromRoleArn(stack, jsii.String("Role"), jsii.String("arn:aws:iam::000000000000:role/golden"),
			&awsiam.FromRoleArnOptions{Mutable: jsii.Bool(false)}),
		LogGroup: awslogs.LogGroup_FromLogGroupName(stack, jsii.String("Logs"), jsii.String("/aws/vendedlogs/states/golden")),
		LogLevel: awsstepfunctions.LogLevel_ALL,
		Tracing:  true,
		Lambdas:  lambdas,
		Messages: awsdynamodb.Table_FromTableName(stack, jsii.String("Messages"), jsii.String("rez-agent-messages-golden")),
		Settings: times,
	}
}

func stateMachineOf(template map[string]any) map[string]any {
	for _, resource := range template["Resources"].(map[string]any) {
		if r := resource.(map[string]any); r["Type"] == "AWS::StepFunctions::StateMachine" {
			return r["Properties"].(map[string]any)
		}
	}
	panic("no state machine in the template")
}

// flat puts a template's text together; the only thing in it that deployment fills in here is the partition.
func flat(text any) string {
	switch text := text.(type) {
	case string:
		return text
	case map[string]any:
		if text["Ref"] == "AWS::Partition" {
			return "aws"
		}
		if join, ok := text["Fn::Join"].([]any); ok {
			var all strings.Builder
			for _, part := range join[1].([]any) {
				all.WriteString(flat(part))
			}
			return all.String()
		}
	}
	panic(fmt.Sprintf("cannot put %v into the golden file", text))
}

// pretty also writes BackoffRate with a decimal point: statelint takes no whole number for a float.
func pretty(asl string) []byte {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(asl), "", "  "); err != nil {
		panic(err)
	}
	return regexp.MustCompile(`("BackoffRate": \d+),`).ReplaceAll(append(out.Bytes(), '\n'), []byte("$1.0,"))
}
