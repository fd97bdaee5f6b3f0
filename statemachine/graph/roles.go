package graph

import "slices"

// withRoles gives the graph with each state's role. It follows from a state the way on (next, or a choice's first rule)
// to where it ends. What is met only through errors that nobody expects is a fault, wherever it ends.
func (g Graph) withRoles() Graph {
	delivery := g.wayOn(g.Start)
	expected := map[string]bool{}
	g.expect(g.Start, expected)
	for i, state := range g.States {
		way := g.wayOn(state.Name)
		end, _ := g.State(way[len(way)-1])
		switch {
		case slices.Contains(delivery, state.Name):
			g.States[i].Role = RoleDelivery
		case !expected[state.Name]:
			g.States[i].Role = RoleFault
		case end.Kind == KindFail:
			g.States[i].Role = RoleFailure
		default:
			g.States[i].Role = RoleWait
		}
	}
	return g
}

// wayOn lists the states from one to its end, each time by the first transition that leaves.
func (g Graph) wayOn(name string) []string {
	way := []string{name}
	for {
		leaving := g.From(way[len(way)-1])
		if len(leaving) == 0 || slices.Contains(way, leaving[0].To) {
			return way
		}
		way = append(way, leaving[0].To)
	}
}

// expect marks all states that are met without a fault.
func (g Graph) expect(name string, met map[string]bool) {
	if met[name] {
		return
	}
	met[name] = true
	for _, transition := range g.From(name) {
		if transition.Reason != ReasonFault {
			g.expect(transition.To, met)
		}
	}
}
