package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rezagent/rez_agent/internal/cli/output"
	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/wire"
)

// How often a message is looked at: soon at first, most are delivered within a second, and then ever less often.
const (
	firstLook = 250 * time.Millisecond
	lastLook  = 2 * time.Second
)

// waitFlags follow a message that was handed over.
type waitFlags struct {
	Wait    bool          `help:"Show the message's states until it is completed (exit code 0) or failed (exit code 1)."`
	Timeout time.Duration `default:"2m" placeholder:"DURATION" help:"How long --wait waits, as in 30s or 10m; the message goes on without it."`
}

func (f *waitFlags) follow(ctx context.Context, w *world, api *client.Client, accepted wire.Accepted) error {
	bounded, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	if !w.print.AsJSON {
		w.print.Notef("%s", accepted.ID)
	}
	err := w.follow(bounded, api, accepted.ID, accepted.Generation)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return &failure{
			text: fmt.Sprintf("not delivered within %s; the message goes on by itself", f.Timeout),
			do:   "`rezagent tail " + accepted.ID + "` follows it further",
		}
	}
	return err
}

// follow prints each change of a message until its generation has ended. That it failed is an error.
func (w *world) follow(ctx context.Context, api *client.Client, id string, generation int) error {
	seen, silent, look := "", false, firstLook
	for {
		message, err := api.Message(ctx, id)
		switch {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !client.Temporary(err):
			return err
		case err != nil && !silent:
			w.print.Notef("no answer, still trying: %s", err)
			silent = true
		case err == nil:
			silent = false
			if now := stateOf(message.Summary); now != seen {
				seen = now
				if err := show(w, message, func(m wire.Message) error { return w.change(m.Summary, "") }); err != nil {
					return err
				}
			}
			if message.Generation >= generation && ended(message.Summary) {
				return w.end(message)
			}
		}
		if err := sleep(ctx, look); err != nil {
			return err
		}
		look = min(look*3/2, lastLook)
	}
}

func (w *world) end(message wire.Message) error {
	if message.Status == "completed" {
		return nil
	}
	return &failure{text: "the message failed: " + why(message.Summary), do: "`rezagent show " + message.ID + "` tells more"}
}

func ended(m wire.Summary) bool { return m.Status == "completed" || m.Status == "failed" }

// stateOf is what makes one state of a message another one.
func stateOf(m wire.Summary) string {
	next := ""
	if m.NextAttemptAt != nil {
		next = m.NextAttemptAt.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(m.Generation, m.Status, m.Reason, next)
}

// change prints one line: when, what it is now, and why; of one among many also which it is: its id and title.
func (w *world) change(m wire.Summary, id string) error {
	title := ""
	if id != "" {
		title = w.print.Brief(m.Title)
	}
	return w.print.Line(
		output.Cell{Text: output.Time(m.UpdatedAt), Tone: output.Faint}, output.Cell{Text: id},
		output.Status(m.Status), output.Cell{Text: title}, output.Cell{Text: why(m)}, output.Cell{Text: due(m), Tone: output.Faint},
	)
}

func why(m wire.Summary) string {
	if m.Detail != "" && m.Reason != "" {
		return m.Reason + ": " + m.Detail
	}
	return m.Reason + m.Detail
}

func due(m wire.Summary) string {
	if m.Status != "deferred" || m.NextAttemptAt == nil {
		return ""
	}
	return "due " + output.TimeIf(m.NextAttemptAt)
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
