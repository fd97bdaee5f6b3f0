package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/rezagent/rez_agent/internal/cli/output"
	"github.com/rezagent/rez_agent/internal/wire"
)

type showCommand struct {
	ID messageID `arg:"" help:"The message's id."`
}

// Run shows a message.
func (c *showCommand) Run(ctx context.Context, w *world) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	message, err := api.Message(ctx, string(c.ID))
	if err != nil {
		return err
	}
	return show(w, message, w.message)
}

func (w *world) message(m wire.Message) error {
	text, fields := messageText(m.Payload)
	pairs := [][2]output.Cell{
		output.Pair("id", output.Cell{Text: m.ID, Tone: output.Strong}),
		output.Pair("status", output.Status(m.Status)),
		output.Pair("reason", output.Cell{Text: why(m.Summary)}),
		output.Pair("due", output.Cell{Text: output.TimeIf(m.NextAttemptAt)}),
		output.Pair("stage", output.Cell{Text: m.Stage}),
		output.Pair("type", output.Cell{Text: m.MessageType}),
		output.Pair("by", output.Cell{Text: m.CreatedBy}),
		output.Pair("created", output.Cell{Text: output.Time(m.CreatedAt)}),
		output.Pair("started", output.Cell{Text: output.TimeIf(m.StartedAt)}),
		output.Pair("finished", output.Cell{Text: output.TimeIf(m.FinishedAt)}),
		output.Pair("deadline", output.Cell{Text: output.Time(m.Deadline)}),
		output.Pair("generation", output.Cell{Text: strconv.Itoa(m.Generation)}),
		output.Pair("deferrals", output.Cell{Text: output.Number(m.Deferrals)}),
		output.Pair("fields", output.Cell{Text: fields}),
		output.Pair("execution", output.Cell{Text: m.Links.Execution}),
		output.Pair("logs", output.Cell{Text: m.Links.Logs}),
		output.Pair("trace", output.Cell{Text: m.Links.Trace}),
	}
	if err := w.print.Pairs(pairs...); err != nil {
		return err
	}
	if text != "" {
		if err := w.print.Text("\n" + text + "\n"); err != nil {
			return err
		}
	}
	if err := w.attempts(m.Attempts); err != nil {
		return err
	}
	return w.acts(m.Acts)
}

func (w *world) attempts(attempts []wire.Attempt) error {
	if len(attempts) == 0 {
		return nil
	}
	rows := make([][]output.Cell, 0, len(attempts))
	for _, a := range attempts {
		outcome := output.Cell{Text: a.Outcome, Tone: output.Bad}
		if a.Outcome == "delivered" {
			outcome.Tone = output.Good
		}
		rows = append(rows, []output.Cell{
			{Text: output.Time(a.At), Tone: output.Faint},
			outcome,
			{Text: output.Number(a.Status)},
			{Text: output.Number(a.Code)},
			{Text: fmt.Sprintf("%d ms", a.LatencyMS)},
			{Text: a.Detail},
		})
	}
	return w.section([]string{"ATTEMPT", "OUTCOME", "HTTP", "CODE", "TOOK", "DETAIL"}, rows)
}

func (w *world) acts(acts []wire.Act) error {
	if len(acts) == 0 {
		return nil
	}
	rows := make([][]output.Cell, 0, len(acts))
	for _, a := range acts {
		rows = append(rows, []output.Cell{
			{Text: output.Time(a.At), Tone: output.Faint}, {Text: a.What}, {Text: strconv.Itoa(a.Generation)}, {Text: a.By},
		})
	}
	return w.section([]string{"ACT", "WHAT", "GENERATION", "BY"}, rows)
}

// section is a table below something else.
func (w *world) section(headers []string, rows [][]output.Cell) error {
	if err := w.print.Text("\n"); err != nil {
		return err
	}
	return w.print.Table(headers, rows)
}
