package e2e_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/wire"
)

const (
	viewer   = contract.RoleViewer
	operator = contract.RoleOperator
)

// request is one to the API, as raw as a scenario wants it.
type request struct {
	method, path string // the path as it goes onto the wire, with its query
	bearer       string
	header       http.Header
	body         string
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request through the gateway. Redirects are answers.
func (s *scenario) ask(r request) answer {
	s.Helper()
	return s.askAt(deployed.APIURL, r)
}

func (s *scenario) askAt(origin string, r request) answer {
	s.Helper()
	out, err := http.NewRequestWithContext(s.context(), r.method, origin+r.path, strings.NewReader(r.body))
	require.NoError(s, err)
	if r.body != "" {
		out.Header.Set("Content-Type", "application/json")
	}
	maps.Copy(out.Header, r.header)
	if r.bearer != "" {
		out.Header.Set("Authorization", "Bearer "+r.bearer)
	}
	in, err := client.NewHTTP().Do(out)
	require.NoError(s, err)
	defer func() { require.NoError(s, in.Body.Close()) }()
	body, err := io.ReadAll(in.Body)
	require.NoError(s, err)
	return answer{status: in.StatusCode, header: in.Header, body: body}
}

// problem requires that the answer is a whole problem document of this status and code, and that it is no other answer's.
func (s *scenario) problem(a answer, status int, code string, what ...any) wire.Problem {
	s.Helper()
	var p wire.Problem
	require.Equal(s, "application/problem+json", a.header.Get("Content-Type"), append(what, string(a.body))...)
	require.NoError(s, json.Unmarshal(a.body, &p))
	require.Equal(s, code, p.Code, append(what, string(a.body))...)
	require.Equal(s, status, a.status, what...)
	require.Equal(s, status, p.Status, what...)
	require.Equal(s, "/api/docs/errors#"+code, p.Type)
	require.NotEmpty(s, p.Title)
	require.NotEmpty(s, p.Detail)
	return p
}

// read reads an answer of a status as what it should be.
func read[T any](s *scenario, a answer, status int) T {
	s.Helper()
	var into T
	require.Equal(s, status, a.status, string(a.body))
	require.Equal(s, "application/json", a.header.Get("Content-Type"))
	require.NoError(s, json.Unmarshal(a.body, &into))
	return into
}

func (s *scenario) token(role string) string {
	s.Helper()
	token, err := deployed.Token(s.context(), role)
	require.NoError(s, err)
	return token
}

// api calls the API in the name of a role's user.
func (s *scenario) api(role string) *client.Client {
	s.Helper()
	token := s.token(role)
	return &client.Client{
		BaseURL: deployed.APIURL, UserAgent: "e2e", Token: func(context.Context) (string, error) { return token, nil },
	}
}

// notification is a message to create.
func notification(text string) wire.CreateMessage {
	return wire.CreateMessage{MessageType: "notification", Payload: json.RawMessage(payload(text))}
}

// createBody is the same as a request's body.
func createBody(text string) string {
	body, err := json.Marshal(notification(text))
	if err != nil {
		panic(err) // a text is always JSON
	}
	return string(body)
}

// create has the API accept a message; an empty key is none.
func (s *scenario) create(api *client.Client, text, key string) string {
	s.Helper()
	accepted, err := api.CreateMessage(s.context(), notification(text), key)
	require.NoError(s, err)
	s.ids = append(s.ids, accepted.ID)
	return accepted.ID
}

// footprint is all that a request could have changed.
type footprint struct {
	records, jobs, schedules int
	circuit                  circuit.Circuit
}

func (s *scenario) footprint() footprint {
	s.Helper()
	schedules, err := s.api(viewer).Schedules(s.context(), "")
	require.NoError(s, err)
	require.Empty(s, schedules.Next)
	return footprint{
		records: s.count(deployed.MessagesTable), jobs: s.count(deployed.JobsTable), schedules: len(schedules.Items), circuit: s.circuit(),
	}
}

func (s *scenario) count(table string) int {
	s.Helper()
	n := 0
	pages := dynamodb.NewScanPaginator(dynamodb.NewFromConfig(deployed.AWS()), &dynamodb.ScanInput{
		TableName: aws.String(table), Select: types.SelectCount, ConsistentRead: aws.Bool(true),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(s.context())
		require.NoError(s, err)
		n += int(page.Count)
	}
	return n
}

// anyProblem is any refusal with one of the statuses, as a problem document.
func (s *scenario) anyProblem(a answer, what string, statuses ...int) {
	s.Helper()
	require.Contains(s, statuses, a.status, "%s: %s", what, a.body)
	require.Equal(s, "application/problem+json", a.header.Get("Content-Type"), what)
	var p wire.Problem
	require.NoError(s, json.Unmarshal(a.body, &p), what)
	require.Equal(s, a.status, p.Status, what)
	require.NotEmpty(s, p.Code, what)
}
