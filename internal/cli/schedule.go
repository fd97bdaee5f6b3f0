package cli

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/rezagent/rez_agent/internal/cli/output"
	"github.com/rezagent/rez_agent/internal/wire"
)

type scheduleCreateCommand struct {
	Name       string   `arg:"" help:"What people call it."`
	Expression string   `arg:"" help:"When it fires: at(2026-12-24T18:00:00), rate(1 hour) or cron(30 2 * * ? *), as EventBridge Scheduler reads them."`
	Text       []string `arg:"" optional:"" sep:"none" help:"The message's text; standard input where there is none, or -."`

	Timezone string `placeholder:"ZONE" help:"The IANA time zone of at and cron, as in Europe/Berlin; UTC where it is not given."`
	Paused   bool   `help:"Make it, but let it rest."`

	notificationFlags
}

// Run makes a schedule.
func (c *scheduleCreateCommand) Run(ctx context.Context, w *world) error {
	payload, err := c.message(ctx, w, c.Text)
	if err != nil {
		return err
	}
	api, err := w.client()
	if err != nil {
		return err
	}
	schedule, err := api.CreateSchedule(ctx, wire.SetSchedule{
		Name: c.Name, Expression: c.Expression, Timezone: c.Timezone, MessageType: c.Type, Payload: payload, Paused: c.Paused,
	})
	if err != nil {
		return err
	}
	return show(w, schedule, w.schedule)
}

type schedulePreviewCommand struct {
	Expression string `arg:"" help:"When it would fire: at(2026-12-24T18:00:00), rate(1 hour) or cron(30 2 * * ? *)."`

	Timezone string `placeholder:"ZONE" help:"The IANA time zone of at and cron, as in Europe/Berlin; UTC where it is not given."`
}

// Run says what an expression means.
func (c *schedulePreviewCommand) Run(ctx context.Context, w *world) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	preview, err := api.PreviewSchedule(ctx, wire.PreviewSchedule{Expression: c.Expression, Timezone: c.Timezone})
	if err != nil {
		return err
	}
	return show(w, preview, w.preview)
}

func (w *world) preview(p wire.SchedulePreview) error {
	pairs := [][2]output.Cell{
		output.Pair("when", output.Cell{Text: p.Sentence, Tone: output.Strong}),
		output.Pair("time zone", output.Cell{Text: p.Timezone}),
	}
	pairs = append(pairs, nextRuns(p.NextRuns)...)
	for _, warning := range p.Warnings {
		pairs = append(pairs, output.Pair("note", output.Cell{Text: warning}))
	}
	return w.print.Pairs(pairs...)
}

type scheduleChangeCommand struct {
	ID messageID `arg:"" help:"The schedule's id."`

	Name       string `placeholder:"NAME" help:"What people call it."`
	Expression string `placeholder:"WHEN" help:"When it fires."`
	Timezone   string `placeholder:"ZONE" help:"The IANA time zone of at and cron."`
	Payload    string `placeholder:"JSON" help:"The message type's whole JSON object, as in {\"message\":\"Check the backup\"}."`
}

// Run changes what is given and leaves the rest.
func (c *scheduleChangeCommand) Run(ctx context.Context, w *world) error {
	if c.Payload != "" && !json.Valid([]byte(c.Payload)) {
		return &usageError{problem: "--payload is no JSON", do: `as in --payload '{"message":"Check the backup"}'`}
	}
	api, err := w.client()
	if err != nil {
		return err
	}
	old, err := api.Schedule(ctx, string(c.ID))
	if err != nil {
		return err
	}
	changed := wire.SetSchedule{
		Name: cmp.Or(c.Name, old.Name), Expression: cmp.Or(c.Expression, old.Expression), Timezone: cmp.Or(c.Timezone, old.Timezone),
		MessageType: old.MessageType, Payload: old.Payload, Paused: old.Paused,
	}
	if c.Payload != "" {
		changed.Payload = json.RawMessage(c.Payload)
	}
	schedule, err := api.ChangeSchedule(ctx, old.ID, changed)
	if err != nil {
		return err
	}
	return show(w, schedule, w.schedule)
}
