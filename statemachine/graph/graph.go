// Package graph reads a workflow from its ASL: its states, the ways between them and why each is taken. It knows nothing
// of AWS and imports no SDK, so that a page can draw a running execution with it; D2 and Mermaid draw the workflow itself.
package graph

// Graph is a workflow as a person sees it.
type Graph struct {
	// Comment is the machine's own.
	Comment string
	// Start is the name of the first state.
	Start string
	// States, in the order in which they are met from Start: each state's next ones before what a Catch leads to.
	States []State
	// Transitions, in the order of the states that they leave.
	Transitions []Transition
}

// Kind is what a state does, by the ASL's own word.
type Kind string

// The kinds of states that the workflow has.
const (
	KindTask    Kind = "Task"
	KindChoice  Kind = "Choice"
	KindSucceed Kind = "Succeed"
	KindFail    Kind = "Fail"
)

// Role is what a state is there for.
type Role string

// The roles of states, by the way that leads to them.
const (
	// RoleDelivery: on the way of a message that is delivered.
	RoleDelivery Role = "delivery"
	// RoleWait: ends well, without a delivery.
	RoleWait Role = "wait"
	// RoleFailure: ends in an error about the message.
	RoleFailure Role = "failure"
	// RoleFault: only met when something broke.
	RoleFault Role = "fault"
)

// State is one state.
type State struct {
	Name    string
	Kind    Kind
	Role    Role
	Comment string
	// Retries are the state's own retries, those of the Lambda service left out.
	Retries []Retry
}

// Retry says which errors a state tries again, and after how many seconds each time.
type Retry struct {
	Errors       []string
	WaitsSeconds []float64
}

// Reason is why a transition is taken.
type Reason string

// The reasons for a transition.
const (
	// ReasonNext: the state is done.
	ReasonNext Reason = "next"
	// ReasonRule: a choice's rule holds.
	ReasonRule Reason = "rule"
	// ReasonDefault: no rule of the choice holds.
	ReasonDefault Reason = "default"
	// ReasonCaught: the state failed with one of the errors that its Catch names.
	ReasonCaught Reason = "caught"
	// ReasonFault: the state failed with an error that nobody expects (States.ALL).
	ReasonFault Reason = "fault"
)

// Transition is one way from a state to the next.
type Transition struct {
	From, To string
	Reason   Reason
	// Labels say when it is taken: an outcome, or error names. Empty for ReasonNext.
	Labels []string
}

// State finds a state by its name.
func (g Graph) State(name string) (State, bool) {
	for _, state := range g.States {
		if state.Name == name {
			return state, true
		}
	}
	return State{}, false
}

// From lists the transitions that leave a state.
func (g Graph) From(name string) []Transition {
	var out []Transition
	for _, transition := range g.Transitions {
		if transition.From == name {
			out = append(out, transition)
		}
	}
	return out
}
