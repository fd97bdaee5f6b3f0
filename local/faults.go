package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/rezagent/rez_agent/local/faults"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/steps"
)

type faultsCommand struct {
	Row     []string `help:"Only these rows; a name that ends in * means all that begin so."`
	Seed    uint64   `help:"Seed of the row chaos-random; 0 takes a new one, which is printed."`
	Short   bool     `help:"Only the rows that also run in make test."`
	Divisor int      `default:"30"                                                            help:"Divides every wait."`
}

// Run breaks a stack of its own, row by row. It fails where a row does not hold.
func (c faultsCommand) Run(ctx context.Context, w world) error {
	if c.Seed == 0 {
		c.Seed = rand.Uint64()
	}
	options := faults.Options{Rows: c.Row, Short: c.Short, Begin: w.beginRow, End: w.endRow}
	if _, err := options.Choose(); err != nil {
		return err
	}
	broken := faults.NewWorld(c.Seed)
	s, err := stack.Start(ctx, stack.Options{
		Root: w.root, Name: w.name + "-faults", IAM: true, TimeDivisor: c.Divisor, Printer: w.printer, BeforeNtfy: broken.BeforeNtfy,
	})
	if err != nil {
		return errPrinted
	}
	s.Proxy.Intercept(broken.Intercept)
	broken.Deployed(s, w.root)
	w.say(fmt.Sprintf("seed %d, every wait divided by %d\n\n%s", c.Seed, c.Divisor, faults.Header()))
	results, err := broken.Run(ctx, options)
	w.say("\n" + faults.Legend() + "\n\n" + faults.Summary(results))
	if err := errors.Join(err, w.printer.Do("stop", func(steps.Report) error { return s.Stop() })); err != nil {
		return err
	}
	for _, result := range results {
		if len(result.Wrong) > 0 {
			return errors.New("not every row holds")
		}
	}
	return nil
}

func (w world) endRow(result faults.Result) { w.say(result.Line()) }

// beginRow tells a person at a terminal what is going on; a log has the result's line soon enough.
func (w world) beginRow(row faults.Row) {
	if w.printer.Terminal() {
		w.say("… " + row.Name + ": " + row.Says)
	}
}

func (w world) say(text string) { _, _ = fmt.Fprintln(w.out, text) } // nobody to tell when the terminal is gone
