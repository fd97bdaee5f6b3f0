package graph

import (
	"fmt"
	"strings"
)

// mermaidLook gives each role the colours that the SVG has too.
const mermaidLook = `  classDef delivery fill:#e3f3e9,stroke:#3f8f5f,color:#1d4d31
  classDef wait fill:#e6effa,stroke:#4f7fb5,color:#234469
  classDef failure fill:#faeae8,stroke:#b9655a,color:#6d2f27
  classDef fault fill:#efedf3,stroke:#8a8496,color:#46414f
`

// Mermaid writes the workflow as a Mermaid flowchart.
func (g Graph) Mermaid() string {
	d := g.draw()
	ids := map[string]string{everywhere: "steps"}
	for _, state := range d.states {
		ids[state.Name] = strings.TrimSuffix(state.Name, "?")
	}
	var out strings.Builder
	out.WriteString("flowchart TD\n  subgraph steps[\"every task\"]\n")
	for _, inside := range []bool{true, false} {
		for _, state := range d.states {
			if inside == state.isStep() {
				fmt.Fprintf(&out, "    %s%s:::%s\n", ids[state.Name], state.mermaidShape(), state.Role)
			}
		}
		if inside {
			out.WriteString("  end\n")
		}
	}
	for _, a := range d.arrows {
		fmt.Fprintf(&out, "  %s -->%s %s\n", ids[a.from], mermaidLabel(a.labels), ids[a.to])
	}
	return out.String() + mermaidLook
}

// isStep tells whether a state works on the message; the others are ends, or clear up after a fault.
func (s State) isStep() bool {
	return s.Role != RoleFault && (s.Kind == KindTask || s.Kind == KindChoice)
}

func (s State) mermaidShape() string {
	text := s.Name
	if note := s.note(); note != "" {
		text += "<br>" + note
	}
	switch s.Kind {
	case KindChoice:
		return fmt.Sprintf("{%q}", text)
	case KindSucceed, KindFail:
		return fmt.Sprintf("([%q])", text)
	case KindTask:
		return fmt.Sprintf("[%q]", text)
	default:
		return fmt.Sprintf("[%q]", text)
	}
}

func mermaidLabel(labels []string) string {
	if len(labels) == 0 {
		return ""
	}
	return fmt.Sprintf("|%s|", strings.Join(labels, "<br>"))
}
