package statemachine

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctionstasks"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// released is a lease's end that has always passed. It is a real time, so that text order stays time order.
const released = "1970-01-01T00:00:00.000Z"

// releaseLease writes to the table without a Lambda: it has to work when our Lambdas are what broke. Only the lease of
// this very execution is given back.
func releaseLease(scope constructs.Construct, props Props) awsstepfunctionstasks.DynamoUpdateItem {
	text := awsstepfunctionstasks.DynamoAttributeValue_FromString
	messageID := awsstepfunctions.JsonPath_StringAt(jsii.String("$." + contract.MessageKey))
	execution := awsstepfunctions.JsonPath_StringAt(jsii.String("$$.Execution.Id"))
	return awsstepfunctionstasks.NewDynamoUpdateItem(scope, jsii.String(contract.StateReleaseLease),
		&awsstepfunctionstasks.DynamoUpdateItemProps{
			Comment: jsii.String("Gives the message's lease back, if this execution holds it, so that the next execution need not " +
				"wait for the lease to end. Writes to the table directly: it works when our Lambdas do not."),
			Table:               props.Messages,
			Key:                 &map[string]awsstepfunctionstasks.DynamoAttributeValue{contract.MessageKey: text(messageID)},
			UpdateExpression:    jsii.String("SET #lease_until = :released"),
			ConditionExpression: jsii.String("attribute_exists(#id) AND #owner = :me AND #status = :processing"),
			ExpressionAttributeNames: &map[string]*string{
				"#id":          jsii.String(contract.MessageKey),
				"#lease_until": jsii.String(contract.AttrLeaseUntil),
				"#owner":       jsii.String(contract.AttrExecutionARN),
				"#status":      jsii.String(contract.AttrStatus),
			},
			ExpressionAttributeValues: &map[string]awsstepfunctionstasks.DynamoAttributeValue{
				":released":   text(jsii.String(released)),
				":me":         text(execution),
				":processing": text(jsii.String(contract.StatusProcessing)),
			},
			ResultPath:  awsstepfunctions.JsonPath_DISCARD(),
			TaskTimeout: awsstepfunctions.Timeout_Duration(seconds(props.Settings.StepTask)),
		})
}
