package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/rezagent/rez_agent/local/deploy"
	"github.com/rezagent/rez_agent/local/process"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/steps"
)

// Project is one of web/playwright.config.ts.
type Project string

// The projects: pages over a played API, stories over a running stack, pictures of a seeded one.
const (
	Pages    Project = "pages"
	Stories  Project = "stack"
	Pictures Project = "pictures"
)

// Playwright is a browser and what drives it.
type Playwright struct {
	root, chromium string
}

// Prepare builds the dashboard, installs what drives the browser, and finds or installs the browser.
func Prepare(ctx context.Context, root string, printer *steps.Printer) (*Playwright, error) {
	p := &Playwright{root: root}
	err := printer.Do("Node.js: the dashboard", func(report steps.Report) error {
		if err := deploy.Prepare(ctx, root, "web", report); err != nil {
			return err
		}
		return deploy.Dashboard(ctx, root, report)
	})
	if err != nil {
		return nil, err
	}
	err = printer.Do("Chromium", func(report steps.Report) (err error) {
		p.chromium, err = Chromium(ctx, report)
		return err
	})
	return p, err
}

// Run runs a project's tests with some more environment and streams what they print. It fails where one of them does.
func (p *Playwright) Run(ctx context.Context, project Project, out io.Writer, env ...string) error {
	web := filepath.Join(p.root, "web")
	cmd := exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(web, "node_modules/.bin/playwright"),
		"test", "--project="+string(project))
	cmd.Dir, cmd.Stdout, cmd.Stderr = web, out, out
	cmd.Env = append(append(os.Environ(), "REZAGENT_WEB_URL=", chosen+"="+p.chromium), env...)
	return process.Run(ctx, cmd, grace)
}

// Environment tells the tests of a running stack its addresses and its users; backstage is where package backstage listens.
func Environment(s *stack.Stack, backstage string) ([]string, error) {
	users, err := json.Marshal(s.Users)
	if err != nil {
		return nil, fmt.Errorf("write the users: %w", err)
	}
	return []string{
		"REZAGENT_WEB_URL=" + s.APIURL, "REZAGENT_NTFY_URL=" + s.NtfyURL, "REZAGENT_STANDIN_URL=" + s.StandinURL,
		"REZAGENT_BACKSTAGE_URL=" + backstage, "REZAGENT_USERS=" + string(users),
	}, nil
}
