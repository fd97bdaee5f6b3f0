package emulator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/local/process"
	"github.com/rezagent/rez_agent/local/steps"
)

// Files of the virtualenv, relative to the project.
const (
	requirements = "requirements.txt"
	venv         = ".venv"
	venvPython   = venv + "/bin/python"
	// venvStamp says for which requirements the virtualenv was completed.
	venvStamp = venv + "/.stamp"
	venvLock  = "build/local/venv.lock"
)

// toolGrace is how long pip gets to stop when the user interrupts it.
const toolGrace = 3 * time.Second

const (
	installPython = "install Python 3.10 or newer (Debian: apt install python3 python3-venv; macOS: brew install python) and start again"
	pythonCheck   = "import sys; print(sys.version); sys.exit(sys.version_info < (3, 10))"
)

// Prepare makes the project's virtualenv with the pinned emulator in it. When it is there already and the requirements
// have not changed, that takes no time. Several processes may prepare at once.
func Prepare(ctx context.Context, root string, report steps.Report) error {
	release, err := process.Lock(ctx, filepath.Join(root, venvLock), func() { report("waiting for another set-up") })
	if err != nil {
		return err
	}
	return errors.Join(prepare(ctx, root, report), release())
}

func prepare(ctx context.Context, root string, report steps.Report) error {
	want, err := stamp(filepath.Join(root, requirements))
	if err != nil {
		return err
	}
	have, err := os.ReadFile(filepath.Join(root, venvStamp))
	if err == nil && string(have) == want && works(ctx, filepath.Join(root, venvPython)) {
		report("already there")
		return nil
	}
	python, err := findPython(ctx)
	if err != nil {
		return err
	}
	report("making " + venv)
	if err := os.RemoveAll(filepath.Join(root, venv)); err != nil {
		return fmt.Errorf("remove the old %s: %w", venv, err)
	}
	if err := install(ctx, root, python, report); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, venvStamp), []byte(want), 0o644); err != nil {
		return fmt.Errorf("note that %s is complete: %w", venv, err)
	}
	report("installed into " + venv)
	return nil
}

// stamp is the hash of the requirements.
func stamp(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the pinned emulator's version: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// works tells whether the interpreter still runs: a system update may have taken away what the virtualenv links to.
func works(ctx context.Context, python string) bool {
	return exec.CommandContext(ctx, python, "-c", "import ministack").Run() == nil
}

// findPython gives the path of an interpreter that is new enough.
func findPython(ctx context.Context) (string, error) {
	tooOld := ""
	for _, name := range []string{"python3", "python", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		version, err := exec.CommandContext(ctx, path, "-c", pythonCheck).Output()
		if err == nil {
			return path, nil
		}
		if len(version) > 0 {
			tooOld = strings.Fields(string(version))[0]
		}
	}
	if tooOld != "" {
		return "", &steps.Problem{Part: "Python", Err: fmt.Errorf("the emulator needs Python 3.10 or newer, this is %s", tooOld), Do: installPython}
	}
	return "", &steps.Problem{Part: "Python", Err: errors.New("no python3 in PATH; the emulator (the local AWS) runs on it"), Do: installPython}
}

// install makes the virtualenv and fills it. Debian splits the part that puts pip into a virtualenv into a package of
// its own; where that is missing, the system's pip fills it from outside.
func install(ctx context.Context, root, python string, report steps.Report) error {
	env, fill := filepath.Join(root, venv), []string{filepath.Join(root, venvPython), "-m", "pip"}
	if _, err := run(ctx, root, python, "-m", "venv", env); err != nil {
		if ctx.Err() != nil {
			return err
		}
		if log, err := run(ctx, root, python, "-m", "venv", "--clear", "--without-pip", env); err != nil {
			return &steps.Problem{Part: "Python", Err: fmt.Errorf("make a virtualenv: %w", err), Do: installPython, Log: log}
		}
		if log, err := run(ctx, root, python, "-m", "pip", "--version"); err != nil {
			return &steps.Problem{
				Part: "Python", Err: errors.New("neither a virtualenv with pip can be made nor is pip installed"),
				Do: "install one of them (Debian: apt install python3-venv) and start again", Log: log,
			}
		}
		fill = []string{python, "-m", "pip", "--python", filepath.Join(root, venvPython)}
	}
	report("installing the emulator and what it needs (110 MB)")
	fill = append(fill, "install", "--quiet", "--disable-pip-version-check", "--no-input", "-r", requirements)
	if log, err := run(ctx, root, fill[0], fill[1:]...); err != nil {
		return &steps.Problem{
			Part: "emulator", Err: fmt.Errorf("install %s with pip: %w", requirements, err),
			Do: "read pip's words above: mostly the network or a proxy setting; then start again", Log: log,
		}
	}
	return nil
}

// run runs a tool and gives the end of what it printed.
func run(ctx context.Context, dir, name string, args ...string) (string, error) {
	var out bytes.Buffer
	// Not tied to ctx here: process.Run ends the whole group when ctx does.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	err := process.Run(ctx, cmd, toolGrace)
	return tail(out.String()), err
}

// tail is the end of a log, short enough to be read in a terminal.
func tail(log string) string {
	const most = 12
	lines := strings.SplitAfter(strings.TrimSpace(log), "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "")
}
