package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/telemetry"
	"github.com/rezagent/rez_agent/internal/webhook"
)

func record(kind, payload string) message.Record {
	at := time.Date(2027, 3, 1, 12, 0, 0, 5e6, time.UTC)
	return message.New("0190b3a4-0000-7000-8000-000000000001", kind, contract.ChannelWebhook, "test", "user:ann", payload, at,
		message.TimesOf(settings.Default()))
}

func TestARecordBecomesAnEvent(t *testing.T) {
	t.Parallel()
	rec := record("webhook", `{"title":"Backup <ok>","message":"12 & 3","data":{"tables":12,"by":["ann"]}}`)
	rec.Generation = 2
	got, err := webhook.EventOf(rec)
	require.NoError(t, err)
	require.Equal(t, rec.ID+"-2", got.ID)
	require.Equal(t, `{"type":"webhook","timestamp":"2027-03-01T12:00:00.005Z","data":{"id":"0190b3a4-0000-7000-8000-000000000001",`+
		`"generation":2,"title":"Backup <ok>","message":"12 & 3","data":{"tables":12,"by":["ann"]}}}`, string(got.Body))
	slices.Sort(got.Hidden)
	require.Equal(t, []string{"12", "12 & 3", "Backup <ok>", "ann"}, got.Hidden)
	require.True(t, json.Valid(got.Body))
}

func TestAMessageThatCannotBeAnEventIsRejectedWithoutARequest(t *testing.T) {
	t.Parallel()
	for kind, payload := range map[string]string{"webhook": `{"massage":"x"}`, "notification": `{"message":"x"}`, "telegram": `{}`} {
		receiver := &answers{t: t}
		result := (&webhook.Sender{Poster: receiver, Secrets: &tokens{now: "a"}}).Send(t.Context(), record(kind, payload))
		require.Equal(t, delivery.Rejected, result.Class, kind)
		require.Zero(t, result.Status)
		require.Empty(t, receiver.got)
	}
}

// answers is a receiver that knows one secret.
type answers struct {
	t     *testing.T
	knows string
	got   []string
}

func (a *answers) Post(_ context.Context, event webhook.Event, secrets string) delivery.Result {
	a.got = append(a.got, secrets)
	require.NotEmpty(a.t, event.Body)
	switch secrets {
	case a.knows:
		return delivery.Result{Class: delivery.Delivered, Status: 204}
	case "":
		return delivery.Result{Class: delivery.Misconfigured}
	default:
		return delivery.Result{Class: delivery.Unauthorized, Status: 401}
	}
}

type tokens struct {
	now, next string
	err       error
}

func (s *tokens) Token(context.Context) (string, error) { return s.now, s.err }

func (s *tokens) Refresh(context.Context) (string, error) {
	s.now = s.next
	return s.now, nil
}

func TestASecretThatWasReplacedIsTakenUpAtOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		secrets tokens
		class   delivery.Class
		posts   []string
	}{
		"known":           {tokens{now: "good"}, delivery.Delivered, []string{"good"}},
		"replaced":        {tokens{now: "old", next: "good"}, delivery.Delivered, []string{"old", "good"}},
		"put just now":    {tokens{now: "", next: "good"}, delivery.Delivered, []string{"", "good"}},
		"still the wrong": {tokens{now: "old", next: "old"}, delivery.Unauthorized, []string{"old"}},
		"never put":       {tokens{}, delivery.Misconfigured, []string{""}},
		"SSM is away":     {tokens{err: errors.New("away")}, delivery.Unavailable, nil},
	} {
		receiver := &answers{t: t, knows: "good"}
		result := (&webhook.Sender{Poster: receiver, Secrets: &c.secrets}).Send(t.Context(), record("webhook", `{"message":"x"}`))
		require.Equal(t, c.class, result.Class, name)
		require.Equal(t, c.posts, receiver.got, name)
	}
}

func TestNoSecondPostWithoutTheTimeForIt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	receiver := &answers{t: t, knows: "good"}
	sender := &webhook.Sender{Poster: receiver, Secrets: &tokens{now: "old", next: "good"}, HTTPTimeout: time.Minute}
	require.Equal(t, delivery.Unauthorized, sender.Send(ctx, record("webhook", `{"message":"x"}`)).Class)
	require.Equal(t, []string{"old"}, receiver.got)
}

// answering gives the same answer to every event.
type answering struct{ class delivery.Class }

func (a answering) Post(context.Context, webhook.Event, string) delivery.Result {
	return delivery.Result{Class: a.class, Status: 400}
}

func TestWhatOnlyAnOperatorCanMendIsCounted(t *testing.T) {
	t.Parallel()
	counts := map[delivery.Class]telemetry.Metric{
		delivery.Unauthorized: telemetry.WebhookUnauthorized, delivery.Misconfigured: telemetry.WebhookMisconfigured,
	}
	for _, class := range delivery.Classes() {
		core, lines := observer.New(zapcore.InfoLevel)
		sender := &webhook.Sender{Poster: answering{class}, Secrets: &tokens{now: "a", next: "a"}}
		sender.Send(telemetry.With(t.Context(), zap.New(core)), record("webhook", `{"message":"x"}`))
		for _, name := range counts {
			counted := 0
			for _, line := range lines.FilterMessage("metric").All() {
				if line.ContextMap()[string(name)] == int64(1) {
					counted++
				}
			}
			require.Equal(t, name == counts[class], counted == 1, "%s at %s: an alarm waits for it", name, class)
		}
	}
}

func TestEveryErrorHasTheNameThatTheWorkflowMatches(t *testing.T) {
	t.Parallel()
	faults := contract.Webhook().Faults
	sender := &webhook.Sender{}
	for class, name := range map[delivery.Class]string{
		delivery.Unavailable: faults.Unavailable, delivery.RateLimited: faults.RateLimited, delivery.Unauthorized: faults.Unauthorized,
		delivery.Misconfigured: faults.Misconfigured, delivery.Rejected: faults.Rejected,
	} {
		err := sender.Fault(class, "why")
		require.Equal(t, name, reflect.TypeOf(err).Elem().Name())
		require.ErrorContains(t, err, "why")
		require.Equal(t, reflect.TypeOf(err), reflect.TypeOf(webhook.SendErrors()[name]))
	}
	require.Len(t, webhook.SendErrors(), 5)
	require.Contains(t, messagetype.NamesOn([]string{contract.ChannelWebhook}), "webhook")
}
