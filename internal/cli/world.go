package cli

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"

	"github.com/alecthomas/kong"

	"github.com/rezagent/rez_agent/internal/cli/output"
	"github.com/rezagent/rez_agent/internal/cli/signin"
	"github.com/rezagent/rez_agent/internal/client"
)

// world is what every command gets.
type world struct {
	env      Env
	print    *output.Printer
	model    *kong.Application
	sessions signin.Sessions
	// urlFlag is --url.
	urlFlag string
}

func sessionsDir(configDir string) string { return filepath.Join(configDir, "rezagent") }

// address is the deployment that is meant.
func (w *world) address() (string, error) {
	raw := w.urlFlag
	if raw == "" {
		raw = w.env.Getenv(envURL)
	}
	if raw != "" {
		base, err := client.Base(raw)
		if err != nil {
			return "", &usageError{problem: err.Error(), do: "give it with --url or in " + envURL}
		}
		return base, nil
	}
	stored, err := w.sessions.Address()
	if err == nil && stored == "" {
		err = errNoAddress
	}
	return stored, err
}

// errNoAddress means: which deployment is meant was never said.
var errNoAddress = errors.New("no deployment is named, and none was signed in to")

// client calls the deployment that is meant, in the name of who is signed in.
func (w *world) client() (*client.Client, error) {
	address, err := w.address()
	if err != nil {
		return nil, err
	}
	return &client.Client{BaseURL: address, HTTP: w.env.HTTP, Token: w.token(address), UserAgent: w.userAgent()}, nil
}

// token gives the access token: that of the environment before the one that login stored.
func (w *world) token(address string) func(context.Context) (string, error) {
	if given := w.env.Getenv(envToken); given != "" {
		return func(context.Context) (string, error) { return given, nil }
	}
	return (&signin.Tokens{Sessions: w.sessions, URL: address, HTTP: w.env.HTTP, Now: w.env.Now}).Token
}

func (w *world) userAgent() string {
	return "rezagent/" + w.env.Version + " (" + runtime.GOOS + "; " + runtime.GOARCH + ")"
}

// show prints a result: as it came for programs, as a command shows it for people.
func show[T any](w *world, value T, forPeople func(T) error) error {
	if w.print.AsJSON {
		return w.print.JSON(value)
	}
	return forPeople(value)
}
