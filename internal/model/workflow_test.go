package model_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/dispatch"
	"github.com/rezagent/rez_agent/internal/message"
)

// Run is one execution of the workflow, with the states of statemachine/testdata/deliver.asl.json: package delivery's
// tests run that file itself, too slowly for a model.
func (a *actor) Run(ctx context.Context, name string, input []byte) (dispatch.Ending, error) {
	var ticket message.Ticket
	if err := json.Unmarshal(input, &ticket); err != nil {
		return dispatch.Ending{}, err
	}
	a.names++
	e := &execution{actor: a, by: message.Execution{ARN: fmt.Sprintf("%s:%d", name, a.names), Name: name, Started: a.now}}
	a.arn, a.about = e.by.ARN, ticket.MessageID
	ending, err := e.run(ctx, ticket)
	if a.now.Sub(e.by.Started) > a.settings.Workflow {
		return dispatch.Ending{ExecutionARN: e.by.ARN, Status: "TIMED_OUT"}, nil
	}
	if err != nil { // Catch States.ALL
		e.releaseLease(ctx, ticket.MessageID)
		return dispatch.Ending{ExecutionARN: e.by.ARN, Status: "FAILED", ErrorName: "PipelineFault"}, nil //nolint:nilerr // so ends the workflow
	}
	ending.ExecutionARN = e.by.ARN
	return ending, nil
}

type execution struct {
	*actor

	by message.Execution
}

func succeeded(o contract.Outcome) (dispatch.Ending, error) {
	return dispatch.Ending{Succeeded: true, Status: "SUCCEEDED", Outcome: o}, nil
}

func (e *execution) run(ctx context.Context, ticket message.Ticket) (dispatch.Ending, error) {
	work, err := state(ctx, e, (&delivery.MarkProcessing{Records: table{e.actor}, Times: e.times(), Now: e.clock}).Run,
		delivery.Start{Ticket: ticket, Execution: e.by})
	switch {
	case err != nil:
		return dispatch.Ending{}, err
	case work.Outcome == contract.OutcomeExpired:
		return e.markFailed(ctx, work)
	case work.Outcome != contract.OutcomeProceed:
		e.checkNothingTaken(e.by.ARN, ticket.MessageID)
		return succeeded(work.Outcome)
	}
	work, err = state(ctx, e, (&delivery.CheckCircuit{
		Breaker: e.breaker(), Limiter: e.limiter(), Jitter: e.jitter, Now: e.clock,
	}).Run, work)
	switch {
	case err != nil:
		return dispatch.Ending{}, err
	case work.Outcome == contract.OutcomeProceed:
		return e.send(ctx, work)
	case work.Outcome == contract.OutcomeDeferred:
		return e.markDeferred(ctx, work)
	}
	return e.markFailed(ctx, work)
}

// send is SendNtfy with its own Retry and Catch.
func (e *execution) send(ctx context.Context, work delivery.Work) (dispatch.Ending, error) {
	s := &delivery.Send{
		Channel: contract.ChannelNtfy,
		Sender:  &delivery.Ntfy{Publisher: publisher{e.actor}, Tokens: noToken{}, HTTPTimeout: e.settings.HTTPTimeout},
		Records: table{e.actor}, Breaker: e.breaker(), Limiter: e.limiter(),
		HTTPTimeout: e.settings.HTTPTimeout, RetryWindow: e.settings.RetryWindow, Now: e.clock,
	}
	var sent delivery.Work
	err := e.retried(e.settings.SendLambda, len(e.settings.SendRetries), func(try int) (err error) {
		sent, err = s.Run(ctx, delivery.SendInput{Work: work, RetryCount: try})
		return err
	})
	if err == nil {
		if sent.Outcome == contract.OutcomeDelivered {
			return e.markCompleted(ctx, sent)
		}
		return succeeded(sent.Outcome)
	}
	for name, known := range delivery.SendErrors() {
		if fmt.Sprintf("%T", err) == fmt.Sprintf("%T", known) {
			work.Error = &delivery.Caught{Error: name, Cause: err.Error()}
		}
	}
	switch {
	case work.Error == nil:
		return dispatch.Ending{}, err
	case work.Error.Error == contract.ErrorNtfyRejected:
		return e.markFailed(ctx, work)
	}
	return e.markDeferred(ctx, work)
}

func (e *execution) markCompleted(ctx context.Context, work delivery.Work) (dispatch.Ending, error) {
	complete := (&delivery.MarkCompleted{Records: table{e.actor}, Now: e.clock}).Run
	done, err := state(ctx, e, complete, work)
	if err != nil { // Retry States.ALL
		e.pause()
		done, err = state(ctx, e, complete, work)
	}
	if err != nil {
		return dispatch.Ending{}, err
	}
	return succeeded(done.Outcome)
}

func (e *execution) markDeferred(ctx context.Context, work delivery.Work) (dispatch.Ending, error) {
	work, err := state(ctx, e, (&delivery.MarkDeferred{
		Records: table{e.actor}, Tickets: e, Breaker: e.breaker(), Jitter: e.jitter, Settings: e.settings, Now: e.clock,
	}).Run, work)
	switch {
	case err != nil:
		return dispatch.Ending{}, err
	case work.Outcome == contract.OutcomeExpired:
		return e.markFailed(ctx, work)
	}
	return succeeded(work.Outcome)
}

func (e *execution) markFailed(ctx context.Context, work delivery.Work) (dispatch.Ending, error) {
	work, err := state(ctx, e, (&delivery.MarkFailed{Records: table{e.actor}, DeadLetters: e, Now: e.clock}).Run, work)
	if err != nil {
		return dispatch.Ending{}, err
	}
	names := map[contract.Outcome]string{
		contract.OutcomeFailed: contract.ErrorDeliveryFailed, contract.OutcomeExpired: contract.ErrorDeliveryExpired,
	}
	if name, failed := names[work.Outcome]; failed {
		return dispatch.Ending{Status: "FAILED", ErrorName: name}, nil
	}
	return succeeded(work.Outcome)
}

// releaseLease is the workflow's own update of the record.
func (e *execution) releaseLease(ctx context.Context, id string) {
	_ = e.retried(e.settings.StepTask, 0, func(int) error {
		rec, err := e.records.Load(ctx, id)
		if err != nil || rec.Status != message.StatusProcessing || rec.ExecutionARN != e.by.ARN {
			return err
		}
		next := rec
		next.LeaseUntil = time.Unix(0, 0)
		next.Version++ // the store's way to write; the workflow itself leaves it alone
		if err := e.records.Save(ctx, rec, next); err != nil {
			return err
		}
		e.wrote(&rec, next)
		return nil
	})
}

// state is one Task that is no request to ntfy.
func state[In any](ctx context.Context, e *execution, run func(context.Context, In) (delivery.Work, error), in In) (delivery.Work, error) {
	var out delivery.Work
	err := e.retried(e.settings.StepLambda, 0, func(int) (err error) {
		out, err = run(ctx, in)
		return err
	})
	return out, err
}

func (a *actor) breaker() *circuit.Breaker {
	return &circuit.Breaker{Store: circuitTable{a}, Settings: a.settings.Breaker, Now: a.clock, Jitter: a.jitter}
}

func (a *actor) limiter() *circuit.Limiter {
	return &circuit.Limiter{Store: circuitTable{a}, Settings: a.settings.Limits, Now: a.clock}
}
