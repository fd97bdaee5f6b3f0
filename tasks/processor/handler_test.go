package main

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/dispatch"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

// sample is an event as SQS sends it, raw from SNS.
const sample = `{"Records":[
{"messageId":"good","receiptHandle":"r1","body":"{\"message_id\":\"0190b3a4-0000-7000-8000-000000000001\",\"generation\":1,\"deferral\":0,\"event_type\":\"message.created\",\"timestamp\":\"2027-03-01T12:00:00Z\"}","attributes":{"ApproximateReceiveCount":"2"},"messageAttributes":{"channel":{"stringValue":"ntfy","dataType":"String"}},"eventSource":"aws:sqs","awsRegion":"eu-central-1"},
{"messageId":"poison","receiptHandle":"r2","body":"hello","attributes":{"ApproximateReceiveCount":"1"},"eventSource":"aws:sqs"}]}`

type runs func(ctx context.Context, name string) (dispatch.Ending, error)

func (w runs) Run(ctx context.Context, name string, _ []byte) (dispatch.Ending, error) {
	return w(ctx, name)
}

func handle(t *testing.T, ctx context.Context, event string, run runs) string {
	t.Helper()
	var in events.SQSEvent
	require.NoError(t, json.Unmarshal([]byte(event), &in))
	out, err := handler(&dispatch.Dispatcher{
		Workflow: run, Records: memory.NewMessages(), MaxReceives: 3, Now: time.Now,
	})(ctx, in)
	require.NoError(t, err)
	answer, err := json.Marshal(out)
	require.NoError(t, err)
	return string(answer)
}

func TestASampleEventIsAnsweredWithTheItemsThatComeBack(t *testing.T) {
	t.Parallel()
	var names []string
	answer := handle(t, t.Context(), sample, func(_ context.Context, name string) (dispatch.Ending, error) {
		names = append(names, name)
		return dispatch.Ending{Succeeded: true, Outcome: contract.OutcomeCompleted}, nil
	})
	require.JSONEq(t, `{"batchItemFailures":[{"itemIdentifier":"poison"}]}`, answer)
	require.Equal(t, []string{"q-0190b3a4-0000-7000-8000-000000000001-1-0-2"}, names)
}

func TestNothingToReportIsAnEmptyList(t *testing.T) {
	t.Parallel()
	require.Equal(t, `{"batchItemFailures":[]}`, handle(t, t.Context(), `{"Records":[]}`, nil))
}

func TestTheHandlerKeepsTimeToReport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
		defer cancel()
		began := time.Now()
		answer := handle(t, ctx, sample, func(ctx context.Context, _ string) (dispatch.Ending, error) {
			<-ctx.Done()
			return dispatch.Ending{}, ctx.Err()
		})
		require.Equal(t, 50*time.Second-margin, time.Since(began))
		require.Contains(t, answer, "good")
	})
}

func TestAReceiveCountThatIsMissingCountsAsTheFirst(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int{"": 1, "x": 1, "0": 1, "-2": 1, "3": 3} {
		require.Equal(t, want, receives(events.SQSMessage{Attributes: map[string]string{"ApproximateReceiveCount": raw}}))
	}
	require.Equal(t, 1, receives(events.SQSMessage{}))
}
