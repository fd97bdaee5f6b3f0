package cli

import (
	"context"
	"errors"
	"time"

	"github.com/rezagent/rez_agent/internal/cli/output"
	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/wire"
)

type schedulesCommand struct {
	List    schedulesListCommand   `cmd:"" default:"1" help:"List all schedules."`
	Create  scheduleCreateCommand  `cmd:"" help:"Make a schedule."`
	Preview schedulePreviewCommand `cmd:"" help:"Say what an expression means and when it would fire; nothing is made."`
	Show    scheduleShowCommand    `cmd:"" help:"Show a schedule and when it fires next."`
	Change  scheduleChangeCommand  `cmd:"" help:"Change a schedule: what is not given stays."`
	Pause   schedulePauseCommand   `cmd:"" help:"Let a schedule rest."`
	Resume  scheduleResumeCommand  `cmd:"" help:"Let a schedule fire again."`
	Run     scheduleRunCommand     `cmd:"" help:"Make a schedule's message now."`
	Delete  schedulesDeleteCommand `cmd:"" help:"Delete schedules."`
}

type schedulesListCommand struct{}

// Run lists all schedules.
func (*schedulesListCommand) Run(ctx context.Context, w *world) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	all, err := allSchedules(ctx, api)
	if err != nil {
		return err
	}
	if w.print.AsJSON {
		return eachJSON(w, all)
	}
	if len(all) == 0 {
		w.print.Notef("there is no schedule")
		return nil
	}
	rows := make([][]output.Cell, 0, len(all))
	for _, s := range all {
		rows = append(rows, []output.Cell{
			{Text: s.ID}, {Text: s.Name}, output.Status(rest(s)), {Text: nextRun(s), Tone: output.Faint}, {Text: s.Sentence},
		})
	}
	return w.print.Table([]string{"ID", "NAME", "STATE", "NEXT", "WHEN"}, rows)
}

func allSchedules(ctx context.Context, api *client.Client) ([]wire.Schedule, error) {
	var all []wire.Schedule
	cursor := ""
	for {
		page, err := api.Schedules(ctx, cursor)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			return all, nil
		}
		if page.Next == cursor {
			return nil, errors.New("the API gave the same cursor again: the list would never end")
		}
		cursor = page.Next
	}
}

func rest(s wire.Schedule) string {
	if s.Paused {
		return "paused"
	}
	return "active"
}

func nextRun(s wire.Schedule) string {
	if s.Paused || len(s.NextRuns) == 0 {
		return "–"
	}
	return output.Time(s.NextRuns[0])
}

// oneSchedule is what the commands on one schedule share.
type oneSchedule struct {
	ID messageID `arg:"" help:"The schedule's id."`
}

func (c *oneSchedule) do(w *world, act func(api *client.Client, id string) (wire.Schedule, error)) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	schedule, err := act(api, string(c.ID))
	if err != nil {
		return err
	}
	return show(w, schedule, w.schedule)
}

type scheduleShowCommand struct{ oneSchedule }

// Run shows a schedule.
func (c *scheduleShowCommand) Run(ctx context.Context, w *world) error {
	return c.do(w, func(api *client.Client, id string) (wire.Schedule, error) { return api.Schedule(ctx, id) })
}

type schedulePauseCommand struct{ oneSchedule }

// Run lets a schedule rest.
func (c *schedulePauseCommand) Run(ctx context.Context, w *world) error {
	return c.do(w, func(api *client.Client, id string) (wire.Schedule, error) { return api.PauseSchedule(ctx, id) })
}

type scheduleResumeCommand struct{ oneSchedule }

// Run lets a schedule fire again.
func (c *scheduleResumeCommand) Run(ctx context.Context, w *world) error {
	return c.do(w, func(api *client.Client, id string) (wire.Schedule, error) { return api.ResumeSchedule(ctx, id) })
}

type scheduleRunCommand struct {
	oneSchedule
	waitFlags
}

// Run makes a schedule's message now.
func (c *scheduleRunCommand) Run(ctx context.Context, w *world) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	accepted, err := api.RunSchedule(ctx, string(c.ID))
	if err != nil {
		return err
	}
	if c.Wait {
		return c.follow(ctx, w, api, accepted)
	}
	return show(w, accepted, w.accepted)
}

type schedulesDeleteCommand struct {
	IDs []messageID `arg:"" name:"id" help:"The schedules' ids."`
}

// Run deletes schedules.
func (c *schedulesDeleteCommand) Run(ctx context.Context, w *world) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	return w.each(c.IDs, func(id string) error {
		if err := api.DeleteSchedule(ctx, id); err != nil {
			return err
		}
		w.print.Notef("deleted %s", id)
		return nil
	})
}

func (w *world) schedule(s wire.Schedule) error {
	text, fields := messageText(s.Payload)
	pairs := [][2]output.Cell{
		output.Pair("id", output.Cell{Text: s.ID, Tone: output.Strong}),
		output.Pair("name", output.Cell{Text: s.Name}),
		output.Pair("state", output.Status(rest(s))),
		output.Pair("expression", output.Cell{Text: s.Expression}),
		output.Pair("time zone", output.Cell{Text: s.Timezone}),
		output.Pair("when", output.Cell{Text: s.Sentence}),
		output.Pair("type", output.Cell{Text: s.MessageType}),
		output.Pair("text", output.Cell{Text: text}),
		output.Pair("fields", output.Cell{Text: fields}),
		output.Pair("made by", output.Cell{Text: s.CreatedBy}),
		output.Pair("changed by", output.Cell{Text: s.ChangedBy}),
	}
	return w.print.Pairs(append(pairs, nextRuns(s.NextRuns)...)...)
}

func nextRuns(runs []time.Time) [][2]output.Cell {
	pairs := make([][2]output.Cell, 0, len(runs))
	for i, at := range runs {
		name := ""
		if i == 0 {
			name = "next runs"
		}
		pairs = append(pairs, output.Pair(name, output.Cell{Text: output.Time(at)}))
	}
	return pairs
}
