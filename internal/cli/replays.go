package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/rezagent/rez_agent/internal/cli/output"
	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/wire"
)

type replaysCommand struct {
	Show   replaysShowCommand   `cmd:"" help:"Show how far a replay by filter is."`
	Cancel replaysCancelCommand `cmd:"" help:"Stop a replay by filter; what it has replayed stays so."`
}

type replaysShowCommand struct {
	ID messageID `arg:"" help:"The replay's id."`
}

// Run shows a replay.
func (c *replaysShowCommand) Run(ctx context.Context, w *world) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	job, err := api.ReplayJob(ctx, string(c.ID))
	if err != nil {
		return err
	}
	return show(w, job, w.job)
}

type replaysCancelCommand struct {
	ID messageID `arg:"" help:"The replay's id."`
}

// Run stops a replay.
func (c *replaysCancelCommand) Run(ctx context.Context, w *world) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	job, err := api.CancelReplay(ctx, string(c.ID))
	if err != nil {
		return err
	}
	return show(w, job, w.job)
}

func (w *world) job(job wire.ReplayJob) error {
	return w.print.Pairs(
		output.Pair("id", output.Cell{Text: job.ID, Tone: output.Strong}),
		output.Pair("state", output.Status(job.State)),
		output.Pair("detail", output.Cell{Text: job.Detail}),
		output.Pair("in all", output.Cell{Text: output.Number(job.Total)}),
		output.Pair("matched", output.Cell{Text: strconv.Itoa(job.Matched)}),
		output.Pair("replayed", output.Cell{Text: strconv.Itoa(job.Replayed)}),
		output.Pair("skipped", output.Cell{Text: output.Number(job.Skipped)}),
		output.Pair("by", output.Cell{Text: job.CreatedBy}),
		output.Pair("asked for", output.Cell{Text: output.Time(job.CreatedAt)}),
		output.Pair("progress", output.Cell{Text: output.Time(job.UpdatedAt)}),
	)
}

// followJob prints a replay's progress until it ends; another end than done is an error.
func (w *world) followJob(ctx context.Context, api *client.Client, job wire.ReplayJob) error {
	seen := ""
	for {
		if now := fmt.Sprint(job.State, job.Matched, job.Replayed, job.Skipped); now != seen {
			seen = now
			if err := show(w, job, w.progress); err != nil {
				return err
			}
		}
		switch job.State {
		case "done":
			return nil
		case "cancelled", "failed":
			return &failure{"the replay was " + job.State + ": " + job.Detail, "`rezagent replays show " + job.ID + "` tells more"}
		}
		if err := sleep(ctx, lastLook); err != nil {
			return err
		}
		next, err := api.ReplayJob(ctx, job.ID)
		if err != nil && !client.Temporary(err) {
			return err
		}
		if err == nil {
			job = next
		}
	}
}

// inAll says how many there will be, where that is known.
func inAll(total int) string {
	if total == 0 {
		return ""
	}
	return fmt.Sprintf("of about %d in all", total)
}

func (w *world) progress(job wire.ReplayJob) error {
	return w.print.Line(
		output.Cell{Text: job.ID, Tone: output.Faint}, output.Status(job.State),
		output.Cell{Text: fmt.Sprintf("%d replayed, %d skipped of %d found", job.Replayed, job.Skipped, job.Matched)},
		output.Cell{Text: inAll(job.Total), Tone: output.Faint},
	)
}
