// Package mutation breaks the code in many small ways, one at a time, and sees whether a test notices each. A break that
// no test notices is a hole in the tests, or says why it is none.
//
// The breaks are written by hand (catalogue_*.go): tools that make them out of Go's syntax know nothing of a missing
// write, a state's field or a role's right. Each goes into the build as an overlay, so that no file of the project is
// touched, and nothing is left behind when a run is stopped.
package mutation

import (
	"fmt"
	"path"
	"slices"
	"time"
)

// Mutant is one small way to break the code.
type Mutant struct {
	// Name is area/what, as in circuit/probe-for-everybody.
	Name string
	// File is the file to break, from the project's folder on.
	File string
	// Old is the piece of it that is replaced by New; it must be there exactly once.
	Old, New string
	// Through names the environment variable by which tests are told of the broken file, where they read it themselves;
	// empty where it is compiled into them.
	Through string
	// Tests are those that should notice, in this order; the first that fails ends it.
	Tests []Tests
	// Survives says why no test can notice; empty where one has to.
	Survives string
}

// Tests are some tests of one package.
type Tests struct {
	// Package is its folder, as in ./internal/circuit.
	Package string
	// Run and Skip choose among its tests as those flags of go test do; empty means all, and none.
	Run, Skip string
}

func (t Tests) String() string {
	text := t.Package
	if t.Run != "" {
		text += " -run " + t.Run
	}
	if t.Skip != "" {
		text += " -skip " + t.Skip
	}
	return text
}

// Verdict is what became of a mutant.
type Verdict string

// The verdicts.
const (
	// Killed: a test failed.
	Killed Verdict = "killed"
	// TimedOut: a test did not end. That is a kill too, but a slow machine can look like one.
	TimedOut Verdict = "killed (timeout)"
	// Survived: all its tests passed, and nobody says why.
	Survived Verdict = "SURVIVED"
	// Explained: all its tests passed, and Survives says why.
	Explained Verdict = "explained"
	// NotExplained: a test failed although Survives says that none can.
	NotExplained Verdict = "KILLED, though explained"
	// Broken: it does not compile, so that it says nothing of the tests.
	Broken Verdict = "DOES NOT COMPILE"
)

// Result is what became of one mutant.
type Result struct {
	Mutant  Mutant
	Verdict Verdict
	// By is the test that failed; empty where none did.
	By string
	// Output is what the compiler said of a broken one.
	Output string
	Took   time.Duration
}

// Wrong reports whether the result is one to act on.
func (r Result) Wrong() bool {
	return !slices.Contains([]Verdict{Killed, TimedOut, Explained}, r.Verdict)
}

// Line is a result as a line of the table, and what is to be known of it below.
func (r Result) Line() string {
	text := fmt.Sprintf("%-48s %-12s %6.1f s  %s", r.Mutant.Name, r.Verdict, r.Took.Seconds(), r.By)
	switch r.Verdict {
	case Survived:
		text += fmt.Sprintf("\n    %s: nothing in %v notices\n    - %s\n    + %s", r.Mutant.File, r.Mutant.Tests, r.Mutant.Old, r.Mutant.New)
	case Explained, NotExplained:
		text += "\n    " + r.Mutant.Survives
	case Broken:
		text += "\n    " + r.Output
	case Killed, TimedOut:
	}
	return text
}

// Summary is the last line: how many there were, and what became of them.
func Summary(results []Result) string {
	killed, explained, wrong := 0, 0, 0
	for _, r := range results {
		switch {
		case r.Wrong():
			wrong++
		case r.Verdict == Explained:
			explained++
		default:
			killed++
		}
	}
	text := fmt.Sprintf("%d mutants, %d killed, %d explained", len(results), killed, explained)
	if wrong > 0 {
		text += fmt.Sprintf(", %d WRONG", wrong)
	}
	return text
}

// Choose gives the mutants whose name matches a pattern as path.Match reads it, or lies in the area of that name; all
// where the pattern is empty. A pattern that matches none is an error.
func Choose(all []Mutant, pattern string) ([]Mutant, error) {
	if pattern == "" {
		return all, nil
	}
	var chosen []Mutant
	for _, m := range all {
		matches, err := path.Match(pattern, m.Name)
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", pattern, err)
		}
		if matches || path.Dir(m.Name) == pattern {
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no mutant is named %q; an area, a name, or a pattern like circuit/* chooses", pattern)
	}
	return chosen, nil
}
