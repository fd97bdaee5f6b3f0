package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rezagent/rez_agent/local/backstage"
	"github.com/rezagent/rez_agent/local/browser"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/steps"
)

type screenshotsCommand struct {
	Folder string `default:"docs/img/dashboard" help:"Where the pictures go, in the project; those that are there are replaced."`
}

// Run takes the dashboard's pictures on a stack of its own that has seen a little of everything.
func (c screenshotsCommand) Run(ctx context.Context, w world) error {
	playwright, err := browser.Prepare(ctx, w.root, w.printer)
	if err != nil {
		return errPrinted
	}
	folder := filepath.Join(w.root, c.Folder)
	if err := emptied(folder); err != nil {
		return err
	}
	s, err := stack.Start(ctx, stack.Options{Root: w.root, Name: w.name + "-screenshots", Printer: w.printer})
	if err != nil {
		return errPrinted
	}
	err = pictures(ctx, w, s, playwright, folder)
	return errors.Join(err, w.printer.Do("stop", func(steps.Report) error { return s.Stop() }))
}

func pictures(ctx context.Context, w world, s *stack.Stack, playwright *browser.Playwright, folder string) error {
	behind, err := backstage.Open(ctx, s)
	if err != nil {
		return err
	}
	env, err := browser.Environment(s, behind.URL)
	if err != nil {
		return errors.Join(err, behind.Close())
	}
	err = playwright.Run(ctx, browser.Pictures, w.out, append(env, "SCREENSHOTS="+folder)...)
	return errors.Join(err, behind.Close())
}

// emptied removes the pictures of before, so that none stays whose page is gone.
func emptied(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the pictures' folder: %w", err)
	}
	old, err := filepath.Glob(filepath.Join(folder, "*.png"))
	for _, picture := range old {
		err = errors.Join(err, os.Remove(picture))
	}
	if err != nil {
		return fmt.Errorf("remove the pictures of before: %w", err)
	}
	return nil
}
