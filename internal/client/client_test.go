package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/wire"
)

const id = "0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11"

// server answers each request with the next of its answers, the last one for ever, and keeps what was asked.
type server struct {
	answers []response
	asked   []*http.Request
	bodies  []string
	at      []time.Time
}

type response struct {
	status      int
	contentType string
	body        string
	header      map[string]string
	cut         bool
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.asked, s.bodies, s.at = append(s.asked, r), append(s.bodies, string(body)), append(s.at, time.Now())
	give := s.answers[min(len(s.asked), len(s.answers))-1]
	if give.cut {
		return nil, io.ErrUnexpectedEOF
	}
	recorder := httptest.NewRecorder()
	for name, value := range give.header {
		recorder.Header().Set(name, value)
	}
	if give.contentType != "" {
		recorder.Header().Set("Content-Type", give.contentType)
	}
	recorder.WriteHeader(give.status)
	if give.body != "" {
		if _, err := recorder.WriteString(give.body); err != nil {
			return nil, err
		}
	}
	return recorder.Result(), nil
}

func calling(answers ...response) (*client.Client, *server) {
	s := &server{answers: answers}
	return &client.Client{
		BaseURL: "https://rez.example.com", HTTP: &http.Client{Transport: s}, UserAgent: "test/1",
		Token: func(context.Context) (string, error) { return "secret", nil },
	}, s
}

func good(body string) response {
	return response{status: 200, contentType: "application/json", body: body}
}

func problem(status int) response {
	return response{status: status, contentType: "application/problem+json", body: `{"title":"No","code":"some_code","detail":"why","status":999,` +
		`"errors":[{"field":"payload.priority","problem":"is 9","allowed":"1 to 5"}]}`}
}

// ask calls a route.
type ask func(ctx context.Context, c *client.Client) error

func asks() map[string]ask {
	return map[string]ask{
		"GET /api/messages?created_after=2026-11-25T08%3A00%3A00Z&created_by=b&created_before=2026-11-25T08%3A00%3A00Z&cursor=c&limit=7" +
			"&message_type=t&stage=s&status=failed": func(ctx context.Context, c *client.Client) error {
			at := time.Date(2026, 11, 25, 9, 0, 0, 0, time.FixedZone("", 3600))
			_, err := c.Messages(ctx, wire.MessageFilter{
				Status: "failed", Stage: "s", MessageType: "t", CreatedBy: "b", CreatedAfter: &at, CreatedBefore: &at,
			}, "c", 7)
			return err
		},
		"GET /api/messages/" + id:     func(ctx context.Context, c *client.Client) error { _, err := c.Message(ctx, id); return err },
		"GET /api/messages/..%2Fauth": func(ctx context.Context, c *client.Client) error { _, err := c.Message(ctx, "../auth"); return err },
		"POST /api/messages": func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateMessage(ctx, wire.CreateMessage{}, "")
			return err
		},
		"POST /api/messages/" + id + "/replay": func(ctx context.Context, c *client.Client) error { _, err := c.Replay(ctx, id, 3); return err },
		"POST /api/replays": func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateReplay(ctx, wire.CreateReplay{})
			return err
		},
		"GET /api/replays/" + id:              func(ctx context.Context, c *client.Client) error { _, err := c.ReplayJob(ctx, id); return err },
		"POST /api/replays/" + id + "/cancel": func(ctx context.Context, c *client.Client) error { _, err := c.CancelReplay(ctx, id); return err },
		"GET /api/metrics?message_type=t&period=1h&stage=s": func(ctx context.Context, c *client.Client) error {
			_, err := c.Metrics(ctx, "1h", "s", "t")
			return err
		},
		"GET /api/circuit":       func(ctx context.Context, c *client.Client) error { _, err := c.Circuit(ctx, ""); return err },
		"POST /api/circuit/open": func(ctx context.Context, c *client.Client) error { _, err := c.OpenCircuit(ctx, ""); return err },
		"POST /api/circuit/reset?channel=webhook": func(ctx context.Context, c *client.Client) error {
			_, err := c.ResetCircuit(ctx, "webhook")
			return err
		},
		"GET /api/dlq?limit=9": func(ctx context.Context, c *client.Client) error { _, err := c.DeadLetters(ctx, 9); return err },
		"POST /api/dlq/redrive": func(ctx context.Context, c *client.Client) error {
			_, err := c.Redrive(ctx, wire.Redrive{All: true})
			return err
		},
		"GET /api/schedules": func(ctx context.Context, c *client.Client) error { _, err := c.Schedules(ctx, ""); return err },
		"POST /api/schedules": func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateSchedule(ctx, wire.SetSchedule{})
			return err
		},
		"GET /api/schedules/" + id: func(ctx context.Context, c *client.Client) error { _, err := c.Schedule(ctx, id); return err },
		"PUT /api/schedules/" + id: func(ctx context.Context, c *client.Client) error {
			_, err := c.ChangeSchedule(ctx, id, wire.SetSchedule{})
			return err
		},
		"DELETE /api/schedules/" + id:           func(ctx context.Context, c *client.Client) error { return c.DeleteSchedule(ctx, id) },
		"POST /api/schedules/" + id + "/pause":  func(ctx context.Context, c *client.Client) error { _, err := c.PauseSchedule(ctx, id); return err },
		"POST /api/schedules/" + id + "/resume": func(ctx context.Context, c *client.Client) error { _, err := c.ResumeSchedule(ctx, id); return err },
		"POST /api/schedules/" + id + "/run":    func(ctx context.Context, c *client.Client) error { _, err := c.RunSchedule(ctx, id); return err },
		"GET /api/auth/me":                      func(ctx context.Context, c *client.Client) error { _, err := c.Me(ctx); return err },
		"GET /api/auth/config":                  func(ctx context.Context, c *client.Client) error { _, err := c.SignInConfig(ctx); return err },
		"GET /api/health?deep=true":             func(ctx context.Context, c *client.Client) error { _, err := c.Health(ctx, true); return err },
	}
}

func TestEachMethodCallsItsRouteWithTheToken(t *testing.T) {
	t.Parallel()
	for want, call := range asks() {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			c, s := calling(response{status: 204})
			if want[:6] != "DELETE" {
				c, s = calling(good("{}"))
			}
			require.NoError(t, call(t.Context(), c))
			asked := s.asked[0]
			got := asked.Method + " " + asked.URL.EscapedPath()
			if asked.URL.RawQuery != "" {
				got += "?" + asked.URL.RawQuery
			}
			require.ElementsMatch(t, parts(want), parts(got))
			require.Equal(t, "test/1", asked.UserAgent())
			anonymous := asked.URL.Path == "/api/auth/config" || asked.URL.Path == "/api/health"
			require.Equal(t, anonymous, asked.Header.Get("Authorization") == "")
		})
	}
}

func parts(request string) []string {
	var all []string
	last := 0
	for i, r := range request {
		if r == '?' || r == '&' {
			all = append(all, request[last:i])
			last = i + 1
		}
	}
	return append(all, request[last:])
}

// A request is repeated only where twice does no more than once.
func TestOnlyWhatIsSafeIsRepeated(t *testing.T) {
	t.Parallel()
	create := func(key string) ask {
		return func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateMessage(ctx, wire.CreateMessage{MessageType: "notification"}, key)
			return err
		}
	}
	all := asks()
	tests := map[string]struct {
		call  ask
		first response
		tries int
	}{
		"reading, no answer":     {all["GET /api/circuit"], response{cut: true}, 3},
		"reading, 503":           {all["GET /api/circuit"], problem(503), 3},
		"reading, a proxy's 502": {all["GET /api/circuit"], response{status: 502, contentType: "text/html"}, 3},
		"reading, 429":           {all["GET /api/circuit"], problem(429), 3},
		"reading, 500":           {all["GET /api/circuit"], problem(500), 1},
		"reading, 404":           {all["GET /api/circuit"], problem(404), 1},
		"creating with a key":    {create("k"), response{cut: true}, 3},
		"creating without":       {create(""), response{cut: true}, 1},
		"opening the circuit":    {all["POST /api/circuit/open"], problem(503), 1},
		"replaying":              {all["POST /api/messages/"+id+"/replay"], response{cut: true}, 1},
		"deleting":               {all["DELETE /api/schedules/"+id], problem(503), 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, s := calling(test.first)
				require.Error(t, test.call(t.Context(), c))
				require.Len(t, s.asked, test.tries)
				for i := range s.asked {
					require.Equal(t, s.bodies[0], s.bodies[i])
					require.Equal(t, s.asked[0].Header, s.asked[i].Header, "the key above all")
				}
			})
		})
	}
}

func TestARepeatThatWorksIsAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := calling(response{cut: true}, problem(503), good(`{"state":"open"}`))
		circuit, err := c.Circuit(t.Context(), "")
		require.NoError(t, err)
		require.Equal(t, "open", circuit.State)
		require.GreaterOrEqual(t, s.at[2].Sub(s.at[1]), 400*time.Millisecond, "ever longer waits")
	})
}

func TestTheAPIsOwnWaitIsKeptWithinBounds(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ least, most time.Duration }{
		"3":                     {3 * time.Second, 3 * time.Second},
		"86400":                 {10 * time.Second, 10 * time.Second},
		"-3":                    {200 * time.Millisecond, 400 * time.Millisecond},
		"soon":                  {200 * time.Millisecond, 400 * time.Millisecond},
		"999999999999999999999": {200 * time.Millisecond, 400 * time.Millisecond},
	}
	for after, test := range tests {
		t.Run(after, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				throttled := problem(429)
				throttled.header = map[string]string{"Retry-After": after}
				c, s := calling(throttled, good("{}"))
				_, err := c.Circuit(t.Context(), "")
				require.NoError(t, err)
				waited := s.at[1].Sub(s.at[0])
				require.GreaterOrEqual(t, waited, test.least)
				require.LessOrEqual(t, waited, test.most)
			})
		})
	}
}

func TestANoIsAProblemWithItsFields(t *testing.T) {
	t.Parallel()
	c, _ := calling(problem(422))
	_, err := c.Message(t.Context(), id)
	var got *client.Problem
	require.ErrorAs(t, err, &got)
	require.Equal(t, 422, got.Status, "the status line counts")
	require.Equal(t, "some_code", got.Code)
	require.Equal(t, []wire.ProblemField{{Field: "payload.priority", Problem: "is 9", Allowed: "1 to 5"}}, got.Errors)
	require.Equal(t, "422 No: why", err.Error())
}

func TestTheGatewaysOwnWordsAreAProblemToo(t *testing.T) {
	t.Parallel()
	c, _ := calling(response{status: 403, contentType: "application/json", body: `{"message":"Missing Authentication Token"}`})
	_, err := c.Me(t.Context())
	var got *client.Problem
	require.ErrorAs(t, err, &got)
	require.Equal(t, "403 Forbidden: Missing Authentication Token", err.Error())
}

func TestWhatTheAPICannotHaveSaidIsSaidToBeSo(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer response
		want   string
	}{
		"a proxy's page": {
			response{status: 200, contentType: "text/html; charset=utf-8", body: "<html>"},
			"https://rez.example.com/api/circuit answered 200 with text/html instead of JSON: that is not the API",
		},
		"nothing": {response{status: 200}, "https://rez.example.com/api/circuit answered 200 without JSON: that is not the API"},
		"an error page": {
			response{status: 404, contentType: "text/plain", body: "404"},
			"https://rez.example.com/api/circuit answered 404 with text/plain instead of JSON: that is not the API",
		},
		"broken JSON": {
			response{status: 400, contentType: "application/json", body: "{"},
			"https://rez.example.com/api/circuit answered 400 without JSON: that is not the API",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := calling(test.answer)
			_, err := c.Circuit(t.Context(), "")
			var got *client.NotAPI
			require.ErrorAs(t, err, &got)
			require.EqualError(t, err, test.want)
		})
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	followed := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	defer elsewhere.Close()
	proxy := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	defer proxy.Close()
	c := client.Client{BaseURL: proxy.URL}
	_, err := c.Circuit(t.Context(), "")
	require.ErrorContains(t, err, "a redirect to "+elsewhere.URL)
	require.False(t, followed)
}

func TestIllIsAnAnswerAndAProblemIsNot(t *testing.T) {
	t.Parallel()
	c, _ := calling(response{status: 503, contentType: "application/json", body: `{"status":"ill"}`})
	health, err := c.Health(t.Context(), true)
	require.NoError(t, err)
	require.Equal(t, "ill", health.Status)
	synctest.Test(t, func(t *testing.T) {
		c, _ := calling(problem(503))
		_, err := c.Health(t.Context(), true)
		require.Error(t, err)
	})
}

func TestErrorsHoldNeitherTokenNorText(t *testing.T) {
	t.Parallel()
	c, _ := calling(response{cut: true})
	_, err := c.CreateMessage(t.Context(), wire.CreateMessage{MessageType: "notification", Payload: []byte(`{"message":"private"}`)}, "")
	require.EqualError(t, err, "https://rez.example.com cannot be reached: unexpected EOF")
	require.True(t, client.Temporary(err))
}

func TestATokenThatCannotBeHadIsTheError(t *testing.T) {
	t.Parallel()
	c, s := calling(good("{}"))
	none := errors.New("not signed in")
	c.Token = func(context.Context) (string, error) { return "", none }
	_, err := c.Circuit(t.Context(), "")
	require.ErrorIs(t, err, none)
	require.Empty(t, s.asked)
}

func TestBaseTakesAddressesAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"https://rez.example.com":         "https://rez.example.com",
		"\thttps://rez.example.com/\n":    "https://rez.example.com",
		"https://rez.example.com/api":     "https://rez.example.com",
		"https://rez.example.com/api/":    "https://rez.example.com",
		"https://x.example.com/team/api/": "https://x.example.com/team",
		"http://127.0.0.1:8080/api":       "http://127.0.0.1:8080",
		"http://localhost:8080":           "http://localhost:8080",
		"http://[::1]:8080/":              "http://[::1]:8080",
		"http://rez.localhost":            "http://rez.localhost",
		"http://rez.example.com":          "",
		"http://localhost.example.com":    "",
		"http://127.0.0.1.example.com":    "",
		"https://user:pw@rez.example.com": "",
		"https://rez.example.com/?x=1":    "",
		"https://rez.example.com/#x":      "",
		"rez.example.com":                 "",
		"ftp://rez.example.com":           "",
		"https://":                        "",
		"":                                "",
	}
	for raw, want := range tests {
		t.Run(raw, func(t *testing.T) {
			t.Parallel()
			got, err := client.Base(raw)
			require.Equal(t, want, got)
			require.Equal(t, want == "", err != nil)
		})
	}
}
