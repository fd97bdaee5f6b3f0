package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/wire"
)

const event = `{"message_type":"webhook","payload":{"title":"Backup","data":{"tables":12}}}`

func TestAStageWithoutTheChannelRefusesItsMessagesAndSaysWhatIsAllowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	schedule := `{"name":"x","expression":"rate(1 hour)","message_type":"webhook","payload":{"message":"x"}}`
	for target, body := range map[string]string{"/api/messages": event, "/api/schedules": schedule} {
		answered := w.call(operator(), http.MethodPost, target, body)
		require.Equal(t, http.StatusUnprocessableEntity, answered.status, target)
		p := answered.problem(t)
		require.Len(t, p.Errors, 1)
		require.Equal(t, "message_type", p.Errors[0].Field)
		require.Contains(t, p.Errors[0].Problem, "this stage does not have it")
		require.Equal(t, "notification, scheduled_hello", p.Errors[0].Allowed)
	}
	for _, target := range []string{"/api/circuit", "/api/circuit/open", "/api/circuit/reset"} {
		method := http.MethodPost
		if target == "/api/circuit" {
			method = http.MethodGet
		}
		p := w.call(operator(), method, target+"?channel=webhook", "").problem(t)
		require.Equal(t, []wire.ProblemField{{Field: "channel", Problem: "is webhook, which this stage does not have", Allowed: "ntfy"}}, p.Errors)
	}
	require.Empty(t, w.published.all)
}

func TestAStageWithTheChannelTakesItsMessages(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, "ntfy", "webhook")
	var accepted wire.Accepted
	w.call(operator(), http.MethodPost, "/api/messages", event).into(t, &accepted)
	var shown wire.Message
	w.call(viewer(), http.MethodGet, "/api/messages/"+accepted.ID, "").into(t, &shown)
	require.Equal(t, []string{"webhook", "webhook"}, []string{shown.MessageType, shown.Channel})
	require.Len(t, w.published.all, 1)
	wrong := w.call(operator(), http.MethodPost, "/api/messages", `{"message_type":"webhook","payload":{"data":[1]}}`).problem(t)
	require.Equal(t, "payload.data", wrong.Errors[0].Field)
}

func TestEachChannelHasACircuitOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, "ntfy", "webhook")
	state := func(method, target string) string {
		var c wire.Circuit
		w.call(operator(), method, target, "").into(t, &c)
		return c.Channel + " " + c.State
	}
	require.Equal(t, "webhook open", state(http.MethodPost, "/api/circuit/open?channel=webhook"))
	require.Equal(t, "ntfy closed", state(http.MethodGet, "/api/circuit"))
	require.Equal(t, "ntfy closed", state(http.MethodGet, "/api/circuit?channel=ntfy"))
	require.Equal(t, "webhook open", state(http.MethodGet, "/api/circuit?channel=webhook"))
	require.Equal(t, "webhook closed", state(http.MethodPost, "/api/circuit/reset?channel=webhook"))
	w.call(viewer(), http.MethodGet, "/api/circuit?channel=telegram", "").problem(t)
}
