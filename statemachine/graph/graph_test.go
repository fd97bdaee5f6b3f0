package graph_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/statemachine/graph"
)

// small is a workflow with one of everything.
const small = `{
  "Comment": "sends", "StartAt": "Take",
  "States": {
    "Take": {"Type": "Task", "Comment": "takes <it>", "Next": "Taken?", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Tidy"}]},
    "Taken?": {"Type": "Choice", "Choices": [{"StringEquals": "yes", "Next": "Send"}], "Default": "Nothing"},
    "Send": {
      "Type": "Task", "Next": "Sent",
      "Retry": [
        {"ErrorEquals": ["Lambda.ServiceException"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1},
        {"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2}
      ],
      "Catch": [
        {"ErrorEquals": ["Busy", "Full"], "Next": "Wait"},
        {"ErrorEquals": ["Refused"], "Next": "Refuse"},
        {"ErrorEquals": ["States.ALL"], "Next": "Tidy"}
      ]
    },
    "Sent": {"Type": "Succeed"},
    "Nothing": {"Type": "Succeed"},
    "Wait": {"Type": "Task", "Next": "Waits", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Tidy"}]},
    "Waits": {"Type": "Succeed"},
    "Refuse": {"Type": "Fail"},
    "Tidy": {"Type": "Task", "Next": "Broken", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Broken"}]},
    "Broken": {"Type": "Fail"}
  }
}`

func parse(tb testing.TB) graph.Graph {
	tb.Helper()
	g, err := graph.Parse([]byte(small))
	require.NoError(tb, err)
	return g
}

func TestParseFindsWaysAndWhyTheyAreTaken(t *testing.T) {
	t.Parallel()
	g := parse(t)
	require.Equal(t, "Take", g.Start)
	require.Len(t, g.States, 10)
	require.Equal(t, []graph.Transition{
		{From: "Send", To: "Sent", Reason: graph.ReasonNext},
		{From: "Send", To: "Wait", Reason: graph.ReasonCaught, Labels: []string{"Busy", "Full"}},
		{From: "Send", To: "Refuse", Reason: graph.ReasonCaught, Labels: []string{"Refused"}},
		{From: "Send", To: "Tidy", Reason: graph.ReasonFault, Labels: []string{"any other error"}},
	}, g.From("Send"))
	require.Equal(t, []graph.Transition{
		{From: "Taken?", To: "Send", Reason: graph.ReasonRule, Labels: []string{"yes"}},
		{From: "Taken?", To: "Nothing", Reason: graph.ReasonDefault, Labels: []string{"otherwise"}},
	}, g.From("Taken?"))
	send, found := g.State("Send")
	require.True(t, found)
	require.Equal(t, []graph.Retry{{Errors: []string{"Busy"}, WaitsSeconds: []float64{1, 2, 4}}}, send.Retries)
}

func TestParseKnowsWhatAStateIsThereFor(t *testing.T) {
	t.Parallel()
	g := parse(t)
	for name, want := range map[string]graph.Role{
		"Take": graph.RoleDelivery, "Taken?": graph.RoleDelivery, "Send": graph.RoleDelivery, "Sent": graph.RoleDelivery,
		"Nothing": graph.RoleWait, "Wait": graph.RoleWait, "Waits": graph.RoleWait, "Refuse": graph.RoleFailure,
		"Tidy": graph.RoleFault, "Broken": graph.RoleFault,
	} {
		state, found := g.State(name)
		require.True(t, found, name)
		require.Equal(t, want, state.Role, name)
	}
}

func TestParseRefusesABrokenWorkflow(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]struct{ asl, says string }{
		"no JSON":                   {`{`, "reading the workflow's ASL"},
		"a way to nowhere":          {`{"StartAt": "A", "States": {"A": {"Type": "Task", "Next": "B"}}}`, `no state "B"`},
		"a state that nobody meets": {`{"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}}}`, "only 1 of its 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := graph.Parse([]byte(given.asl))
			require.ErrorContains(t, err, given.says)
		})
	}
}

func TestSVGIsWellFormedAndShowsEveryStateAndLabel(t *testing.T) {
	t.Parallel()
	g := parse(t)
	svg := g.SVG()
	require.Equal(t, svg, g.SVG(), "the same bytes each time")
	shown := textsOf(t, svg)
	for _, state := range g.States {
		require.Contains(t, shown, state.Name)
	}
	for _, label := range []string{"yes", "Busy", "Full", "Refused", "again after 1, 2, 4 s"} {
		require.Contains(t, shown, label)
	}
}

func textsOf(tb testing.TB, svg string) []string {
	tb.Helper()
	var shown []string
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return shown
		}
		require.NoError(tb, err)
		if text, ok := token.(xml.CharData); ok {
			shown = append(shown, string(text))
		}
	}
}

func TestWhatManyStatesDoAlikeIsDrawnOnce(t *testing.T) {
	t.Parallel()
	chart := parse(t).Mermaid()
	require.Equal(t, 1, strings.Count(chart, "--> Tidy")+strings.Count(chart, "| Tidy"))
	require.Contains(t, chart, "steps -->|any other error| Tidy")
	require.Contains(t, chart, "Taken -->|yes| Send")
	require.Contains(t, chart, "Taken -->|otherwise| Nothing")
	require.Equal(t, 1, strings.Count(chart, "Tidy --> Broken"))
}
