package cli

import (
	"cmp"
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/rezagent/rez_agent/internal/cli/output"
	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/internal/wire"
)

type sendCommand struct {
	Text []string `arg:"" optional:"" sep:"none" help:"The text; several arguments are joined by blanks. Standard input where there is none, or -."`

	notificationFlags
	waitFlags

	Key string `placeholder:"KEY" help:"Idempotency key: whatever is sent with the same key is one message. A new one each time where it is not given."`
}

// Help is the command's longer help.
func (*sendCommand) Help() string {
	return fmt.Sprintf("The text may have %d bytes. ", ntfy.MaxMessageBytes) +
		`A text that begins with a dash goes behind --, as in: rezagent send -- "-5 °C".
Once the command has printed the message's id, the message is written down and will be delivered. A request that gets no
answer is repeated and stays one message; if none comes at all, the command prints the key with which to try again.`
}

// Run sends the message, and follows it where that is asked for.
func (c *sendCommand) Run(ctx context.Context, w *world) error {
	payload, err := c.message(ctx, w, c.Text)
	if err != nil {
		return err
	}
	api, err := w.client()
	if err != nil {
		return err
	}
	key := cmp.Or(c.Key, uuid.NewString())
	accepted, err := api.CreateMessage(ctx, wire.CreateMessage{MessageType: c.Type, Payload: payload}, key)
	if client.Temporary(err) { // the answer may have been lost on the way
		return &failure{"it is not known whether the message was accepted: " + err.Error(), "send it again with --key " + key + ": it stays one message"}
	}
	if err != nil {
		return err
	}
	if c.Wait {
		return c.follow(ctx, w, api, accepted)
	}
	return show(w, accepted, w.accepted)
}

// accepted prints the id alone on its line's end, where it is easy to copy.
func (w *world) accepted(message wire.Accepted) error {
	if err := w.print.Line(output.Status(message.Status), output.Cell{Text: message.ID}); err != nil {
		return err
	}
	if w.env.ErrTerminal {
		w.print.Notef("`rezagent tail %s` follows it", message.ID)
	}
	return nil
}
