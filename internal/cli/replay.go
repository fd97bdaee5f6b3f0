package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/wire"
)

type replayCommand struct {
	IDs []messageID `arg:"" optional:"" name:"id" help:"The messages' ids."`

	filterFlags
	waitFlags

	Yes bool `help:"Do not ask before replaying what a filter chooses."`
}

// Help is the command's longer help.
func (*replayCommand) Help() string {
	return `A completed or failed message is delivered once more, as new; a deferred one becomes due now. With a filter, the
messages are counted first, and replayed by the deployment itself once you have said yes: the command then shows how far
that is, and you may leave it (Ctrl-C) without stopping it.`
}

// Run replays what is named, or what the filter chooses.
func (c *replayCommand) Run(ctx context.Context, w *world) error {
	filter := c.filter(w.env.Now())
	filtered := filter != wire.MessageFilter{}
	switch {
	case filtered && len(c.IDs) > 0:
		return &usageError{problem: "there are ids and a filter", do: "give one or the other"}
	case !filtered && len(c.IDs) == 0:
		return &usageError{problem: "nothing says what to replay", do: "give ids, or a filter such as --status failed --created-after 24h"}
	case filtered && filter.Status == "":
		return &usageError{problem: "the filter needs a status", do: "add --status failed, completed or deferred"}
	}
	api, err := w.client()
	if err != nil {
		return err
	}
	if filtered {
		return c.byFilter(ctx, w, api, filter)
	}
	return w.each(c.IDs, func(id string) error { return c.one(ctx, w, api, id) })
}

func (c *replayCommand) one(ctx context.Context, w *world, api *client.Client, id string) error {
	accepted, err := api.Replay(ctx, id, 0)
	if err != nil {
		return err
	}
	if c.Wait {
		return c.follow(ctx, w, api, accepted)
	}
	return show(w, accepted, w.accepted)
}

func (c *replayCommand) byFilter(ctx context.Context, w *world, api *client.Client, filter wire.MessageFilter) error {
	counted, err := api.CreateReplay(ctx, wire.CreateReplay{Filter: filter, DryRun: true})
	if err != nil {
		return err
	}
	if counted.Count == "0" {
		w.print.Notef("no message matches: nothing to replay")
		return nil
	}
	if c.Yes {
		w.print.Notef("the filter chooses %s", messages(counted.Count))
	}
	if err := w.confirm(ctx, fmt.Sprintf("Replay %s?", messages(counted.Count)), c.Yes); err != nil {
		return err
	}
	job, err := api.CreateReplay(ctx, wire.CreateReplay{Filter: filter})
	if err != nil {
		return err
	}
	err = w.followJob(ctx, api, job)
	if errors.Is(err, context.Canceled) {
		w.print.Notef("the replay goes on: `rezagent replays show %s` looks at it, `rezagent replays cancel %s` stops it", job.ID, job.ID)
	}
	return err
}

func messages(count string) string {
	if count == "1" {
		return "1 message"
	}
	return count + " messages"
}
