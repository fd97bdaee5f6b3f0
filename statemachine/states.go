package statemachine

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctionstasks"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// Names of the states that are neither Lambdas nor failures. A name with a question mark is a choice.
const (
	stateMayDeliver    = "MayDeliver?"
	stateCircuitAllows = "CircuitAllows?"
	stateDelivered     = "Delivered?"
	stateStillTime     = "StillTime?"
	stateWhyFailed     = "WhyFailed?"
	stateKnowsMessage  = "KnowsMessage?"
	stateDone          = "Done"
	stateDeferred      = "Deferred"
	stateNothingToDo   = "NothingToDo"
)

// states are all states of the workflow, not yet joined.
type states struct {
	markProcessing, checkCircuit, send, markCompleted, markDeferred, markFailed awsstepfunctionstasks.LambdaInvoke

	releaseLease awsstepfunctionstasks.DynamoUpdateItem

	mayDeliver, circuitAllows, delivered, stillTime, whyFailed, knowsMessage awsstepfunctions.Choice

	done, deferred, nothingToDo awsstepfunctions.Succeed

	deliveryFailed, deliveryExpired, pipelineFault awsstepfunctions.Fail
}

func newStates(scope constructs.Construct, props Props) *states {
	all := &states{releaseLease: releaseLease(scope, props)}
	all.addLambdas(scope, props)
	all.addChoices(scope, props.Channel.Service)
	all.addEnds(scope, props.Channel.Service)
	return all
}

func (s *states) addChoices(scope constructs.Construct, service string) {
	s.mayDeliver = choice(scope, stateMayDeliver,
		"proceed: this execution holds the message. expired: its deadline has passed. "+
			"Otherwise (duplicate, busy, gone) there is nothing to do here.")
	s.circuitAllows = choice(scope, stateCircuitAllows,
		"proceed: the circuit is closed, or this execution is the one that probes. deferred: not now. expired: too late.")
	s.delivered = choice(scope, stateDelivered,
		"delivered: "+service+" took the message. Otherwise the message was withdrawn before it was sent.")
	s.stillTime = choice(scope, stateStillTime,
		"deferred: the message waits in the queue. expired: the next try would come after its deadline.")
	s.whyFailed = choice(scope, stateWhyFailed,
		"failed: "+service+" refused the message for good. expired: its deadline passed while it waited.")
	s.knowsMessage = choice(scope, stateKnowsMessage,
		"Something of ours broke. If the message is known, its lease is given back before this execution fails.")
}

func choice(scope constructs.Construct, name, comment string) awsstepfunctions.Choice {
	return awsstepfunctions.NewChoice(scope, jsii.String(name), &awsstepfunctions.ChoiceProps{Comment: jsii.String(comment)})
}

func (s *states) addEnds(scope constructs.Construct, service string) {
	s.done = succeed(scope, stateDone,
		service+" has the message. Outcome completed: the record says so too. gone or duplicate: the record was deleted, or taken "+
			"by another execution, in the meantime.")
	s.deferred = succeed(scope, stateDeferred,
		"Not delivered yet: a new ticket comes back when the wait is over. This execution's queue item is deleted.")
	s.nothingToDo = succeed(scope, stateNothingToDo,
		"Nothing, or nothing more, to do here; the outcome in the output says why: duplicate (the ticket has had its turn), busy "+
			"(another execution has the message; the queue item comes back) or gone (the record was deleted).")
	s.deliveryFailed = fail(scope, contract.ErrorDeliveryFailed,
		service+" refused the message for good: its record says which field or limit.",
		service+" refused this message for good, so it is not sent again. The record's reason and attempts say which field or "+
			"limit it was. Correct the cause, then replay the message.")
	s.deliveryExpired = fail(scope, contract.ErrorDeliveryExpired,
		"The message waited past its deadline: its record says what it waited for.",
		"The message's deadline passed while it waited. The record's reason and attempts say what it waited for; it is in "+
			"the dead-letter queue too. Redrive it from there, or replay the message.")
	s.pipelineFault = fail(scope, contract.ErrorPipelineFault,
		"Something of ours or of AWS broke, not "+service+": this state's input has the error.",
		"Something in rez_agent or in AWS broke; "+service+" did not. This state's input holds the error's name and cause. The "+
			"queue brings the message back by itself; after its last receive it is in the dead-letter queue.")
}

func succeed(scope constructs.Construct, name, comment string) awsstepfunctions.Succeed {
	return awsstepfunctions.NewSucceed(scope, jsii.String(name), &awsstepfunctions.SucceedProps{Comment: jsii.String(comment)})
}

// fail ends in an error with the state's own name, so that the console's list of executions says what happened.
func fail(scope constructs.Construct, name, comment, cause string) awsstepfunctions.Fail {
	return awsstepfunctions.NewFail(scope, jsii.String(name), &awsstepfunctions.FailProps{
		Comment: jsii.String(comment),
		Error:   jsii.String(name),
		Cause:   jsii.String(cause),
	})
}
