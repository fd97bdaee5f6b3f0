package graph

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

const everyError = "States.ALL"

// machine is the part of ASL that makes the graph.
type machine struct {
	Comment string
	StartAt string
	States  map[string]aslState
}

type aslState struct {
	Type    Kind
	Comment string
	Next    string
	Default string
	Choices []aslRule
	Catch   []aslCatch
	Retry   []aslRetry
}

type aslRule struct {
	Comment      string
	StringEquals string
	Next         string
}

type aslCatch struct {
	ErrorEquals []string
	Next        string
}

type aslRetry struct {
	ErrorEquals     []string
	IntervalSeconds float64
	MaxAttempts     int
	BackoffRate     float64
}

// Parse reads ASL. It fails if the text is not ASL, if a state leads to one that is not there, or if one is never met.
func Parse(asl []byte) (Graph, error) {
	var m machine
	//nolint:musttag // The fields have ASL's own names.
	if err := json.Unmarshal(asl, &m); err != nil {
		return Graph{}, fmt.Errorf("reading the workflow's ASL: %w", err)
	}
	w := walk{machine: m, met: map[string]bool{}}
	if err := w.meet(m.StartAt); err != nil {
		return Graph{}, fmt.Errorf("reading the workflow's ASL: %w", err)
	}
	if len(w.states) < len(m.States) {
		return Graph{}, fmt.Errorf("reading the workflow's ASL: only %d of its %d states can be reached", len(w.states), len(m.States))
	}
	g := Graph{Comment: m.Comment, Start: m.StartAt, States: w.states, Transitions: w.transitions}
	return g.withRoles(), nil
}

// walk goes through the machine's states.
type walk struct {
	machine

	met         map[string]bool
	states      []State
	transitions []Transition
}

// meet adds a state and, depth first, those that it leads to.
func (w *walk) meet(name string) error {
	if w.met[name] {
		return nil
	}
	state, ok := w.States[name]
	if !ok {
		return fmt.Errorf("there is no state %q", name)
	}
	w.met[name] = true
	w.states = append(w.states, State{Name: name, Kind: state.Type, Comment: state.Comment, Retries: retriesOf(state)})
	leaving := transitionsOf(name, state)
	w.transitions = append(w.transitions, leaving...)
	for _, transition := range leaving {
		if err := w.meet(transition.To); err != nil {
			return err
		}
	}
	return nil
}

func transitionsOf(name string, state aslState) []Transition {
	var out []Transition
	if state.Next != "" {
		out = append(out, Transition{From: name, To: state.Next, Reason: ReasonNext})
	}
	for _, rule := range state.Choices {
		out = append(out, Transition{From: name, To: rule.Next, Reason: ReasonRule, Labels: []string{rule.says()}})
	}
	if state.Default != "" {
		out = append(out, Transition{From: name, To: state.Default, Reason: ReasonDefault, Labels: []string{"otherwise"}})
	}
	for _, catch := range state.Catch {
		out = append(out, catch.from(name))
	}
	return out
}

// says is what a rule compares with, or its comment where it is more than one comparison.
func (r aslRule) says() string {
	if r.StringEquals != "" {
		return r.StringEquals
	}
	return r.Comment
}

func (c aslCatch) from(name string) Transition {
	if len(c.ErrorEquals) == 1 && c.ErrorEquals[0] == everyError {
		return Transition{From: name, To: c.Next, Reason: ReasonFault, Labels: []string{"any other error"}}
	}
	return Transition{From: name, To: c.Next, Reason: ReasonCaught, Labels: c.ErrorEquals}
}

// retriesOf leaves out what every state retries because the Lambda service, and not the work, failed.
func retriesOf(state aslState) []Retry {
	var out []Retry
	for _, retry := range state.Retry {
		if strings.HasPrefix(retry.ErrorEquals[0], "Lambda.") {
			continue
		}
		waits := make([]float64, retry.MaxAttempts)
		for i := range waits {
			waits[i] = retry.IntervalSeconds * math.Pow(retry.BackoffRate, float64(i))
		}
		out = append(out, Retry{Errors: retry.ErrorEquals, WaitsSeconds: waits})
	}
	return out
}
