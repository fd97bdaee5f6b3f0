package schedule

import "errors"

// ErrNotFound means: there is no such schedule; it never was, was deleted, or fired its one time.
var ErrNotFound = errors.New("no such schedule")

// ErrConflict means: a schedule of this id is there already, or somebody else changes it at this moment.
var ErrConflict = errors.New("schedule was made or changed by somebody else meanwhile")

// ErrTooMany means: no more schedules fit into the account.
var ErrTooMany = errors.New("too many schedules")

// ErrThrottled means: more was asked of EventBridge Scheduler than it answers at a time. Come again later.
var ErrThrottled = errors.New("too many requests to EventBridge Scheduler")

// ErrCursor means: the cursor is none that a list gave.
var ErrCursor = errors.New("the cursor is not one that a list of schedules gave")

// FieldError is one field of a schedule that is wrong.
type FieldError struct {
	// Field is the JSON path, as in "expression" or "payload.priority".
	Field string
	// Problem says what is wrong, and what was perhaps meant: it reads on after the field's name.
	Problem string
	// Allowed says what would be right.
	Allowed string
}

// Error says it in one line.
func (e *FieldError) Error() string {
	return e.Field + " " + e.Problem + "; allowed: " + e.Allowed
}

// Faults lists every FieldError of an error that Parse or Entry.Check gave, in their order.
func Faults(err error) []*FieldError {
	if fault, ok := err.(*FieldError); ok { //nolint:errorlint // the tree is walked by hand, to find all and not the first
		return []*FieldError{fault}
	}
	switch wrapper := err.(type) { //nolint:errorlint // likewise
	case interface{ Unwrap() []error }:
		var all []*FieldError
		for _, inner := range wrapper.Unwrap() {
			all = append(all, Faults(inner)...)
		}
		return all
	case interface{ Unwrap() error }:
		return Faults(wrapper.Unwrap())
	default:
		return nil
	}
}

// wrong is a fault of the expression.
func wrong(problem, allowed string) *FieldError {
	return &FieldError{Field: "expression", Problem: problem, Allowed: allowed}
}
