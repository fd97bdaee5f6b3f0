package mutation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Runner runs mutants.
type Runner struct {
	// Root is the project's folder.
	Root string
	// Jobs is how many mutants are tried at the same time.
	Jobs int
	// Least is how long a mutant's tests may take at the least; zero is two minutes. They may take ten times as long as on
	// the code as it is, since the machine does other things too.
	Least time.Duration
	// End is told each result, one at a time, as they come.
	End func(done int, r Result)

	// took is how long each of the tests takes on the code as it is.
	took map[Tests]time.Duration
	// rapid are the packages whose tests know rapid's flags.
	rapid map[string]bool
}

const (
	patience  = 10
	leastTime = 2 * time.Minute
	// mostTime is how long tests may take on the code as it is.
	mostTime = 10 * time.Minute
)

// Prepare runs the tests of the mutants on the code as it is: tests that fail already notice nothing. It compiles what
// the mutants share.
func (r *Runner) Prepare(ctx context.Context, mutants []Mutant, report func(string)) error {
	r.took, r.rapid = map[Tests]time.Duration{}, map[string]bool{}
	for _, m := range mutants {
		for _, tests := range m.Tests {
			if _, done := r.took[tests]; done {
				continue
			}
			report(tests.String())
			if err := r.learnFlags(ctx, tests.Package); err != nil {
				return err
			}
			began := time.Now()
			o, err := r.goTest(ctx, tests, brokenFile{}, mostTime)
			if err != nil {
				return err
			}
			if !o.passed {
				return fmt.Errorf("go test %s fails on the code as it is: %s %s", tests, o.failed, o.output)
			}
			r.took[tests] = time.Since(began)
		}
	}
	report(fmt.Sprintf("%d sets of tests pass", len(r.took)))
	return nil
}

// learnFlags finds out whether a package's tests know rapid's flags: others would refuse them.
func (r *Runner) learnFlags(ctx context.Context, pkg string) error {
	if _, known := r.rapid[pkg]; known {
		return nil
	}
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-test", pkg)
	list.Dir = r.Root
	out, err := list.Output()
	if err != nil {
		return fmt.Errorf("go list %s: %w", pkg, err)
	}
	r.rapid[pkg] = strings.Contains(string(out), "pgregory.net/rapid\n")
	return nil
}

// Run tries each mutant, and gives the results in the mutants' order. Errors: what kept one from being tried.
func (r *Runner) Run(ctx context.Context, mutants []Mutant) ([]Result, error) {
	results, faults := make([]Result, len(mutants)), make([]error, len(mutants))
	var (
		workers sync.WaitGroup
		telling sync.Mutex
		done    int
	)
	next := make(chan int)
	for range max(1, r.Jobs) {
		workers.Go(func() {
			for i := range next {
				results[i], faults[i] = r.try(ctx, mutants[i])
				if faults[i] != nil {
					continue
				}
				telling.Lock()
				done++
				r.End(done, results[i])
				telling.Unlock()
			}
		})
	}
	for i := range mutants {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return results, errors.Join(faults...)
}

// try runs a mutant's tests until one fails.
func (r *Runner) try(ctx context.Context, m Mutant) (Result, error) {
	dir, err := os.MkdirTemp("", "rez-agent-mutant")
	if err != nil {
		return Result{}, fmt.Errorf("make a folder for the mutant %s: %w", m.Name, err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // what stays lies in the system's folder for such things
	file, err := m.write(r.Root, dir)
	if err != nil {
		return Result{}, err
	}
	began := time.Now()
	result := Result{Mutant: m, Verdict: Survived}
	for _, tests := range m.Tests {
		o, err := r.goTest(ctx, tests, file, max(cmp.Or(r.Least, leastTime), patience*r.took[tests]))
		if err != nil {
			return Result{}, fmt.Errorf("mutant %s: %w", m.Name, err)
		}
		if !o.passed {
			result = result.noticed(tests, o)
			break
		}
	}
	if result.Verdict == Survived && m.Survives != "" {
		result.Verdict = Explained
	}
	result.Took = time.Since(began)
	return result, nil
}

// noticed is the verdict where the tests did not pass.
func (r Result) noticed(tests Tests, o outcome) Result {
	r.By = strings.TrimPrefix(tests.Package, "./") + " " + o.failed
	switch {
	case !o.built:
		r.Verdict, r.By, r.Output = Broken, "", o.output
	case r.Mutant.Survives != "":
		r.Verdict = NotExplained
	case o.timedOut:
		r.Verdict = TimedOut
	default:
		r.Verdict = Killed
	}
	return r
}
