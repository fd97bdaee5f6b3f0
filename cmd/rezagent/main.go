// Command rezagent is the command line of rez_agent; docs/cli.md describes it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/rezagent/rez_agent/internal/cli"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return cli.Run(ctx, cli.System(), os.Args[1:])
}
