package cli

import (
	"context"
	"errors"
	"io/fs"

	"github.com/rezagent/rez_agent/internal/cli/output"
	"github.com/rezagent/rez_agent/internal/cli/signin"
	"github.com/rezagent/rez_agent/internal/wire"
)

type loginCommand struct {
	NoBrowser bool `help:"Only print the sign-in page's address; open it in a browser on this machine."`
}

// Help is the command's longer help.
func (*loginCommand) Help() string {
	return `Opens the deployment's sign-in page in a browser and waits until you have signed in there. The tokens are kept in
a file that only you can read; the deployment is remembered, so that later commands need no --url.`
}

// Run signs in and says who it was.
func (c *loginCommand) Run(ctx context.Context, w *world) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	config, err := api.SignInConfig(ctx)
	if err != nil {
		return err
	}
	login := signin.Login{HTTP: w.env.HTTP, Callback: w.env.Callback, Show: c.show(w)}
	session, err := login.Run(ctx, api.BaseURL, config)
	if err != nil {
		return err
	}
	if err := errors.Join(w.sessions.Save(session), w.sessions.Remember(api.BaseURL)); err != nil {
		return err
	}
	api.Token = func(context.Context) (string, error) { return session.AccessToken, nil }
	me, err := api.Me(ctx)
	if err != nil {
		return err
	}
	if w.env.Getenv(envToken) != "" {
		w.print.Notef("note: %s is set, and wins over this sign-in", envToken)
	}
	return show(w, me, func(me wire.Me) error {
		return w.print.Line(output.Plain("signed in to "+api.BaseURL, "as "+me.Name, me.Role)...)
	})
}

func (c *loginCommand) show(w *world) func(context.Context, string) {
	return func(ctx context.Context, address string) {
		if c.NoBrowser {
			w.print.Notef("Open this address in a browser on this machine; this waits:")
			w.print.Notef("%s", address)
			return
		}
		w.print.Notef("Your browser shows where to sign in; this waits. If no page opens, open this address:")
		w.print.Notef("%s", address)
		go func() { // what opens the browser may stay as long as the browser does
			if err := w.env.OpenBrowser(ctx, address); err != nil && ctx.Err() == nil {
				w.print.Notef("(no browser was opened: %s)", err)
			}
		}()
	}
}

type logoutCommand struct{}

// Run forgets the sign-in, also where it cannot be revoked.
func (*logoutCommand) Run(ctx context.Context, w *world) error {
	address, err := w.address()
	if err != nil {
		return err
	}
	session, err := w.sessions.Load(address)
	if errors.Is(err, fs.ErrNotExist) {
		w.print.Notef("nobody is signed in to %s", address)
		return nil
	}
	if err != nil {
		return errors.Join(err, w.sessions.Delete(address))
	}
	revoked := signin.Revoke(ctx, w.env.HTTP, session)
	if err := w.sessions.Delete(address); err != nil {
		return err
	}
	if revoked != nil {
		return &failure{"signed out here, but not there: " + revoked.Error(), "the sign-in ends there by itself"}
	}
	w.print.Notef("signed out of %s; an access token that was copied elsewhere works until it ends", address)
	return nil
}

type whoamiCommand struct{}

// Run shows who is signed in.
func (*whoamiCommand) Run(ctx context.Context, w *world) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	me, err := api.Me(ctx)
	if err != nil {
		return err
	}
	return show(w, me, func(me wire.Me) error {
		return w.print.Pairs(
			output.Pair("name", output.Cell{Text: me.Name, Tone: output.Strong}),
			output.Pair("role", output.Cell{Text: me.Role}),
			output.Pair("deployment", output.Cell{Text: api.BaseURL}),
			output.Pair("token until", output.Cell{Text: output.TimeIf(me.ExpiresAt)}),
		)
	})
}
