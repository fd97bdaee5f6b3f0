package docs_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/statemachine/graph"
)

const renew = "`make golden` renews it"

func workflow(tb testing.TB) graph.Graph {
	tb.Helper()
	asl, err := os.ReadFile("../statemachine/testdata/deliver.asl.json")
	require.NoError(tb, err)
	g, err := graph.Parse(asl)
	require.NoError(tb, err)
	return g
}

func page(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile("state-machine.md")
	require.NoError(tb, err)
	return string(text)
}

// column gives the cells of one column of the table below a heading, without backquotes.
func column(page, heading string, number int) []string {
	_, section, _ := strings.Cut(page, "## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := regexp.MustCompile(`(?m)^\|.*\|$`).FindAllString(section, -1)[2:]
	cells := make([]string, 0, len(rows))
	for _, row := range rows {
		cells = append(cells, strings.Trim(strings.Split(row, "|")[number], " `"))
	}
	return cells
}

func TestPictureOfTheWorkflowIsCurrent(t *testing.T) {
	t.Parallel()
	picture, err := os.ReadFile("img/workflow.svg")
	require.NoError(t, err)
	require.Equal(t, workflow(t).SVG(), string(picture), "docs/img/workflow.svg is stale: "+renew)
}

func TestChartOfTheWorkflowIsCurrent(t *testing.T) {
	t.Parallel()
	chart := "```mermaid\n" + workflow(t).Mermaid() + "```\n"
	require.Contains(t, page(t), chart, "the chart in docs/state-machine.md is stale: "+renew)
}

func TestStatesOnThePageAreTheWorkflows(t *testing.T) {
	t.Parallel()
	want := map[string]string{}
	for _, state := range workflow(t).States {
		want[state.Name] = string(state.Kind)
	}
	documented := map[string]string{}
	kinds := column(page(t), "States", 2)
	for i, name := range column(page(t), "States", 1) {
		documented[name] = kinds[i]
	}
	require.Equal(t, want, documented)
}

func TestStatusesOnThePageAreTheCodes(t *testing.T) {
	t.Parallel()
	want := make([]string, 0, len(message.Statuses()))
	for _, status := range message.Statuses() {
		want = append(want, string(status))
	}
	require.ElementsMatch(t, want, column(page(t), "Statuses", 1))
}

func TestOutcomesAndErrorsOnThePageAreTheContracts(t *testing.T) {
	t.Parallel()
	want := make([]string, 0, len(contract.Outcomes()))
	for _, outcome := range contract.Outcomes() {
		want = append(want, string(outcome))
	}
	require.ElementsMatch(t, want, column(page(t), "Outcomes", 1))
	require.ElementsMatch(t, contract.Ntfy().SendErrors(), column(page(t), "Errors of SendNtfy", 1))
}
