// Package build compiles what the local stack deploys: every Lambda for this machine, and the CDK app. Go's own cache
// decides what must be compiled again; a file whose bytes did not change is not touched, so that the CDK sees no change.
package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/process"
	"github.com/rezagent/rez_agent/local/steps"
)

// App is where the compiled CDK app stands, relative to the project.
const App = "build/bin/infra"

// Assets is the folder of the compiled Lambdas, relative to the project: <architecture>/<task>/bootstrap.
const Assets = "build/lambda"

// Everything compiles the Lambdas for this machine and the CDK app.
func Everything(ctx context.Context, root string, report steps.Report) error {
	release, err := process.Lock(ctx, filepath.Join(root, "build/local/build.lock"), func() { report("waiting for another build") })
	if err != nil {
		return err
	}
	report("compiling the CDK app (the first time takes a minute)")
	err = compile(ctx, root, App, nil, "./infra/app")
	if err == nil {
		err = Lambdas(ctx, root, runtime.GOARCH, report)
	}
	return errors.Join(err, release())
}

// Lambdas compiles every Lambda for an architecture (Go's name for it), and reports how many have changed.
func Lambdas(ctx context.Context, root, arch string, report steps.Report) error {
	report("compiling the Lambdas for " + arch)
	fresh := filepath.Join("build", "bin", "lambda", arch)
	if err := os.MkdirAll(filepath.Join(root, fresh), 0o755); err != nil {
		return fmt.Errorf("make the Lambdas' folder: %w", err)
	}
	if err := Lambda(ctx, root, arch, fresh+string(filepath.Separator), "./tasks/..."); err != nil {
		return err
	}
	changed, all := 0, programs()
	for _, task := range all {
		from := filepath.Join(root, fresh, string(task))
		different, err := install(from, filepath.Join(root, Assets, arch, string(task), "bootstrap"))
		if err != nil {
			return err
		}
		if different {
			changed++
		}
	}
	report(fmt.Sprintf("%d Lambdas for %s, %d changed", len(all), arch, changed))
	return nil
}

// programs are the Lambdas with code of their own, those of a channel that a stage may have among them.
func programs() []contract.Task {
	var all []contract.Task
	for _, task := range contract.AllTasks() {
		if task.Program() == task {
			all = append(all, task)
		}
	}
	return all
}

// Lambda compiles packages as Lambdas, for an architecture, into a file or a folder with "/" at its end.
func Lambda(ctx context.Context, root, arch, out, packages string) error {
	return compile(ctx, root, out, []string{"GOOS=linux", "GOARCH=" + arch}, "-ldflags", "-s -w -buildid=", packages)
}

// compile uses the same flags for the CDK app as for the Lambdas, and the Makefile for all else: packages that they
// share are then compiled once.
func compile(ctx context.Context, root, out string, env []string, args ...string) error {
	flags := []string{"build", "-trimpath", "-tags", "lambda.norpc", "-o", out}
	cmd := exec.CommandContext(ctx, "go", append(flags, args...)...)
	cmd.Dir, cmd.Env = root, append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	if log, err := cmd.CombinedOutput(); err != nil {
		return &steps.Problem{
			Part: "build", Err: fmt.Errorf("go build %s: %w", args[len(args)-1], err),
			Do: "mend what the compiler says above", Log: string(log),
		}
	}
	return nil
}

// install copies a binary to its place, unless the same bytes are there, and says whether it did.
func install(from, to string) (bool, error) {
	binary, err := os.ReadFile(from)
	if err != nil {
		return false, fmt.Errorf("read the compiled Lambda: %w", err)
	}
	have, err := os.ReadFile(to)
	if err == nil && bytes.Equal(have, binary) {
		return false, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("read the Lambda that is there: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return false, fmt.Errorf("make the Lambda's folder: %w", err)
	}
	if err := os.WriteFile(to, binary, 0o755); err != nil {
		return false, fmt.Errorf("write the Lambda: %w", err)
	}
	return true, nil
}
