package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/rezagent/rez_agent/internal/cli/reference"
	"github.com/rezagent/rez_agent/internal/cli/signin"
	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/wire"
)

// Exit codes; exits explains them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNotAllowed  = 3
	exitNotFound    = 4
	exitInterrupted = 130 // as shells say it
)

// exits are the codes and their meaning, as docs/cli.md shows them.
func exits() []reference.Exit {
	return []reference.Exit{
		{Code: exitDone, Means: "done; of `--wait` and `tail ID`: delivered"},
		{Code: exitFailed, Means: "failed: the message, or the request (no answer, a fault of the deployment, a conflict)"},
		{Code: exitUsage, Means: "the command line or a field is wrong; nothing was done"},
		{Code: exitNotAllowed, Means: "not signed in, or not allowed"},
		{Code: exitNotFound, Means: "there is no message, schedule or replay with this id"},
		{Code: exitInterrupted, Means: "stopped by Ctrl-C"},
	}
}

// usageError is a command line that cannot be done as it is.
type usageError struct {
	problem string
	// do says how it can.
	do string
	// fields are what is wrong, part by part.
	fields []wire.ProblemField
}

// Error says what is wrong and what to do.
func (e *usageError) Error() string {
	if e.do == "" {
		return e.problem
	}
	return e.problem + ": " + e.do
}

// misused says what kong found, and where to read how it is meant.
func misused(err error) error {
	var parse *kong.ParseError
	if errors.Is(err, errHelped) || !errors.As(err, &parse) {
		return err
	}
	selected := "rezagent"
	if command := parse.Context.Selected(); command != nil {
		selected = command.FullPath()
	}
	do := fmt.Sprintf("`%s --help` shows how", selected)
	if strings.HasPrefix(err.Error(), "unknown flag") && takesText(parse.Context) {
		do = fmt.Sprintf("put -- before a text that begins with a dash, as in: %s -- \"-5 °C\"", selected)
	}
	// A flag that may be left out has the empty value among its own, which nobody would type.
	return &usageError{problem: strings.ReplaceAll(err.Error(), `one of "",`, "one of "), do: do}
}

// takesText tells whether the command that was chosen takes a message's text.
func takesText(ctx *kong.Context) bool {
	command := ctx.Selected()
	if command == nil {
		return false
	}
	for _, argument := range command.Positional {
		if argument.Name == "text" {
			return true
		}
	}
	return false
}

// failure is an end that is no success and needs no more words than these.
type failure struct{ text, do string }

// Error says what happened and what to do.
func (e *failure) Error() string {
	if e.do == "" {
		return e.text
	}
	return e.text + "; " + e.do
}

func exitCode(err error) int {
	var (
		usage   *usageError
		problem *client.Problem
		several *partly
	)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &several):
		return exitCode(several.first)
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, signin.ErrNotSignedIn), errors.Is(err, errNoAddress):
		return exitNotAllowed
	case errors.As(err, &problem):
		return exitOfStatus(problem.Status)
	default:
		return exitFailed
	}
}

func exitOfStatus(status int) int {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return exitUsage
	case http.StatusUnauthorized, http.StatusForbidden:
		return exitNotAllowed
	case http.StatusNotFound:
		return exitNotFound
	default:
		return exitFailed
	}
}

// explain prints an error: one line that says what to do next, and one for each field that is wrong.
func (w *world) explain(err error) {
	var (
		usage   *usageError
		problem *client.Problem
		several *partly
		notAPI  *client.NotAPI
	)
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.As(err, &several): // known, wanted, or told already
	case errors.As(err, &usage):
		w.print.Notef("rezagent: %s", usage)
		w.fields(usage.fields)
	case errors.Is(err, errNoAddress), errors.Is(err, signin.ErrNotSignedIn):
		w.print.Notef("rezagent: %s: run `rezagent login --url %s`", err, w.addressOr("https://…"))
	case errors.As(err, &problem):
		w.print.Notef("rezagent: %s", w.problemLine(problem))
		w.fields(problem.Errors)
	case errors.As(err, &notAPI):
		w.print.Notef("rezagent: %s; check the address (--url, REZAGENT_URL) and what stands between", err)
	case client.Temporary(err):
		w.print.Notef("rezagent: %s; check the address (--url, REZAGENT_URL) and your network, or try again", err)
	default:
		w.print.Notef("rezagent: %s", err)
	}
}

func (w *world) fields(fields []wire.ProblemField) {
	for _, field := range fields {
		line := "  " + field.Field + ": " + field.Problem
		if field.Allowed != "" {
			line += "; allowed: " + field.Allowed
		}
		w.print.Notef("%s", line)
	}
}

// addressOr is the deployment that is meant, for a hint.
func (w *world) addressOr(unknown string) string {
	if address, err := w.address(); err == nil {
		return address
	}
	return unknown
}

// problemLine leaves out the detail where the fields follow, which say the same.
func (w *world) problemLine(p *client.Problem) string {
	line := p.Title
	if p.Detail != "" && len(p.Errors) == 0 {
		line += ": " + strings.TrimSuffix(p.Detail, ".")
	}
	if do := w.whatToDo(p); do != "" {
		line += "; " + do
	}
	return line
}

func (w *world) whatToDo(p *client.Problem) string {
	switch {
	case p.Status == http.StatusUnauthorized && w.env.Getenv(envToken) != "":
		return "set " + envToken + " to a fresh access token, or unset it and run `rezagent login`"
	case p.Status == http.StatusUnauthorized:
		return fmt.Sprintf("run `rezagent login --url %s`", w.addressOr("https://…"))
	case p.Status == http.StatusForbidden:
		return "ask whoever runs rez_agent for the role, then run `rezagent login` again (`rezagent whoami` shows yours)"
	case p.Status == http.StatusNotFound:
		return "`rezagent list` and `rezagent schedules` show what there is"
	case p.Status == http.StatusConflict:
		return "look at it again (`rezagent show ID`), and decide again"
	case p.Status == http.StatusTooManyRequests:
		return "wait a moment and try again"
	case p.Status >= http.StatusInternalServerError && p.Instance != "":
		return "try again; if it stays, tell whoever runs rez_agent the reference " + p.Instance
	case p.Status >= http.StatusInternalServerError:
		return "try again; `rezagent health` names the part that is ill"
	default:
		return ""
	}
}

// partly is work on several things of which some failed; each failure was told when it came.
type partly struct {
	failed, all int
	first       error
}

// Error counts them.
func (e *partly) Error() string { return fmt.Sprintf("%d of %d failed", e.failed, e.all) }

// each does one thing after another and tells of each that fails without stopping there.
func (w *world) each(ids []messageID, do func(id string) error) error {
	result := &partly{all: len(ids)}
	for _, id := range ids {
		err := do(string(id))
		if errors.Is(err, context.Canceled) {
			return err
		}
		if err == nil {
			continue
		}
		result.failed++
		if result.first == nil {
			result.first = err
		}
		if len(ids) > 1 {
			w.print.Notef("%s:", id)
		}
		w.explain(err)
	}
	if result.failed == 0 {
		return nil
	}
	return result
}
