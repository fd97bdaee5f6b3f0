package delivery_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/local/standin"
)

// The Lambda did its work, its answer got lost, and Step Functions runs it again.
func TestAStepWhoseAnswerWasLostIsNotDoneTwice(t *testing.T) {
	t.Parallel()
	for _, step := range []contract.Task{
		contract.TaskMarkProcessing, contract.TaskCheckCircuit, contract.TaskSendNtfy, contract.TaskMarkCompleted,
	} {
		t.Run(string(step)+" of one that is delivered", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.lost[step] = 1
			id := w.hello(1)
			w.drain(time.Minute)
			rec := w.record(id)
			require.Equal(t, message.StatusCompleted, rec.Status)
			require.Equal(t, 3, rec.Version)
			require.Len(t, rec.Attempts, 1)
			require.Len(t, w.ntfy.Shown(ownTopic), 1, "sent again it replaces what is shown")
			require.Equal(t, contract.OutcomeCompleted, w.lastExecution().ending.Outcome)
		})
	}
	t.Run("MarkDeferred", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.lost[contract.TaskMarkDeferred] = 1
		w.fault(standin.Fault{Kind: standin.Status, Status: http.StatusTooManyRequests, Code: 42901, Count: 1})
		id := w.hello(1)
		require.True(t, w.deliverNext(w.now))
		require.Equal(t, 1, w.record(id).Deferrals)
		require.Len(t, w.queue, 2, "the same ticket twice")
		require.Equal(t, w.queue[0].ticket.Deferral, w.queue[1].ticket.Deferral)
		w.drain(time.Hour)
		require.Len(t, w.ntfy.Published(ownTopic), 1)
		require.Equal(t, contract.OutcomeDuplicate, w.lastExecution().ending.Outcome)
	})
	t.Run("MarkFailed", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.lost[contract.TaskMarkFailed] = 1
		w.fault(standin.Fault{Kind: standin.Status, Status: http.StatusBadRequest, Code: 40018})
		id := w.hello(1)
		w.drain(time.Hour)
		require.Equal(t, message.ReasonRefused, w.record(id).Reason)
		require.Equal(t, contract.ErrorDeliveryFailed, w.lastExecution().ending.ErrorName)
	})
	t.Run("MarkFailed of one that expired", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.lost[contract.TaskMarkFailed] = 1
		id := w.hello(1)
		w.pass(w.settings.Deadline)
		w.drain(time.Hour)
		require.Equal(t, message.ReasonExpired, w.record(id).Reason)
		require.Len(t, w.dlq, 1)
		require.Equal(t, contract.ErrorDeliveryExpired, w.lastExecution().ending.ErrorName)
	})
	t.Run("the probe's claim", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		id := w.openCircuit()
		w.lost[contract.TaskCheckCircuit] = 1
		require.True(t, w.deliverNext(w.now.Add(time.Hour)))
		require.Equal(t, message.StatusCompleted, w.record(id).Status, "the winner knows that it won")
	})
}

// The Lambda died, or its table failed, after ntfy had shown the message.
func TestADeliveryIsWrittenDownAlthoughMarkCompletedFailedOnce(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Runtime.ExitError", "Sandbox.Timedout", "States.Timeout", "Lambda.Unknown", "wrapError"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.failing(contract.TaskMarkCompleted, 1, &lambdaFault{name})
			id := w.hello(1)
			w.drain(time.Hour)
			require.Equal(t, 1, w.requests)
			require.Len(t, w.executions, 1)
			require.Equal(t, message.StatusCompleted, w.record(id).Status)
		})
	}
	t.Run("twice: the message comes again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.failing(contract.TaskMarkCompleted, 2, &lambdaFault{"Runtime.ExitError"})
		id := w.hello(1)
		w.drain(time.Hour)
		require.Equal(t, 2, w.requests)
		require.Len(t, w.ntfy.Shown(ownTopic), 1, "sent again it replaces what is shown")
		require.Equal(t, message.StatusCompleted, w.record(id).Status)
	})
}

// failing has a state's Lambda fail so many times before it does anything.
func (w *world) failing(task contract.Task, times int, with error) {
	w.before = func(name contract.Task) error {
		if name != task || times == 0 {
			return nil
		}
		times--
		return with
	}
}

func TestAProbeThatMayHaveReachedNtfyCountsAsFailed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.openCircuit()
	w.atSend(func() error { return &lambdaFault{"Lambda.ServiceException"} })
	before := w.requests
	require.True(t, w.deliverNext(w.now.Add(time.Hour)))
	require.Equal(t, before, w.requests)
	require.Equal(t, 1, w.circuit().Circuit.Trips)
	w.drain(10 * time.Minute)
	require.Equal(t, message.StatusCompleted, w.record(id).Status)
}

func TestAPersonRestartsAnExecution(t *testing.T) {
	t.Parallel()
	deliver := func(w *world) { w.drain(0) }
	refuse := func(w *world) {
		w.fault(standin.Fault{Kind: standin.Status, Status: http.StatusBadRequest, Code: 40018})
		w.drain(0)
		w.ntfy.Heal()
	}
	putOff := func(w *world) {
		w.fault(standin.Fault{Kind: standin.Status, Status: http.StatusTooManyRequests, Code: 42901})
		w.drain(0)
		w.ntfy.Heal()
		w.pass(time.Second * 6)
	}
	for name, c := range map[string]struct {
		before     func(*world)
		replay     string
		outcome    contract.Outcome
		generation int
		shown      int
	}{
		"created: delivered now":           {func(*world) {}, "", contract.OutcomeCompleted, 1, 1},
		"deferred: delivered now":          {putOff, "", contract.OutcomeCompleted, 1, 1},
		"held by an execution: busy":       {func(w *world) { w.take(messageID(1)) }, "", contract.OutcomeBusy, 1, 0},
		"lapsed: delivered now":            {func(w *world) { w.take(messageID(1)); w.pass(w.settings.Lease) }, "", contract.OutcomeCompleted, 1, 1},
		"failed: delivered as a new one":   {refuse, "", contract.OutcomeCompleted, 2, 1},
		"completed: nothing is sent":       {deliver, "", contract.OutcomeDuplicate, 1, 1},
		"completed with replay: shown new": {deliver, `,"replay":true`, contract.OutcomeCompleted, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.hello(1)
			c.before(w)
			input := `{"message_id":"` + id + `","generation":1` + c.replay + `}`
			require.Equal(t, c.outcome, w.start("by-hand", input).Outcome)
			require.Equal(t, c.generation, w.record(id).Generation)
			require.Len(t, w.ntfy.Shown(ownTopic), c.shown)
			if c.generation == 2 { // the same input again shows nothing more
				require.Equal(t, contract.OutcomeDuplicate, w.start("by-hand-2", input).Outcome)
				require.Len(t, w.ntfy.Shown(ownTopic), c.shown)
			}
		})
	}
}

func TestAMessageThatWaitsPastItsDeadlineExpiresAndARedriveDeliversIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(down())
	id := w.hello(1)
	w.drain(w.settings.Deadline + time.Minute)

	rec := w.record(id)
	require.Equal(t, message.StatusFailed, rec.Status)
	require.Equal(t, message.ReasonExpired, rec.Reason)
	require.WithinDuration(t, rec.Deadline, rec.UpdatedAt, 2*time.Second, "it expires at its deadline, not a wait later")
	require.Equal(t, contract.ErrorDeliveryExpired, w.lastExecution().ending.ErrorName)
	require.Len(t, w.dlq, 1)
	require.True(t, w.dlq[0].ticket.Replay)
	require.Contains(t, rec.Detail, "last attempt")

	w.ntfy.Heal()
	w.redrive()
	w.drain(10 * time.Minute)
	require.Equal(t, message.StatusCompleted, w.record(id).Status)
	require.Equal(t, 2, w.record(id).Generation)
	require.Equal(t, id+"-2", w.ntfy.Shown(ownTopic)[0].SequenceID)
}

func TestAMessageThatThePipelineFailsEndsInTheDLQAndARedriveDeliversIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.before = func(name contract.Task) error {
		if name == contract.TaskCheckCircuit {
			return errors.New("boom")
		}
		return nil
	}
	id := w.hello(1)
	w.drain(time.Hour)
	require.Len(t, w.executions, 3, "three receives")
	require.Contains(t, w.lastExecution().visited, contract.StateReleaseLease)
	require.Equal(t, message.ReasonPipelineFault, w.record(id).Reason)
	require.Len(t, w.dlq, 1)

	w.before = nil
	w.pass(w.settings.Deadline)
	w.redrive()
	w.drain(time.Minute)
	require.Equal(t, message.StatusCompleted, w.record(id).Status, "also a day later: a redrive is a wish to deliver")
}

func TestAnExpiredMessageIsInTheDLQAlthoughSQSFailedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hello(1)
	w.pass(w.settings.Deadline)
	w.ticketFault = errors.New("SQS is away")
	require.True(t, w.deliverNext(w.now))
	require.Equal(t, contract.ErrorPipelineFault, w.lastExecution().ending.ErrorName)
	w.ticketFault = nil
	w.drain(time.Hour)

	require.Equal(t, message.ReasonExpired, w.record(id).Reason)
	require.Len(t, w.dlq, 1)
	require.True(t, w.dlq[0].ticket.Replay)
}

func TestADeferredMessageKeepsItsTicketAlthoughSQSFailedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	broken := down()
	broken.Count = 4
	w.fault(broken)
	id := w.hello(1)
	w.before = func(name contract.Task) error {
		w.ticketFault = nil
		if name == contract.TaskMarkDeferred {
			w.ticketFault = errors.New("SQS is away")
		}
		return nil
	}
	require.True(t, w.deliverNext(w.now))
	require.Equal(t, contract.ErrorPipelineFault, w.lastExecution().ending.ErrorName)
	require.Equal(t, message.StatusDeferred, w.record(id).Status)
	overdue := w.record(id).NextAttemptAt.Add(w.settings.Sweep.After)
	require.True(t, w.record(id).LeftBehind(overdue, w.settings.Sweep.After), "the sweeper finds it")
}

func TestAMessageThatCannotBeRenderedFailsWithoutARequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.accept(1, `{"message":"x","colour":"red"}`).ID
	w.drain(0)
	require.Equal(t, message.ReasonRefused, w.record(id).Reason)
	require.Contains(t, w.record(id).Detail, "colour")
	require.Zero(t, w.requests)
}

func TestAMessageWaitsWhileTheTokenCannotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.token.err = errors.New("SSM is away")
	id := w.hello(1)
	w.drain(0)
	require.Zero(t, w.requests)
	require.Equal(t, message.StatusDeferred, w.record(id).Status)
	w.token.err = nil
	w.drain(10 * time.Minute)
	require.Equal(t, message.StatusCompleted, w.record(id).Status)
}

func TestARefreshedTokenIsNotTriedWhereTheLambdaEndsTooSoon(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.token.cached, w.token.stored = "tk_old", "tk_new"
	w.client = &script{results: []ntfy.Result{{Class: ntfy.Unauthorized, Status: http.StatusUnauthorized}}}
	work := w.take(w.hello(1))
	ctx, cancel := context.WithTimeout(t.Context(), w.settings.HTTPTimeout)
	defer cancel()
	_, err := w.sendNtfy().Run(ctx, delivery.SendInput{Work: work})
	require.Error(t, err)
	require.Equal(t, 1, w.requests)
	require.Equal(t, "tk_new", w.token.cached, "the next message has it")
}
