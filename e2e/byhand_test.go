package e2e_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/dispatch"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/workflow"
)

// byHand starts an execution as a person does in the console: with an input and a name that says nothing.
func (s *scenario) byHand(input map[string]any) dispatch.Ending {
	s.Helper()
	body, err := json.Marshal(input)
	require.NoError(s, err)
	machine := workflow.Workflow{Client: workflow.NewClient(deployed.AWS()), ARN: deployed.StateMachineARN}
	ending, err := machine.Run(s.context(), uuid.NewString(), body)
	require.NoError(s, err)
	require.True(s, ending.Succeeded, "%+v", ending)
	return ending
}

// inputOf is what the first execution of a record got: the console's “new execution” offers it again.
func inputOf(rec message.Record) map[string]any {
	input := map[string]any{}
	if err := json.Unmarshal([]byte(ticket(rec)), &input); err != nil {
		panic(err) // a ticket is always JSON
	}
	return input
}

func TestAnExecutionRestartedByHandDoesWhatThePersonMeans(t *testing.T) {
	s := begin(t)
	holder := "arn:aws:states:us-east-1:000000000000:express:rez-agent-deliver-local:somebody:else"
	tests := map[string]struct {
		change     func(*message.Record)
		outcome    contract.Outcome
		status     message.Status
		generation int
	}{
		"a created one is delivered":  {nil, contract.OutcomeCompleted, message.StatusCompleted, 1},
		"a waiting one is delivered":  {waitingUntil(time.Now().Add(time.Hour)), contract.OutcomeCompleted, message.StatusCompleted, 1},
		"one with a lapsed lease too": {held(holder, -time.Second), contract.OutcomeCompleted, message.StatusCompleted, 1},
		"one that is held is busy":    {held(holder, time.Minute), contract.OutcomeBusy, message.StatusProcessing, 1},
		"a failed one is delivered as new": {func(rec *message.Record) {
			rec.Status, rec.Reason, rec.Detail = message.StatusFailed, message.ReasonRefused, "HTTP 400"
		}, contract.OutcomeCompleted, message.StatusCompleted, 2},
		"a completed one is a duplicate": {func(rec *message.Record) {
			rec.Status = message.StatusCompleted
		}, contract.OutcomeDuplicate, message.StatusCompleted, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rec := s.record(name, test.change)
			ending := s.byHand(inputOf(rec))
			now := s.load(rec.ID)
			require.Equal(t, test.outcome, ending.Outcome)
			require.Equal(t, test.status, now.Status)
			require.Equal(t, test.generation, now.Generation)
			want := 0
			if test.outcome == contract.OutcomeCompleted {
				want = 1
				require.Equal(t, ending.ExecutionARN, now.ExecutionARN)
			}
			require.Equal(t, want, published(now.SequenceID()))
		})
	}
	require.Empty(t, calls.refusals())
}

func held(by string, lease time.Duration) func(*message.Record) {
	return func(rec *message.Record) {
		rec.Status, rec.ExecutionARN = message.StatusProcessing, by
		rec.LeaseUntil = message.Moment(time.Now().Add(lease))
	}
}

// published is how often ntfy took a sequence id.
func published(sequence string) int {
	n := 0
	for _, m := range deployed.Standin.Published("") {
		if m.SequenceID == sequence {
			n++
		}
	}
	return n
}

func TestACompletedMessageIsShownAgainOncePerGenerationWhenAskedTo(t *testing.T) {
	s := begin(t)
	rec := s.completed(soon, s.send("shown again"))
	again := inputOf(rec)
	again["replay"] = true
	require.Equal(t, contract.OutcomeCompleted, s.byHand(again).Outcome)
	require.Equal(t, contract.OutcomeDuplicate, s.byHand(again).Outcome, "the same input once more")
	now := s.load(rec.ID)
	require.Equal(t, 2, now.Generation)
	third := inputOf(now)
	third["replay"] = true
	require.Equal(t, contract.OutcomeCompleted, s.byHand(third).Outcome)

	require.Equal(t, 3, s.load(rec.ID).Generation)
	s.earlier = []string{rec.ID + "-1", rec.ID + "-2"}
	s.books()
	require.Len(t, deployed.Standin.Shown(""), 3, "each generation is a notification of its own")
}

func TestAnExecutionStartedWithoutWaitingDeliversToo(t *testing.T) {
	s := begin(t)
	rec := s.record("started and left alone", nil)
	_, err := sfn.NewFromConfig(deployed.AWS()).StartExecution(s.context(), &sfn.StartExecutionInput{
		StateMachineArn: aws.String(deployed.StateMachineARN),
		Input:           aws.String(fmt.Sprintf(`{"message_id":%q}`, rec.ID)), // all that a person must know
	})
	require.NoError(t, err)
	s.completed(soon, rec.ID)
	s.books()
}
