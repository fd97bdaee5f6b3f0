package ntfy

import "strings"

// Fault is one thing wrong with one field of a Notification. It never holds the field's value, which is the user's text.
type Fault struct {
	// Field is the JSON path, as in "actions[1].url"; "notification" stands for the whole.
	Field string `json:"field"`
	// Problem says what is wrong, as in "is 4098 bytes".
	Problem string `json:"problem"`
	// Allowed says what would be right.
	Allowed string `json:"allowed"`
}

// Invalid is what Validate returns: every Fault of a Notification at once.
type Invalid struct {
	Faults []Fault
}

// Error lists all faults in one line.
func (e *Invalid) Error() string {
	parts := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		parts[i] = f.Field + " " + f.Problem + " (allowed: " + f.Allowed + ")"
	}
	return strings.Join(parts, "; ")
}

func (e *Invalid) add(field, problem, allowed string) {
	e.Faults = append(e.Faults, Fault{Field: field, Problem: problem, Allowed: allowed})
}
