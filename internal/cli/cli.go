// Package cli is the command line rezagent: each command is a type whose Run does its work through package client. It knows
// the process only through Env, so that tests can be the process.
package cli

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/alecthomas/kong"

	"github.com/rezagent/rez_agent/internal/cli/output"
	"github.com/rezagent/rez_agent/internal/cli/signin"
)

// Env is the process around the command line.
type Env struct {
	In       io.Reader
	Out, Err io.Writer
	// InTerminal, OutTerminal and ErrTerminal tell whether a person sits at the other end.
	InTerminal, OutTerminal, ErrTerminal bool
	// Width is the terminal's in columns; 0 where Out is none.
	Width int
	// Getenv reads an environment variable.
	Getenv func(name string) string
	// ConfigDir is the folder of the person's settings, in which ours has a folder of its own.
	ConfigDir string
	HTTP      *http.Client
	Now       func() time.Time
	// OpenBrowser shows an address in the person's browser, or says why it cannot.
	OpenBrowser func(ctx context.Context, address string) error
	// Callback is the address of this machine to which the sign-in page comes back.
	Callback string
	// Version is the program's.
	Version string
}

// Environment variables that the command line reads.
const (
	envURL     = "REZAGENT_URL"
	envToken   = "REZAGENT_TOKEN"
	envNoColor = "NO_COLOR"
)

// grammar is what can be said.
type grammar struct {
	Help   helpFlag `short:"h" help:"Show help, of a command where one is named."`
	URL    string   `placeholder:"ADDRESS" help:"Address of the deployment; REZAGENT_URL, or the one that was signed in to last, where it is not given."`
	Output string   `enum:"table,json" default:"table" placeholder:"FORMAT" help:"table for people, json for programs: one JSON object a line."`

	Login  loginCommand  `cmd:"" group:"Access" help:"Sign in with a browser."`
	Logout logoutCommand `cmd:"" group:"Access" help:"Sign out: revoke and delete what login stored."`
	Whoami whoamiCommand `cmd:"" group:"Access" help:"Show who is signed in, and in which role."`

	Send    sendCommand    `cmd:"" group:"Messages" help:"Send a message."`
	List    listCommand    `cmd:"" group:"Messages" help:"List messages, newest first."`
	Show    showCommand    `cmd:"" group:"Messages" help:"Show a message and everything that happened to it."`
	Tail    tailCommand    `cmd:"" group:"Messages" help:"Follow one message until it is completed or failed, or all of them until Ctrl-C."`
	Open    openCommand    `cmd:"" group:"Messages" help:"Open a message's execution in the AWS console."`
	Replay  replayCommand  `cmd:"" group:"Messages" help:"Deliver messages again: those that are named, or all that a filter chooses."`
	Replays replaysCommand `cmd:"" group:"Messages" help:"Look at a replay by filter, or stop it."`

	Schedules schedulesCommand `cmd:"" group:"Schedules" help:"Messages that are made at set times."`

	DLQ     dlqCommand     `cmd:"" name:"dlq" group:"Operation" help:"The dead-letter queue."`
	Circuit circuitCommand `cmd:"" group:"Operation" help:"The circuit breaker before ntfy."`
	Metrics metricsCommand `cmd:"" group:"Operation" help:"Show figures of a period."`
	Health  healthCommand  `cmd:"" group:"Operation" help:"Show whether the API, and what it depends on, works."`

	Completion completionCommand `cmd:"" group:"Program" help:"Print the completion script of a shell."`
	Version    versionCommand    `cmd:"" group:"Program" help:"Show the program's version."`
	Complete   completeCommand   `cmd:"" name:"__complete" hidden:"" passthrough:"" help:"Answer a completion script."`
}

const description = "Sends messages through rez_agent, follows and replays them, and runs a deployment."

// errHelped ends a command line that asked for help.
var errHelped = errors.New("help was shown")

type helpFlag bool

// BeforeReset shows the help before anything is checked: whoever asks for it need not know what else is required.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	if err := ctx.PrintUsage(false); err != nil {
		return err
	}
	return errHelped
}

// Run does what a command line says and gives the exit code.
func Run(ctx context.Context, env Env, args []string) int {
	w := &world{env: env, print: &output.Printer{Out: env.Out, Err: env.Err, Width: env.Width}}
	w.print.Colour = env.OutTerminal && env.Getenv(envNoColor) == "" && env.Getenv("TERM") != "dumb"
	w.sessions = signin.Sessions{Dir: sessionsDir(env.ConfigDir)}
	err := w.run(ctx, args)
	if errors.Is(err, errHelped) {
		return exitDone
	}
	w.explain(err)
	return exitCode(err)
}

func (w *world) run(ctx context.Context, args []string) error {
	var said grammar
	parser, err := newParser(&said, w.env.Out, w.env.Err)
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return misused(err)
	}
	w.model, w.print.AsJSON, w.urlFlag = parser.Model, said.Output == "json", said.URL
	parsed.BindTo(ctx, (*context.Context)(nil))
	return parsed.Run(w)
}

func newParser(into *grammar, out, errs io.Writer) (*kong.Kong, error) {
	return kong.New(into, kong.Name("rezagent"), kong.Description(description), kong.NoDefaultHelp(), kong.Writers(out, errs),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
}
