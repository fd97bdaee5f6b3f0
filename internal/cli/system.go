package cli

import (
	"os"
	"runtime/debug"
	"time"

	"github.com/charmbracelet/x/term"

	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/contract"
)

// System is the process that runs.
func System() Env {
	env := Env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTerminal: term.IsTerminal(os.Stdin.Fd()), OutTerminal: term.IsTerminal(os.Stdout.Fd()), ErrTerminal: term.IsTerminal(os.Stderr.Fd()),
		Getenv: os.Getenv, ConfigDir: configDir(), HTTP: client.NewHTTP(), Now: time.Now,
		OpenBrowser: openBrowser, Callback: contract.CLICallbackURL, Version: version(),
	}
	if width, _, err := term.GetSize(os.Stdout.Fd()); err == nil && env.OutTerminal {
		env.Width = width
	}
	return env
}

// configDir falls back to the folder in which the program runs where the person has no home: nothing is written there
// unless they sign in.
func configDir() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "."
	}
	return dir
}

// version is the module's where `go install` built the program, else the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return "devel-" + setting.Value[:min(len(setting.Value), 12)]
		}
	}
	return "devel"
}
