package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/wire"
	"github.com/rezagent/rez_agent/local/receiver"
	"github.com/rezagent/rez_agent/local/stack"
)

// hooks is a scenario's other channel: its messages are in no books of ntfy's.
type hooks struct {
	*scenario

	sent []string
}

// beginHooks sweeps the webhook clean, too.
func beginHooks(t *testing.T) *hooks {
	t.Helper()
	h := &hooks{scenario: begin(t)}
	h.clean()
	t.Cleanup(func() {
		deployed.Receiver.Heal()
		for _, id := range h.sent {
			if rec, err := deployed.Messages().Load(h.context(), id); err == nil && !rec.Status.Final() {
				h.forget(id)
			}
		}
		h.clean()
	})
	return h
}

func (h *hooks) clean() {
	h.Helper()
	deployed.Receiver.Heal()
	deployed.Receiver.Reset()
	_, err := dynamodb.NewFromConfig(deployed.AWS()).DeleteItem(h.context(), &dynamodb.DeleteItemInput{
		TableName: aws.String(deployed.CircuitTable),
		Key:       map[string]types.AttributeValue{contract.CircuitKey: &types.AttributeValueMemberS{Value: contract.ChannelWebhook}},
	})
	require.NoError(h, err)
}

// post creates an event through the API.
func (h *hooks) post(payload string) string {
	h.Helper()
	accepted, err := h.api(operator).CreateMessage(h.context(), wire.CreateMessage{
		MessageType: messagetype.Webhook.Name, Payload: json.RawMessage(payload),
	}, "")
	require.NoError(h, err)
	h.sent = append(h.sent, accepted.ID)
	return accepted.ID
}

func (h *hooks) allPosted(within time.Duration) {
	h.Helper()
	deadline := time.Now().Add(within)
	for _, id := range h.sent {
		h.completed(max(time.Until(deadline), time.Millisecond), id)
	}
}

func (h *hooks) hookCircuit() wire.Circuit {
	h.Helper()
	now, err := h.api(viewer).Circuit(h.context(), contract.ChannelWebhook)
	require.NoError(h, err)
	return now
}

func TestAnEventArrivesSignedAndAReplayIsANewOne(t *testing.T) {
	h := beginHooks(t)
	id := h.post(`{"title":"Backup","message":"Grüße & 界","data":{"tables":12}}`)
	rec := h.completed(soon, id)
	require.Equal(t, contract.ChannelWebhook, rec.Channel)

	posts := deployed.Receiver.Posts()
	require.Len(t, posts, 1)
	require.Empty(t, posts[0].Fault, "the signature is good")
	require.Equal(t, id+"-1", posts[0].ID)
	require.JSONEq(t, fmt.Sprintf(`{"type":"webhook","timestamp":%q,"data":{"id":%q,"generation":1,"title":"Backup",`+
		`"message":"Grüße & 界","data":{"tables":12}}}`, rec.CreatedAt.UTC().Format(message.TimeLayout), id), posts[0].Body)
	require.Len(t, rec.Attempts, 1)
	require.Equal(t, http.StatusNoContent, rec.Attempts[0].Status)
	require.Empty(t, deployed.Standin.Published(""), "ntfy is told nothing")

	_, err := h.api(operator).Replay(h.context(), id, 1)
	require.NoError(t, err)
	h.until(soon, id, "is delivered again", func(rec message.Record) bool {
		return rec.Generation == 2 && rec.Status == message.StatusCompleted
	})
	taken := deployed.Receiver.Taken()
	require.Len(t, taken, 2)
	require.Equal(t, id+"-2", taken[1].ID, "receivers tell a replay from a repeat by the id")
}

func TestABrokenReceiverOpensItsOwnCircuitAlone(t *testing.T) {
	h := beginHooks(t)
	deployed.Receiver.Break(receiver.Answer{Status: http.StatusServiceUnavailable})
	const events = 4
	for n := range events {
		h.post(fmt.Sprintf(`{"message":"during the outage %d"}`, n))
	}
	h.eventually(soon, "the webhook's circuit is open", func() (bool, string) {
		now := h.hookCircuit()
		return now.State == "open", now.State
	})
	const texts = 5
	for n := range texts {
		h.send(fmt.Sprintf("ntfy goes on %d", n))
	}
	h.allCompleted(soon)
	h.books()
	h.requireClosed()
	now, err := h.api(viewer).Circuit(h.context(), "")
	require.NoError(t, err)
	require.Equal(t, []string{"ntfy", "webhook"}, now.Channels, "who looks at one circuit learns of the other")
	require.Equal(t, []string{contract.ChannelNtfy, "closed"}, []string{now.Channel, now.State})
	require.Empty(t, deployed.Receiver.Taken())

	deployed.Receiver.Heal()
	h.allPosted(deployed.Settings().Breaker.MaxCooldown + soon)
	ids := map[string]int{}
	for _, post := range deployed.Receiver.Taken() {
		ids[post.ID]++
	}
	require.Len(t, ids, events)
	for id, times := range ids {
		require.Equal(t, 1, times, id)
	}
	require.Equal(t, "closed", h.hookCircuit().State)
}

func TestAnEventThatTheReceiverRefusesFailsWithItsReason(t *testing.T) {
	h := beginHooks(t)
	deployed.Receiver.Break(receiver.Answer{Status: http.StatusUnprocessableEntity})
	id := h.post(`{"message":"never taken"}`)
	rec := h.until(soon, id, "has failed", func(rec message.Record) bool { return rec.Status.Final() })
	require.Equal(t, message.StatusFailed, rec.Status)
	require.Equal(t, message.ReasonRefused, rec.Reason)
	require.Contains(t, rec.Detail, "HTTP 422")
	require.Equal(t, []string{"rejected"}, outcomes(rec))
	require.Len(t, deployed.Receiver.Posts(), 1, "it is not tried again")
	require.Equal(t, "closed", h.hookCircuit().State)
}

func TestAReceiversLimitIsKept(t *testing.T) {
	h := beginHooks(t)
	deployed.Receiver.Break(receiver.Answer{Status: http.StatusTooManyRequests, RetryAfter: 1, Count: 1})
	rec := h.completed(soon, h.post(`{"message":"later"}`))
	require.Equal(t, []string{"rate_limited", "delivered"}, outcomes(rec))
	require.Equal(t, 1, rec.Deferrals)
}

// What expired lies in the webhook's own DLQ, and a redrive of all brings it back to the webhook's queue.
func TestAnExpiredEventIsRedrivenToItsOwnQueue(t *testing.T) {
	h := beginHooks(t)
	rec := message.New(uuid.NewString(), messagetype.Webhook.Name, contract.ChannelWebhook, stack.Stage, "e2e", `{"message":"late"}`,
		time.Now(), message.TimesOf(deployed.Settings()))
	rec.Deadline = rec.CreatedAt.Add(time.Millisecond)
	require.NoError(t, deployed.Messages().Create(h.context(), rec))
	h.sent = append(h.sent, rec.ID)
	require.NoError(t, deployed.Intake().Publisher.Publish(h.context(), rec, rec.Ticket(message.EventCreated, time.Now())))
	h.until(soon, rec.ID, "has expired", func(rec message.Record) bool { return rec.Reason == message.ReasonExpired })
	require.Empty(t, deployed.Receiver.Posts())
	require.Empty(t, h.deadLetters(), "ntfy's DLQ has nothing of it")

	api := h.api(operator)
	letters, err := api.DeadLetters(h.context(), 0)
	require.NoError(t, err)
	require.Equal(t, 1, letters.Depth)
	require.Equal(t, rec.ID, letters.Sample[0].MessageID)
	require.True(t, letters.Sample[0].Redrivable)
	_, err = api.Redrive(h.context(), wire.Redrive{All: true})
	require.NoError(t, err)
	h.until(soon, rec.ID, "is delivered", func(rec message.Record) bool { return rec.Status == message.StatusCompleted })
	taken := deployed.Receiver.Taken()
	require.Len(t, taken, 1)
	require.Equal(t, rec.ID+"-2", taken[0].ID)
}

func TestTheWebhooksLambdasMayDoTheirOwnWorkAndNothingElse(t *testing.T) {
	h := beginHooks(t)
	h.post(`{"message":"wakes them all"}`)
	h.allPosted(soon)
	for task, test := range map[contract.Task]struct {
		may    attempt
		mayNot []attempt
	}{
		contract.TaskSendWebhook: {readRecord, []attempt{readToken, readOtherParameter, makeRecord, deleteRecord, enqueueTicket, startExecution}},
		contract.TaskWebhookProcessor: {readRecord, []attempt{
			readCircuit, makeRecord, deleteRecord, purgeQueue, enqueueTicket, startExecution, readToken,
		}},
		contract.TaskWebhookMarkDeferred: {readCircuit, []attempt{makeRecord, deleteRecord, purgeQueue, enqueueTicket, startExecution, readToken}},
		contract.TaskWebhookMarkFailed:   {readRecord, []attempt{readCircuit, deleteRecord, purgeQueue, enqueueTicket, readToken}},
	} {
		as := h.credentialsOf(task)
		require.False(t, isDenied(test.may(h.context(), as)), "%s: its own work", task)
		for i, forbidden := range test.mayNot {
			require.True(t, isDenied(forbidden(h.context(), as)), "%s: number %d of what it may not do", task, i)
		}
	}
}
