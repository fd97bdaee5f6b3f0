package cli

import (
	"context"
	"fmt"

	"github.com/rezagent/rez_agent/internal/cli/output"
	"github.com/rezagent/rez_agent/internal/wire"
)

type dlqCommand struct {
	List    dlqListCommand    `cmd:"" default:"withargs" help:"Show a sample of the queue, and the records of what failed on the way."`
	Redrive dlqRedriveCommand `cmd:"" help:"Send dead letters to the main queue again."`
}

type dlqListCommand struct {
	Limit int `default:"20" help:"How many items to show at most, up to 100."`
}

// Run shows the dead letters.
func (c *dlqListCommand) Run(ctx context.Context, w *world) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	letters, err := api.DeadLetters(ctx, c.Limit)
	if err != nil {
		return err
	}
	return show(w, letters, w.deadLetters)
}

func (w *world) deadLetters(letters wire.DeadLetters) error {
	if err := w.print.Line(output.Plain(fmt.Sprintf("about %d items in the dead-letter queue", letters.Depth))...); err != nil {
		return err
	}
	if len(letters.Sample) > 0 {
		rows := make([][]output.Cell, 0, len(letters.Sample))
		for _, l := range letters.Sample {
			redrivable := output.Cell{Text: "no"}
			if l.Redrivable {
				redrivable = output.Cell{Text: "yes", Tone: output.Good}
			}
			reason := l.Reason
			if l.Detail != "" {
				reason += ": " + l.Detail
			}
			rows = append(rows, []output.Cell{
				{Text: l.MessageID}, output.Status(l.Status), {Text: output.Time(l.SentAt), Tone: output.Faint}, redrivable, {Text: reason},
			})
		}
		if err := w.section([]string{"MESSAGE (SAMPLE)", "STATUS", "SENT", "REDRIVABLE", "REASON"}, rows); err != nil {
			return err
		}
	}
	if len(letters.Records) == 0 {
		return nil
	}
	if err := w.print.Text("\nfailed on the way, newest first:\n"); err != nil {
		return err
	}
	return w.summaries(letters.Records)
}

type dlqRedriveCommand struct {
	ID  messageID `arg:"" optional:"" help:"The id of one message."`
	All bool      `help:"The whole queue."`
}

// Run sends dead letters to the main queue.
func (c *dlqRedriveCommand) Run(ctx context.Context, w *world) error {
	if (c.ID == "") != c.All {
		return &usageError{problem: "it has to be one message or all", do: "give an id, or --all"}
	}
	api, err := w.client()
	if err != nil {
		return err
	}
	redriven, err := api.Redrive(ctx, wire.Redrive{MessageID: string(c.ID), All: c.All})
	if err != nil {
		return err
	}
	return show(w, redriven, func(r wire.Redriven) error {
		if c.All {
			return w.print.Line(output.Plain(fmt.Sprintf("about %d items go to the main queue", r.Items))...)
		}
		return w.print.Line(output.Plain("goes to the main queue", string(c.ID))...)
	})
}
