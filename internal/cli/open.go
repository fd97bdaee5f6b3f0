package cli

import (
	"context"
	"errors"
	"net/http"

	"github.com/rezagent/rez_agent/internal/cli/output"
	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/wire"
)

type openCommand struct {
	ID    messageID `arg:"" optional:"" help:"The message's id; the newest message's where there is none."`
	Print bool      `help:"Only print the address."`
}

// Run opens the newest execution of a message.
func (c *openCommand) Run(ctx context.Context, w *world) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	message, err := c.message(ctx, api)
	if err != nil {
		return err
	}
	if w.print.AsJSON {
		return w.print.JSON(message.Links)
	}
	link := message.Links.Execution
	if link == "" {
		return &failure{"message " + message.ID + " has no execution yet: it is " + message.Status, "`rezagent tail " + message.ID + "` follows it"}
	}
	if !c.Print && w.env.OutTerminal {
		if err := w.env.OpenBrowser(ctx, link); err != nil {
			w.print.Notef("(no browser was opened: %s)", err)
		}
	}
	return w.print.Line(output.Cell{Text: link})
}

func (c *openCommand) message(ctx context.Context, api *client.Client) (wire.Message, error) {
	if c.ID != "" {
		return api.Message(ctx, string(c.ID))
	}
	page, err := api.Messages(ctx, wire.MessageFilter{}, "", 1)
	if err != nil {
		return wire.Message{}, err
	}
	if len(page.Items) == 0 {
		return wire.Message{}, &failure{"there is no message yet", "`rezagent send` makes one"}
	}
	return api.Message(ctx, page.Items[0].ID)
}

func isNotFound(err error) bool {
	var problem *client.Problem
	return errors.As(err, &problem) && problem.Status == http.StatusNotFound
}
