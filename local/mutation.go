package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/rezagent/rez_agent/local/mutation"
	"github.com/rezagent/rez_agent/local/steps"
)

type mutationCommand struct {
	Mutant string `help:"Only these: an area, a name, or a pattern as in 'circuit/*probe*'."`
	Jobs   int    `help:"How many are tried at the same time; 0 is one for each processor."`
}

// Run breaks the code in one small way after another. It fails where a test should have noticed one and none did.
func (c mutationCommand) Run(ctx context.Context, w world) error {
	mutants, err := mutation.Choose(mutation.Catalogue(), c.Mutant)
	if err != nil {
		return err
	}
	if err := mutation.Check(w.root, mutation.Catalogue()); err != nil {
		return err
	}
	if c.Jobs == 0 {
		c.Jobs = runtime.NumCPU()
	}
	runner := mutation.Runner{Root: w.root, Jobs: c.Jobs, End: func(done int, r mutation.Result) {
		w.say(fmt.Sprintf("%3d/%d  %s", done, len(mutants), r.Line()))
	}}
	err = w.printer.Do("the tests on the code as it is", func(report steps.Report) error {
		return runner.Prepare(ctx, mutants, report)
	})
	if err != nil {
		return errPrinted
	}
	results, err := runner.Run(ctx, mutants)
	if err != nil {
		return err
	}
	w.say("\n" + mutation.Summary(results))
	for _, r := range results {
		if r.Wrong() {
			return errors.New("the tests have a hole, or the catalogue is wrong")
		}
	}
	return nil
}
