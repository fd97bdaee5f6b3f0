// Command draw renews the pictures of the workflow from its golden ASL: docs/img/workflow.svg, and the Mermaid chart in
// docs/state-machine.md. Run it at the top of the repository: go run ./statemachine/graph/draw.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/rezagent/rez_agent/statemachine/graph"
)

const (
	golden  = "statemachine/testdata/deliver.asl.json"
	picture = "docs/img/workflow.svg"
	page    = "docs/state-machine.md"

	// chartBegin and chartEnd enclose the chart on the page.
	chartBegin = "<!-- workflow chart: begin -->\n"
	chartEnd   = "<!-- workflow chart: end -->"

	private = 0o600
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "draw:", err)
		os.Exit(1)
	}
}

func run() error {
	asl, err := os.ReadFile(golden)
	if err != nil {
		return fmt.Errorf("reading the workflow: %w", err)
	}
	g, err := graph.Parse(asl)
	if err != nil {
		return fmt.Errorf("%s: %w", golden, err)
	}
	//nolint:gosec // The path is a constant.
	if err := os.WriteFile(picture, []byte(g.SVG()), private); err != nil {
		return fmt.Errorf("writing the picture: %w", err)
	}
	return renewChart(g.Mermaid())
}

// renewChart replaces the chart on the page and leaves the rest of it as it is.
func renewChart(chart string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return fmt.Errorf("reading the page: %w", err)
	}
	before, rest, begins := strings.Cut(string(text), chartBegin)
	_, after, ends := strings.Cut(rest, chartEnd)
	if !begins || !ends {
		return fmt.Errorf("%s: there is no place for the chart, between %q and %q", page, strings.TrimSpace(chartBegin), chartEnd)
	}
	renewed := before + chartBegin + "```mermaid\n" + chart + "```\n" + chartEnd + after
	//nolint:gosec // The path is a constant.
	if err := os.WriteFile(page, []byte(renewed), private); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}
