package steps

// Problem is an error that a person can do something about: which part it is, what was wrong, and what to do.
type Problem struct {
	// Part names the part of the local stack, as in "emulator" or "Node.js".
	Part string
	// Err is what was wrong.
	Err error
	// Do is what to do about it, one sentence or command.
	Do string
	// Log is the end of what the part printed, if that helps; may be empty.
	Log string
}

// Error gives part and fault on one line. What to do and the log are for the step printer.
func (p *Problem) Error() string { return p.Part + ": " + p.Err.Error() }

// Unwrap gives what was wrong.
func (p *Problem) Unwrap() error { return p.Err }
