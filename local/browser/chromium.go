// Package browser runs the dashboard's tests and pictures in a real Chromium, against a stack of this machine.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/local/process"
	"github.com/rezagent/rez_agent/local/steps"
)

// chosen is the environment variable that names the browser; empty looks for one.
const chosen = "CHROMIUM"

// grace is how long apt-get and Playwright get to stop when the user interrupts them.
const grace = 5 * time.Second

// names are what a Chromium is called on PATH; web/playwright.config.ts has the same ones.
func names() []string {
	return []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
}

// Chromium gives the browser's path: the one that CHROMIUM names, one of PATH, or one that it installs where this is a
// Debian-like system and the user is root. Where none can be had, its error is a *steps.Problem that says what to install.
func Chromium(ctx context.Context, report steps.Report) (string, error) {
	return chromium(ctx, os.Geteuid() == 0, report)
}

func chromium(ctx context.Context, root bool, report steps.Report) (string, error) {
	if path := os.Getenv(chosen); path != "" {
		if _, err := exec.LookPath(path); err != nil {
			return "", problem(fmt.Errorf("%s=%s is no program", chosen, path), "set it to the path of a Chromium or Chrome, or unset it", "")
		}
		report(path)
		return path, nil
	}
	path := look()
	if path == "" {
		if err := install(ctx, root, report); err != nil {
			return "", err
		}
		path = look()
	}
	if path == "" {
		return "", missing("apt-get installed a package that has none")
	}
	report(path)
	return path, nil
}

func look() string {
	for _, name := range names() {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// install asks the system's package manager; it does not guess at others than Debian's.
func install(ctx context.Context, root bool, report steps.Report) error {
	apt, err := exec.LookPath("apt-get")
	if err != nil {
		return missing("there is none in PATH")
	}
	if !root {
		return missing("there is none in PATH, and only root may install it")
	}
	for _, args := range [][]string{
		{"update"},
		{"install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", "chromium"},
	} {
		cmd := exec.CommandContext(context.WithoutCancel(ctx), apt, args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		log, err := process.RunLines(ctx, cmd, grace, func(line string) { report("apt-get " + args[0] + ": " + words(line)) })
		if err != nil {
			return problem(fmt.Errorf("apt-get %s: %w", args[0], err), "read apt-get's words above, "+remedy, log)
		}
	}
	return nil
}

// words is as much of a line as a progress line has room for.
func words(line string) string {
	const most = 60
	line = strings.TrimSpace(line)
	return line[:min(len(line), most)]
}

const remedy = "install Chromium or Chrome (on Debian: apt-get install chromium), or set CHROMIUM=<path>"

func missing(what string) error { return problem(errors.New(what), remedy, "") }

func problem(err error, do, log string) error {
	return &steps.Problem{Part: "Chromium", Err: err, Do: do, Log: log}
}
