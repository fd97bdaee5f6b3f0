// Command local runs rez_agent on this machine: `make dev`, `make demo`, `make send` and the others call it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/rezagent/rez_agent/local/steps"
)

// defaultName is the stack's name where none is given.
const defaultName = "dev"

type commands struct {
	Name string `default:"${name}" env:"NAME" help:"Name of the stack; stacks of different names run side by side."`

	Dev       devCommand       `cmd:"" help:"Start a stack, deliver a message through it, and stay with the logs of all Lambdas."`
	Demo      demoCommand      `cmd:"" help:"Start a stack, deliver a message through it, and stop; exit 0 only if it was delivered."`
	Logs      logsCommand      `cmd:"" help:"Show the logs of a running stack's Lambdas."`
	Break     breakCommand     `cmd:"" help:"Break the ntfy stand-in."`
	Heal      healCommand      `cmd:"" help:"Heal the ntfy stand-in."`
	Status    statusCommand    `cmd:"" help:"Show a running stack's addresses, queue and circuit."`
	Bench     benchCommand     `cmd:"" help:"Measure speed and cost on a stack of its own, beside a chain of empty Lambdas."`
	Faults    faultsCommand    `cmd:"" help:"Break a stack of its own in every way, let it heal, and do the books."`
	Mutation  mutationCommand  `cmd:"" help:"Break the code in many small ways, and see whether a test notices each."`
	Token     tokenCommand     `cmd:"" help:"Print an access token for a running stack's API."`
	Env       envCommand       `cmd:"" help:"Print what the command line rezagent needs to use a running stack: eval it."`
	Setup     setupCommand     `cmd:"" help:"Install the emulator and the CDK into the project."`
	Dashboard dashboardCommand `cmd:"" help:"Build the dashboard into web/dist."`
	Build     buildCommand     `cmd:"" help:"Compile the Lambdas for AWS and for this machine."`

	Screenshots screenshotsCommand `cmd:"" help:"Take the dashboard's pictures on a stack of its own."`
}

// world is what every command gets.
type world struct {
	root    string
	name    string
	printer *steps.Printer
	// out is where results go that other programs may read.
	out io.Writer
}

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var chosen commands
	parsed := kong.Parse(&chosen, kong.Name("local"), kong.UsageOnError(), kong.Vars{"name": defaultName},
		kong.Description("Runs rez_agent on this machine: emulator, ntfy stand-in, and the same CDK app as on AWS."))
	root, err := project()
	if err == nil {
		parsed.BindTo(ctx, (*context.Context)(nil))
		err = parsed.Run(world{root: root, name: chosen.Name, printer: steps.New(os.Stdout), out: os.Stdout})
	}
	return report(err)
}

// report prints what the step printer has not printed, and gives the exit code.
func report(err error) int {
	if err == nil {
		return 0
	}
	var problem *steps.Problem
	switch {
	case errors.Is(err, errPrinted):
	case errors.Is(err, context.Canceled):
		return 130 // stopped by the person, as shells say it
	case errors.As(err, &problem):
		fmt.Fprintf(os.Stderr, "%s\nwhat to do: %s\n", problem.Error(), problem.Do)
	default:
		fmt.Fprintln(os.Stderr, err)
	}
	return 1
}

// project is the folder with go.mod, from which everything is found.
func project() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, statErr := os.Stat(filepath.Join(dir, "go.mod")); statErr == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("not in the project: no go.mod here or above")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}
