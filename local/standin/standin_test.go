package standin_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/standin"
)

// client sends plain requests to a running stand-in.
type client struct {
	t    *testing.T
	base string
}

func start(t *testing.T, config standin.Config) (*standin.Server, client) {
	t.Helper()
	server := standin.New(config)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	t.Cleanup(server.Close)
	return server, client{t: t, base: listener.URL}
}

type answer struct {
	status int
	header http.Header
	body   string
}

// errorBody is ntfy's.
type errorBody struct {
	Code  int    `json:"code"`
	HTTP  int    `json:"http"`
	Error string `json:"error"`
}

func (a answer) code(t *testing.T) int {
	t.Helper()
	var body errorBody
	require.NoError(t, json.Unmarshal([]byte(a.body), &body), a.body)
	require.Equal(t, a.status, body.HTTP)
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	return body.Code
}

func (a answer) message(t *testing.T) standin.Message {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, a.body)
	var message standin.Message
	require.NoError(t, json.Unmarshal([]byte(a.body), &message))
	return message
}

// do sends a request; headers are pairs of name and value.
func (c client) do(method, path, body string, headers ...string) answer {
	c.t.Helper()
	a, err := c.try(method, path, body, headers...)
	require.NoError(c.t, err)
	return a
}

func (c client) try(method, path, body string, headers ...string) (answer, error) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	require.NoError(c.t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return answer{}, err //nolint:wrapcheck // the tests look at the very error
	}
	defer func() { require.NoError(c.t, resp.Body.Close()) }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	return answer{status: resp.StatusCode, header: resp.Header, body: string(text)}, nil
}

func TestJSONGoesToTheRootAndTextToTheTopic(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{})
	sent := c.do("POST", "/", `{"topic":"alerts","title":"T","message":" <b> ","priority":4,"tags":["a","b,c"],"sequence_id":"s-1",
		"click":"https://e.org","markdown":true,"actions":[{"action":"VIEW","label":"L","url":"https://e.org"}],
		"attach":"https://e.org/f.png"}`)
	m := sent.message(t)
	require.Contains(t, sent.body, `\u003cb\u003e`, "ntfy escapes its answers")
	require.Regexp(t, `^[A-Za-z0-9]{12}$`, m.ID)
	require.Len(t, m.Actions, 1)
	require.Len(t, m.Actions[0].ID, 10)
	m.Actions[0].ID = ""
	require.Equal(t, standin.Message{
		ID: m.ID, SequenceID: "s-1", Time: m.Time, Expires: m.Time + 12*3600, Event: "message", Topic: "alerts", Title: "T", Message: "<b>",
		Priority: 4, Tags: []string{"a", "b", "c"}, Click: "https://e.org", ContentType: "text/markdown",
		Actions:    []standin.Action{{Action: "view", Label: "L", URL: "https://e.org"}},
		Attachment: &standin.Attachment{Name: "f.png", URL: "https://e.org/f.png"},
	}, m)

	const atTopic = `{"topic":"other", "message":"x"}`
	text := c.do("PUT", "/alerts", atTopic).message(t)
	require.Equal(t, "alerts", text.Topic)
	require.Equal(t, standin.Message{Message: atTopic}, standin.Message{Message: text.Message}, "JSON at a topic is text")
	require.Len(t, server.Shown("alerts"), 2)
	require.Empty(t, server.Shown("other"))
}

func TestPlainPublishTakesHeadersAndQuery(t *testing.T) {
	t.Parallel()
	_, c := start(t, standin.Config{})
	title := "=?UTF-8?B?" + base64.StdEncoding.EncodeToString([]byte("Größe")) + "?="
	m := c.do("POST", "/alerts", "text", "Title", title, "X-Priority", "urgent", "ta", "a, b", "sid", "s-1", "md", "yes",
		"Actions", `[{"action":"copy","label":"L","value":"v"}]`).message(t)
	require.Equal(t, "Größe", m.Title)
	require.Equal(t, 5, m.Priority)
	require.Equal(t, []string{"a", "b"}, m.Tags)
	require.Equal(t, "s-1", m.SequenceID)
	require.Equal(t, "text/markdown", m.ContentType)
	require.Equal(t, "v", m.Actions[0].Value)

	require.Equal(t, "s-2", c.do("POST", "/alerts/s-2", "text").message(t).SequenceID)
	hook := c.do("GET", "/alerts/trigger?message=from+a+hook&p=2", "").message(t)
	require.Equal(t, "from a hook", hook.Message)
	require.Equal(t, 2, hook.Priority)
	require.Equal(t, "triggered", c.do("POST", "/alerts", " ").message(t).Message)
	require.Equal(t, "You received a file: f", c.do("POST", "/alerts", "", "Attach", "https://e.org/f").message(t).Message)
}

func TestItRefusesWhatNtfyRefuses(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{})
	with := func(more string) string { return `{"topic":"alerts","message":"x"` + more + `}` }
	for name, test := range map[string]struct {
		path, body string
		headers    []string
		status     int
		code       int
	}{
		"no JSON at the root":         {"/", "hello", nil, 400, 40024},
		"a word as priority":          {"/", with(`,"priority":"high"`), nil, 400, 40024},
		"priority 6":                  {"/", with(`,"priority":6`), nil, 400, 40007},
		"priority by a wrong name":    {"/alerts", "x", []string{"Priority", "7th"}, 400, 40007},
		"priority 0 in a header":      {"/alerts", "x", []string{"Priority", "0"}, 400, 40007},
		"no topic":                    {"/", `{"message":"x"}`, nil, 400, 40009},
		"a topic with a dot":          {"/", `{"topic":"a.b"}`, nil, 400, 40009},
		"a topic that ntfy needs":     {"/", `{"topic":"docs"}`, nil, 400, 40010},
		"a sequence id with a dot":    {"/", with(`,"sequence_id":"a.b"`), nil, 400, 40049},
		"a sequence id of 65":         {"/", with(`,"sequence_id":"` + strings.Repeat("s", 65) + `"`), nil, 400, 40049},
		"a sequence id in a header":   {"/alerts", "x", []string{"X-Sequence-ID", "a b"}, 400, 40049},
		"a text of 4096 bytes":        {"/", `{"topic":"alerts","message":"` + strings.Repeat("a", 4096) + `"}`, nil, 400, 40014},
		"a plain text of 4096 bytes":  {"/alerts", strings.Repeat("a", 4096), nil, 400, 40014},
		"a plain text that is binary": {"/alerts", "\xff\xfe", nil, 400, 40014},
		"a filename without a file":   {"/", with(`,"filename":"a.txt"`), nil, 400, 40014},
		"a body of 8192 bytes":        {"/", with(`,"title":"` + strings.Repeat("t", 8192-43) + `"`), nil, 413, 41303},
		"an attachment by ftp":        {"/", with(`,"attach":"ftp://e.org"`), nil, 400, 40013},
		"an icon by name":             {"/", with(`,"icon":"bell"`), nil, 400, 40021},
		"four actions": {
			"/", with(`,"actions":[` + strings.Repeat(`{"action":"copy","label":"l","value":"v"},`, 3) + `{}]`), nil, 400, 40018,
		},
		"an unknown action":         {"/", with(`,"actions":[{"action":"call","label":"l"}]`), nil, 400, 40018},
		"an action without a label": {"/", with(`,"actions":[{"action":"broadcast"}]`), nil, 400, 40018},
		"a view of nothing":         {"/", with(`,"actions":[{"action":"view","label":"l"}]`), nil, 400, 40018},
		"a GET with a body": {
			"/", with(`,"actions":[{"action":"http","label":"l","url":"u","method":"get","body":"b"}]`), nil, 400, 40018,
		},
		"a copy of nothing":            {"/", with(`,"actions":[{"action":"copy","label":"l"}]`), nil, 400, 40018},
		"actions that are no JSON":     {"/alerts", "x", []string{"Actions", "[{]"}, 400, 40018},
		"actions in the short form":    {"/alerts", "x", []string{"Actions", "view, L, https://e.org"}, 400, 40018},
		"a delay that is none":         {"/", with(`,"delay":"soon"`), nil, 400, 40004},
		"a delay that is over":         {"/", with(`,"delay":"1000000000"`), nil, 400, 40004},
		"a delay of 5 s":               {"/", with(`,"delay":"5s"`), nil, 400, 40005},
		"a delay of 4 days":            {"/", with(`,"delay":"4 days"`), nil, 400, 40006},
		"a delay without end":          {"/", with(`,"delay":"99999999999999999999s"`), nil, 400, 40006},
		"an e-mail":                    {"/", with(`,"email":"a@e.org"`), nil, 400, 40001},
		"a call":                       {"/", with(`,"call":"yes"`), nil, 400, 40032},
		"a path of three":              {"/a/b/c", "x", nil, 404, 40401},
		"a topic in the path, with it": {"/a.b", "x", nil, 404, 40401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := c.do("POST", test.path, test.body, test.headers...)
			require.Equal(t, test.status, a.status, a.body)
			require.Equal(t, test.code, a.code(t))
		})
	}
	t.Cleanup(func() { require.Empty(t, server.Published("")) })
}

func TestTheLargestThatNtfyTakes(t *testing.T) {
	t.Parallel()
	_, c := start(t, standin.Config{})
	require.Len(t, c.do("POST", "/alerts", strings.Repeat("a", 4095)).message(t).Message, 4095)
	body := `{"topic":"alerts","message":"x","title":"` + strings.Repeat("t", 8191-43) + `"}`
	require.Len(t, body, 8191)
	require.Len(t, c.do("POST", "/", body).message(t).Title, 8191-43)
}

func TestASequenceIDReplacesWhatIsShown(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{})
	c.do("POST", "/alerts", "one", "X-Sequence-ID", "s")
	c.do("POST", "/alerts", "two")
	c.do("POST", "/other", "three", "X-Sequence-ID", "s")
	c.do("POST", "/alerts", "one, updated", "X-Sequence-ID", "s")
	first := c.do("POST", "/alerts", "four").message(t)
	c.do("POST", "/alerts/"+first.ID, "four, updated by its own id")

	require.Equal(t, []string{"two", "one, updated", "four, updated by its own id"}, texts(server.Shown("alerts")))
	require.Equal(t, []string{"three"}, texts(server.Shown("other")))
	require.Len(t, server.Published("alerts"), 5)
	counts := server.Counts()
	require.Equal(t, 6, counts.Delivered)
	require.Equal(t, 2, counts.Replaced)
}

func texts(messages []standin.Message) []string {
	list := make([]string, 0, len(messages))
	for _, m := range messages {
		list = append(list, m.Message)
	}
	return list
}

func TestATokenIsAskedForAsNtfyDoes(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var mu sync.Mutex
	server, c := start(t, standin.Config{Token: "tk_1", Clock: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}})
	require.Equal(t, 40301, c.do("POST", "/alerts", "x").code(t), "anonymous is forbidden")
	require.Equal(t, 200, c.do("POST", "/alerts", "x", "Authorization", "Bearer tk_1").status)
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(":tk_1"))
	require.Equal(t, 200, c.do("POST", "/alerts", "x", "Authorization", basic).status)
	require.Equal(t, 200, c.do("POST", "/alerts?auth="+base64.RawURLEncoding.EncodeToString([]byte(basic)), "x").status)
	require.Equal(t, 40301, c.do("GET", "/alerts/json?poll=1", "").code(t))
	require.Equal(t, 200, c.do("GET", "/alerts/json?poll=1", "", "Authorization", basic).status)
	for range 29 {
		require.Equal(t, 40101, c.do("POST", "/alerts", "x", "Authorization", "Bearer tk_2").code(t))
	}
	limited := c.do("POST", "/alerts", "x", "Authorization", "Bearer tk_1")
	require.Equal(t, 42909, limited.code(t), "too many failures look like a rate limit, even with the right token")
	mu.Lock()
	now = now.Add(time.Minute)
	mu.Unlock()
	require.Equal(t, 200, c.do("POST", "/alerts", "x", "Authorization", "Bearer tk_1").status)

	server.SetToken("tk_2")
	require.Equal(t, 40101, c.do("POST", "/alerts", "x", "Authorization", "Bearer tk_1").code(t))
	require.Equal(t, 200, c.do("POST", "/alerts", "x", "Authorization", "Bearer tk_2").status)
	server.SetToken("")
	require.Equal(t, 200, c.do("POST", "/alerts", "x").status)
}

func TestBehindAPrefixOnlyThePrefixIsNtfy(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{Prefix: "/push"})
	require.Equal(t, 200, c.do("POST", "/push/", `{"topic":"alerts","message":"x"}`).status)
	require.Equal(t, 200, c.do("POST", "/push/alerts", "x").status)
	require.Contains(t, c.do("GET", "/push/alerts", "").body, `const base = "/push"`)
	require.Equal(t, 200, c.do("GET", "/push/_standin/state", "").status)
	require.Equal(t, 200, c.do("GET", "/_standin/state", "").status)
	for _, path := range []string{"/", "/alerts", "/pushed/alerts"} {
		outside := c.do("POST", path, "x")
		require.Equal(t, 404, outside.status)
		require.Contains(t, outside.body, "<title>404", "the proxy's, not ntfy's")
	}
	require.Len(t, server.Requests(), 2)
}

func TestWhatIsRememberedIsBoundedAndCountsAreExact(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{Keep: 10})
	for i := range 55 {
		c.do("POST", "/alerts", strings.Repeat("x", i+1))
	}
	c.do("POST", "/", "refused")
	require.Len(t, server.Requests(), 10)
	require.Len(t, server.Published(""), 10)
	require.Len(t, server.Shown(""), 10)
	require.Len(t, server.Shown("")[9].Message, 55, "the last ones are kept")
	require.Equal(t, standin.Counts{Requests: 56, Delivered: 55, ByStatus: map[int]int{200: 55, 400: 1}}, server.Counts())
	server.Reset()
	require.Empty(t, server.Requests())
	require.Empty(t, server.Shown(""))
	require.Zero(t, server.Counts().Requests)
}

func TestTheLogSaysWhatBecameOfEachRequest(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{})
	delivered := c.do("POST", "/", `{"topic":"alerts","message":"x","sequence_id":"s"}`,
		"X-Message-ID", "m-1", "User-Agent", "test").message(t)
	c.do("POST", "/", `{"topic":"alerts","message":"x","sequence_id":"s.","priority":2}`)
	log := server.Requests()
	require.Len(t, log, 2)
	require.False(t, log[0].At.IsZero())
	log[0].At, log[1].At = time.Time{}, time.Time{}
	log[1].UserAgent = ""
	require.Equal(t, standin.Request{
		Method: "POST", Path: "/", Topic: "alerts", SequenceID: "s", MessageID: "m-1", UserAgent: "test", Bytes: 50, Status: 200,
		Shown: true, NtfyID: delivered.ID,
	}, log[0])
	require.Equal(t, standin.Request{
		Method: "POST", Path: "/", Topic: "alerts", SequenceID: "s.", Bytes: 64, Status: 400, Code: 40049,
	}, log[1])
}

func TestWaitShownReturnsAsSoonAsItIsShown(t *testing.T) {
	t.Parallel()
	server, c := start(t, standin.Config{})
	var publishing sync.WaitGroup
	publishing.Go(func() {
		if _, err := c.try("POST", "/alerts", "one"); err != nil {
			t.Error(err)
		}
	})
	defer publishing.Wait()
	shown, err := server.WaitShown(t.Context(), func(shown []standin.Message) bool { return len(shown) == 1 })
	require.NoError(t, err)
	require.Equal(t, []string{"one"}, texts(shown))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = server.WaitShown(ctx, func(shown []standin.Message) bool { return len(shown) == 2 })
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "1 shown")
}

// TestManyAtOnce is also the sanity of its speed: 500 a second, even with the race detector on a busy machine.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	const (
		clients = 20
		each    = 200
		allowed = clients * each / 500 * time.Second
	)
	server := standin.New(standin.Config{})
	var group sync.WaitGroup
	begin := time.Now()
	for range clients {
		group.Go(func() {
			for range each {
				body := strings.NewReader(`{"topic":"alerts","message":"x"}`)
				server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", body))
				server.State()
			}
		})
	}
	group.Wait()
	took := time.Since(begin)
	require.Equal(t, clients*each, server.Counts().Delivered)
	t.Logf("%d requests in %s", clients*each, took)
	require.Less(t, took, allowed)
}
