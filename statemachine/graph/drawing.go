package graph

import (
	"fmt"
	"slices"
	"strings"
)

// manyAlike is how many states must go the same way for the same reason until the way is drawn once, for all of them.
const manyAlike = 3

// everywhere stands for all tasks and choices together, where an arrow comes from.
const everywhere = ""

// drawing is the graph as pictures show it: what many states do alike is one arrow, and two arrows between the same two
// states are one.
type drawing struct {
	states []State
	arrows []arrow
}

// arrow is one or several transitions.
type arrow struct {
	from, to string
	labels   []string
}

func (g Graph) draw() drawing {
	d := drawing{states: g.States}
	for _, transition := range g.Transitions {
		// The first arrow between two states says enough: where the way on leads, an error that leads there too says nothing new.
		if next := g.arrowOf(transition); !d.joins(next.from, next.to) {
			d.arrows = append(d.arrows, next)
		}
	}
	return d
}

func (d drawing) joins(from, to string) bool {
	return slices.ContainsFunc(d.arrows, func(a arrow) bool { return a.from == from && a.to == to })
}

func (g Graph) arrowOf(transition Transition) arrow {
	if g.countAlike(transition) < manyAlike {
		return arrow{from: transition.From, to: transition.To, labels: transition.Labels}
	}
	if transition.Reason == ReasonDefault {
		return arrow{from: everywhere, to: transition.To, labels: []string{"any other outcome"}}
	}
	return arrow{from: everywhere, to: transition.To, labels: transition.Labels}
}

// countAlike counts the states that go where transition goes because nothing else fits: another outcome, another error.
func (g Graph) countAlike(transition Transition) int {
	if transition.Reason != ReasonDefault && transition.Reason != ReasonFault {
		return 0
	}
	alike := 0
	for _, other := range g.Transitions {
		if other.To == transition.To && other.Reason == transition.Reason {
			alike++
		}
	}
	return alike
}

// common tells whether a state is only met from everywhere.
func (d drawing) common(state State) bool {
	fromEverywhere := false
	for _, a := range d.arrows {
		if a.to == state.Name && a.from != everywhere {
			return false
		}
		fromEverywhere = fromEverywhere || a.to == state.Name
	}
	return fromEverywhere
}

// note is what stands below a state's name: its retries.
func (s State) note() string {
	lines := make([]string, 0, len(s.Retries))
	for _, retry := range s.Retries {
		waits := make([]string, len(retry.WaitsSeconds))
		for i, wait := range retry.WaitsSeconds {
			waits[i] = fmt.Sprintf("%g", wait)
		}
		lines = append(lines, fmt.Sprintf("again after %s s", strings.Join(waits, ", ")))
	}
	return strings.Join(lines, "; ")
}
