package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/wire"
)

func TestAMessageIsAcceptedAndPublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.call(operator(), http.MethodPost, "/api/messages", hello)
	require.Equal(t, http.StatusAccepted, a.status, string(a.body))
	var got wire.Accepted
	a.into(t, &got)
	require.Equal(t, "created", got.Status)
	require.Equal(t, "/api/messages/"+got.ID, got.Links.Self)
	require.Equal(t, got.Links.Self, a.header.Get("Location"))
	require.Len(t, w.published.all, 1)
	rec, err := w.records.Load(t.Context(), got.ID)
	require.NoError(t, err)
	require.Equal(t, "user:ann", rec.CreatedBy)
}

func TestWhatIsWrongWithAMessageIsNamed(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("界", 1366)
	for name, c := range map[string]struct {
		body, code, field, allowed string
		status                     int
	}{
		"no body":            {"", "malformed", "", "", 400},
		"no JSON":            {"hello", "malformed", "", "", 400},
		"half a JSON":        {`{"message_type":`, "malformed", "", "", 400},
		"a list":             {`[]`, "invalid_field", "body", "", 422},
		"no type":            {`{"payload":{}}`, "invalid_field", "message_type", "", 422},
		"no payload":         {`{"message_type":"notification"}`, "invalid_field", "payload", "", 422},
		"an unknown type":    {`{"message_type":"sms","payload":{}}`, "invalid_field", "message_type", "notification", 422},
		"an unknown field":   {`{"message_type":"notification","payload":{"message":"x"},"prio":1}`, "invalid_field", "prio", "", 422},
		"another case":       {`{"Message_Type":"notification","payload":{"message":"x"}}`, "invalid_field", "Message_Type", "", 422},
		"unknown in payload": {`{"message_type":"notification","payload":{"massage":"x"}}`, "invalid_field", "payload", "", 422},
		"priority 9":         {`{"message_type":"notification","payload":{"message":"x","priority":9}}`, "invalid_field", "payload.priority", "1 (min) to 5 (max)", 422},
		"nothing to show":    {`{"message_type":"notification","payload":{}}`, "invalid_field", "payload.message", "", 422},
		"a text over the limit": {
			`{"message_type":"notification","payload":{"message":"` + long + `"}}`, "invalid_field", "payload.message", "4095 bytes", 422,
		},
		"a body over the limit": {
			`{"message_type":"notification","payload":{"message":"` + strings.Repeat("x", 40_000) + `"}}`, "too_large", "", "", 413,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.call(operator(), http.MethodPost, "/api/messages", c.body)
			p := a.problem(t)
			require.Equal(t, c.code, p.Code, string(a.body))
			require.Equal(t, c.status, a.status)
			require.NotContains(t, string(a.body), "界", "the text is not given back")
			if c.field != "" {
				require.NotEmpty(t, p.Errors, string(a.body))
				at := slices.IndexFunc(p.Errors, func(e wire.ProblemField) bool { return e.Field == c.field })
				require.GreaterOrEqual(t, at, 0, string(a.body))
				require.Contains(t, p.Errors[at].Allowed, c.allowed)
			}
			require.Empty(t, w.published.all)
		})
	}
}

func TestABodyThatIsNotJSONIsRefusedByItsType(t *testing.T) {
	t.Parallel()
	a := newWorld(t).call(operator(), http.MethodPost, "/api/messages", "message_type=x", header("Content-Type", "application/x-www-form-urlencoded"))
	require.Equal(t, http.StatusUnsupportedMediaType, a.status, string(a.body))
	require.Equal(t, "unsupported_media_type", a.problem(t).Code)
}

func TestARepeatedKeyIsTheSameMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := header("Idempotency-Key", "order-17")
	first := w.call(operator(), http.MethodPost, "/api/messages", hello, key)
	var a, b, c wire.Accepted
	first.into(t, &a)
	again := w.call(operator(), http.MethodPost, "/api/messages", "  "+hello+"\n", key)
	require.Equal(t, http.StatusAccepted, again.status)
	again.into(t, &b)
	require.Equal(t, a, b, "the first answer again")
	w.end(a.ID, false)
	w.call(operator(), http.MethodPost, "/api/messages", hello, key).into(t, &b)
	require.Equal(t, a, b, "whatever became of the message")

	other := w.call(operator(), http.MethodPost, "/api/messages", strings.Replace(hello, "hello", "bye", 1), key)
	require.Equal(t, http.StatusUnprocessableEntity, other.status)
	require.Equal(t, "idempotency_mismatch", other.problem(t).Code)

	somebody := *operator()
	somebody.Subject = "sub-9"
	w.call(&somebody, http.MethodPost, "/api/messages", hello, key).into(t, &c)
	require.NotEqual(t, a.ID, c.ID, "a key is the caller's own")
}

func TestAMessageShowsItsWholeHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.accepted()
	w.end(id, true)
	require.Equal(t, http.StatusAccepted, w.call(operator(), http.MethodPost, "/api/messages/"+id+"/replay", "").status)
	w.end(id, false)
	var got wire.Message
	w.call(viewer(), http.MethodGet, "/api/messages/"+id, "").into(t, &got)
	require.Equal(t, "completed", got.Status)
	require.Equal(t, 2, got.Generation)
	require.JSONEq(t, `{"message":"hello"}`, string(got.Payload))
	require.Len(t, got.Attempts, 1)
	require.Len(t, got.Acts, 1)
	require.Equal(t, "user:ann", got.Acts[0].By)
	require.Equal(t, "replayed", got.Acts[0].What)
	require.NotNil(t, got.StartedAt)
	require.NotNil(t, got.FinishedAt)
	link, err := url.Parse(got.Links.Execution)
	require.NoError(t, err)
	require.Equal(t, "eu-central-1.console.aws.amazon.com", link.Host)
	require.Contains(t, link.Fragment, fmt.Sprintf("?startDate=%d", w.now.UnixMilli()))
	require.Contains(t, got.Links.Logs, "#logsV2:log-groups/log-group/$252Faws$252Fvendedlogs$252Fstates$252Fx/log-events$3FfilterPattern$3D$2522"+id+"$2522")
}

func TestAMessageThatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct{ method, path string }{
		{http.MethodGet, "/api/messages/" + anID}, {http.MethodPost, "/api/messages/" + anID + "/replay"},
	} {
		a := w.call(operator(), c.method, c.path, "")
		require.Equal(t, http.StatusNotFound, a.status)
		require.Contains(t, a.problem(t).Detail, anID)
		require.Equal(t, "ref-1", a.problem(t).Instance)
	}
	require.Equal(t, "invalid_field", w.call(operator(), http.MethodGet, "/api/messages/17", "").problem(t).Code)
}

func TestAReplayIsRefusedWhereItDoesNotFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.accepted()
	early := w.call(operator(), http.MethodPost, "/api/messages/"+id+"/replay", "")
	require.Equal(t, http.StatusConflict, early.status)
	require.Equal(t, "wrong_status", early.problem(t).Code)
	w.end(id, true)
	stale := w.call(operator(), http.MethodPost, "/api/messages/"+id+"/replay", `{"generation":7}`)
	require.Equal(t, "changed_meanwhile", stale.problem(t).Code)
	var got wire.Accepted
	w.call(operator(), http.MethodPost, "/api/messages/"+id+"/replay", `{"generation":1}`).into(t, &got)
	require.Equal(t, 2, got.Generation)
}

func TestAListIsFilteredAndPaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var failed []string
	for i := range 7 {
		w.now = w.now.Add(time.Second)
		id := w.accepted()
		if i%2 == 0 {
			w.end(id, true)
			failed = append([]string{id}, failed...)
		}
	}
	var ids []string
	target := "/api/messages?status=failed&limit=2"
	next := target
	for pages := 0; next != ""; pages++ {
		require.Less(t, pages, 5)
		var page wire.MessagePage
		w.call(viewer(), http.MethodGet, next, "").into(t, &page)
		for _, item := range page.Items {
			require.Equal(t, "failed", item.Status)
			ids = append(ids, item.ID)
		}
		next = ""
		if page.Next != "" {
			require.NotNil(t, page.SearchedTo)
			next = target + "&cursor=" + url.QueryEscape(page.Next)
		}
	}
	require.Equal(t, failed, ids, "newest first, each once")
}

func TestACursorHoldsForItsFilterAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		w.now = w.now.Add(time.Second)
		w.accepted()
	}
	var page wire.MessagePage
	w.call(viewer(), http.MethodGet, "/api/messages?limit=1", "").into(t, &page)
	require.NotEmpty(t, page.Next)
	flipped := []byte(page.Next)
	flipped[len(flipped)/2] ^= 1
	for name, query := range map[string]string{
		"another filter": "created_by=x&cursor=" + url.QueryEscape(page.Next),
		"one bit":        "cursor=" + url.QueryEscape(string(flipped)),
		"nonsense":       "cursor=abc",
	} {
		a := w.call(viewer(), http.MethodGet, "/api/messages?limit=1&"+query, "")
		require.Equal(t, http.StatusUnprocessableEntity, a.status, name)
		require.Equal(t, "invalid_cursor", a.problem(t).Code, name)
	}
}

func TestAParameterThatIsWrongIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, field := range map[string]string{
		"limit=0": "limit", "limit=101": "limit", "limit=x": "limit", "status=lost": "status", "created_after=yesterday": "created_after", "statsu=failed": "statsu",
	} {
		p := w.call(viewer(), http.MethodGet, "/api/messages?"+query, "").problem(t)
		require.Equal(t, "invalid_field", p.Code, query)
		require.Equal(t, field, p.Errors[0].Field, query)
		require.NotEmpty(t, p.Errors[0].Allowed, query)
	}
}

func TestWhatDidNotChangeIsNotSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.accepted()
	first := w.call(viewer(), http.MethodGet, "/api/messages/"+id, "")
	tag := first.header.Get("ETag")
	require.NotEmpty(t, tag)
	same := w.call(viewer(), http.MethodGet, "/api/messages/"+id, "", header("If-None-Match", tag))
	require.Equal(t, http.StatusNotModified, same.status)
	require.Empty(t, same.body)
	w.end(id, false)
	require.Equal(t, http.StatusOK, w.call(viewer(), http.MethodGet, "/api/messages/"+id, "", header("If-None-Match", tag)).status)
}

func TestAnEmptyListIsAList(t *testing.T) {
	t.Parallel()
	var page map[string]json.RawMessage
	newWorld(t).call(viewer(), http.MethodGet, "/api/messages", "").into(t, &page)
	require.Equal(t, "[]", string(page["items"]))
}
