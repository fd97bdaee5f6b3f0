package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/rezagent/rez_agent/local/bench"
	"github.com/rezagent/rez_agent/local/bench/coldstart"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/steps"
)

type benchCommand struct {
	Markdown bool `help:"Print the report as Markdown; progress goes to the standard error."`
	Seconds  int  `default:"20"   help:"How long each paced load takes, on each of both sides."`
	Burst    int  `default:"1000" help:"How many messages the burst has."`
	API      bool `help:"Measure the REST API instead, beside an empty Lambda behind the same gateway and authorizer."`
	Cost     bool `help:"Count what messages use instead, and multiply it by AWS's prices."`
	Start    bool `help:"Measure instead how each Lambda starts, beside an empty one; this needs no stack." name:"coldstart"`
	Starts   int  `default:"21"   help:"How many starts of each Lambda are counted."`
	Load     int  `help:"Send so many messages instead, as fast as they are taken, and see that every promise holds." placeholder:"COUNT"`
}

// Run measures on a stack of its own. How fast it was is no failure: machines differ. A message that was lost is one.
func (c benchCommand) Run(ctx context.Context, w world) error {
	if c.Markdown {
		w.printer = steps.New(os.Stderr)
	}
	if c.Start {
		return c.coldstart(ctx, w)
	}
	options := stack.Options{Root: w.root, Name: w.name + "-bench", Printer: w.printer}
	if c.Cost {
		options.TimeDivisor = bench.CostDivisor
	}
	s, err := stack.Start(ctx, options)
	if err != nil {
		return errPrinted
	}
	measure := bench.Run
	if c.API {
		measure = bench.RunAPI
	}
	if c.Cost {
		measure = bench.RunCost
	}
	if c.Load != 0 {
		measure, c.Burst = bench.RunLoad, c.Load
	}
	report, err := measure(ctx, s, bench.Options{Root: w.root, Seconds: c.Seconds, Burst: c.Burst, Printer: w.printer})
	if err := errors.Join(err, w.printer.Do("stop", func(steps.Report) error { return s.Stop() })); err != nil {
		return err
	}
	if err := c.print(w, report); err != nil {
		return err
	}
	if len(report.Lost) > 0 {
		return fmt.Errorf("%d messages were accepted and never shown: %v", len(report.Lost), report.Lost)
	}
	if len(report.Broken) > 0 {
		const most = 12 // more help nobody
		return fmt.Errorf("the load broke %d promises:\n  %s", len(report.Broken), strings.Join(report.Broken[:min(most, len(report.Broken))], "\n  "))
	}
	return nil
}

// coldstart measures starts.
func (c benchCommand) coldstart(ctx context.Context, w world) error {
	var all []coldstart.Measured
	err := w.printer.Do("cold starts", func(report steps.Report) (err error) {
		all, err = coldstart.Measure(ctx, coldstart.Options{Root: w.root, Starts: c.Starts, Report: report})
		return err
	})
	if err != nil {
		return errPrinted
	}
	return c.print(w, coldstart.Report(all))
}

func (c benchCommand) print(w world, report bench.Report) error {
	text := report.Text()
	if c.Markdown {
		text = report.Markdown()
	}
	if _, err := io.WriteString(w.out, text); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	return nil
}
