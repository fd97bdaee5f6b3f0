package main

import (
	"context"
	"fmt"

	"github.com/rezagent/rez_agent/local/stack"
)

type roleFlag struct {
	Role string `default:"operator" enum:"viewer,operator" help:"Whose: viewer reads, operator also acts."`
}

type tokenCommand struct{ roleFlag }

func (c tokenCommand) Run(ctx context.Context, w world) error {
	_, token, err := c.signIn(ctx, w)
	if err != nil {
		return err
	}
	return printLine(w, token)
}

type envCommand struct{ roleFlag }

func (c envCommand) Run(ctx context.Context, w world) error {
	a, token, err := c.signIn(ctx, w)
	if err != nil {
		return err
	}
	return printLine(w, "export REZAGENT_URL="+a.APIURL+" REZAGENT_TOKEN="+token)
}

// signIn gets a token of a running stack for the chosen role.
func (f roleFlag) signIn(ctx context.Context, w world) (*stack.Addresses, string, error) {
	a, err := stack.Open(w.root, w.name)
	if err != nil {
		return nil, "", err
	}
	token, err := a.Token(ctx, f.Role)
	return a, token, err
}

func printLine(w world, text string) error {
	if _, err := fmt.Fprintln(w.out, text); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
