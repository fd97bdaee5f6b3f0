package statemachine

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctionstasks"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// lambdaState describes a state that calls one Lambda. A nil payload hands the whole state on.
type lambdaState struct {
	name, comment string
	function      awslambda.IFunction
	timeout       time.Duration
	payload       map[string]any
}

func (s *states) addLambdas(scope constructs.Construct, props Props) {
	channel, service := props.Channel, props.Channel.Service
	step := func(name string, task contract.Task, comment string) awsstepfunctionstasks.LambdaInvoke {
		return invoke(scope, lambdaState{
			name: name, comment: comment, function: props.Lambdas[task], timeout: props.Settings.StepTask,
		})
	}
	s.markProcessing = invoke(scope, lambdaState{
		name: contract.StateMarkProcessing,
		comment: "Takes the message for this execution: one conditional write gives it a lease, so that no other execution " +
			"sends it too. Says duplicate, busy, gone or expired where there is nothing to take.",
		function: props.Lambdas[contract.TaskMarkProcessing],
		timeout:  props.Settings.StepTask,
		payload:  ticketAndExecution(),
	})
	s.checkCircuit = step(contract.StateCheckCircuit, contract.TaskCheckCircuit,
		"Asks whether "+service+" may be called now: first the rate limit, then the message's deadline, then the circuit breaker. "+
			"May win the one probe of a half-open circuit.")
	s.send = invoke(scope, lambdaState{
		name: channel.StateSend,
		comment: fmt.Sprintf("Reads the message and sends it to %s: one HTTP request. While %s is unavailable it is tried "+
			"again, after %s, each time only if the circuit breaker still allows it.", service, service, listed(props.Settings.SendRetries)),
		function: props.Lambdas[channel.Send],
		timeout:  props.Settings.SendTask,
		payload:  workAndRetryCount(),
	})
	s.markCompleted = step(contract.StateMarkCompleted, contract.TaskMarkCompleted,
		"Writes on the record that the message was delivered, with "+service+"'s id and the time that it took. Tried once more "+
			"whatever it fails at: until the record says so, the message would be sent again.")
	s.markDeferred = step(contract.StateMarkDeferred, channel.MarkDeferred,
		service+" cannot take the message now: notes why and until when on the record, then puts a delayed ticket on the queue. "+
			"Waiting uses up none of the queue's receives.")
	s.markFailed = step(contract.StateMarkFailed, channel.MarkFailed,
		"Writes the message's end on the record, with its reason. An expired message also goes to the dead-letter queue.")
}

// ticketAndExecution is what MarkProcessing gets: the execution's input, and which execution it is.
func ticketAndExecution() map[string]any {
	return map[string]any{
		"ticket": awsstepfunctions.JsonPath_ObjectAt(jsii.String("$")),
		"execution": map[string]any{
			"arn":     awsstepfunctions.JsonPath_StringAt(jsii.String("$$.Execution.Id")),
			"name":    awsstepfunctions.JsonPath_StringAt(jsii.String("$$.Execution.Name")),
			"started": awsstepfunctions.JsonPath_StringAt(jsii.String("$$.Execution.StartTime")),
		},
	}
}

// workAndRetryCount is what the state that sends gets: a retry must ask the breaker again, so it has to know that it is one.
func workAndRetryCount() map[string]any {
	return map[string]any{
		"work":        awsstepfunctions.JsonPath_ObjectAt(jsii.String("$")),
		"retry_count": awsstepfunctions.JsonPath_NumberAt(jsii.String("$$.State.RetryCount")),
	}
}

// listed writes waits as a person reads them: 1s, 2s, 4s.
func listed(waits []time.Duration) string {
	texts := make([]string, len(waits))
	for i, wait := range waits {
		texts[i] = wait.String()
	}
	return strings.Join(texts, ", ")
}

// invoke calls a Lambda whose answer replaces the state. Only the answer is taken (PayloadResponseOnly), so that an
// error's name arrives bare and a Catch can match it.
func invoke(scope constructs.Construct, spec lambdaState) awsstepfunctionstasks.LambdaInvoke {
	props := &awsstepfunctionstasks.LambdaInvokeProps{
		Comment:             jsii.String(spec.comment),
		LambdaFunction:      spec.function,
		PayloadResponseOnly: jsii.Bool(true),
		TaskTimeout:         awsstepfunctions.Timeout_Duration(seconds(spec.timeout)),
		// CDK's own retry would wait for up to 126 s, longer than the whole workflow may take.
		RetryOnServiceExceptions: jsii.Bool(false),
	}
	if spec.payload != nil {
		props.Payload = awsstepfunctions.TaskInput_FromObject(&spec.payload)
	}
	task := awsstepfunctionstasks.NewLambdaInvoke(scope, jsii.String(spec.name), props)
	task.AddRetry(serviceFaults())
	return task
}
