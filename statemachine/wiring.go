package statemachine

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctionstasks"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// everyError is ASL's word for any error that no earlier Catch names.
const everyError = "States.ALL"

// wire joins the states. The first rule of each choice is the way on; pictures of the workflow rely on it.
func (s *states) wire(channel contract.Channel, resend, completeAgain *awsstepfunctions.RetryProps) {
	s.wireDelivery(channel, resend)
	s.markCompleted.AddRetry(completeAgain)
	s.wireWaiting()
	s.wireFailure()
	s.wireFault()
}

// wireDelivery is the way of a message that is delivered, and where it leaves that way.
func (s *states) wireDelivery(channel contract.Channel, resend *awsstepfunctions.RetryProps) {
	s.markProcessing.Next(s.mayDeliver)
	s.mayDeliver.
		When(outcome(contract.OutcomeProceed), s.checkCircuit, nil).
		When(outcome(contract.OutcomeExpired), s.markFailed, nil).
		Otherwise(s.nothingToDo)

	s.checkCircuit.Next(s.circuitAllows)
	s.circuitAllows.
		When(outcome(contract.OutcomeProceed), s.send, nil).
		When(outcome(contract.OutcomeDeferred), s.markDeferred, nil).
		When(outcome(contract.OutcomeExpired), s.markFailed, nil).
		Otherwise(s.nothingToDo)

	s.send.AddRetry(resend)
	s.send.AddCatch(s.markDeferred, catch(channel.WaitErrors()...))
	s.send.AddCatch(s.markFailed, catch(channel.Faults.Rejected))
	s.send.Next(s.delivered)
	s.delivered.
		When(outcome(contract.OutcomeDelivered), s.markCompleted, nil).
		Otherwise(s.nothingToDo)

	s.markCompleted.Next(s.done)
}

func (s *states) wireWaiting() {
	s.markDeferred.Next(s.stillTime)
	s.stillTime.
		When(outcome(contract.OutcomeDeferred), s.deferred, nil).
		When(outcome(contract.OutcomeExpired), s.markFailed, nil).
		Otherwise(s.nothingToDo)
}

func (s *states) wireFailure() {
	s.markFailed.Next(s.whyFailed)
	s.whyFailed.
		When(outcome(contract.OutcomeFailed), s.deliveryFailed, nil).
		When(outcome(contract.OutcomeExpired), s.deliveryExpired, nil).
		Otherwise(s.nothingToDo)
}

// wireFault catches whatever else goes wrong, in any task. A ticket without a message's id must not break here a second
// time: a path that is not there ends an execution in a way that no Catch sees.
func (s *states) wireFault() {
	for _, task := range []awsstepfunctionstasks.LambdaInvoke{
		s.markProcessing, s.checkCircuit, s.send, s.markCompleted, s.markDeferred, s.markFailed,
	} {
		task.AddCatch(s.knowsMessage, catch(everyError))
	}
	id := jsii.String("$." + contract.MessageKey)
	isThere := awsstepfunctions.Condition_And(awsstepfunctions.Condition_IsPresent(id), awsstepfunctions.Condition_IsString(id))
	s.knowsMessage.
		When(isThere, s.releaseLease, &awsstepfunctions.ChoiceTransitionOptions{Comment: jsii.String("yes")}).
		Otherwise(s.pipelineFault)
	s.releaseLease.AddCatch(s.pipelineFault, &awsstepfunctions.CatchProps{
		Errors: jsii.Strings(everyError),
		// Beside the first error, which is the one that a person looks for.
		ResultPath: jsii.String("$.release_error"),
	})
	s.releaseLease.Next(s.pipelineFault)
}

func outcome(is contract.Outcome) awsstepfunctions.Condition {
	return awsstepfunctions.Condition_StringEquals(jsii.String("$.outcome"), jsii.String(string(is)))
}

// catch keeps the state as it was and adds the error's name and cause to it.
func catch(names ...string) *awsstepfunctions.CatchProps {
	return &awsstepfunctions.CatchProps{Errors: jsii.Strings(names...), ResultPath: jsii.String("$.error")}
}
