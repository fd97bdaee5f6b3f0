package mutation

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// outcome is what one go test said.
type outcome struct {
	// passed: every test did.
	passed bool
	// built is false where it did not compile.
	built bool
	// timedOut: a test did not end.
	timedOut bool
	// failed is the first test that failed; it is the package where none of its tests did.
	failed string
	// output is what was printed beside the tests' own: the compiler's words.
	output string
}

// killAfter is how long go test has to end by itself once its tests' own timeout is over.
const killAfter = 30 * time.Second

// goTest runs tests once. An error means that it is not known how they ended.
func (r *Runner) goTest(ctx context.Context, tests Tests, file brokenFile, timeout time.Duration) (outcome, error) {
	args := []string{"test", "-json", "-short", "-count=1", "-failfast", "-vet=off", "-p=1", fmt.Sprintf("-timeout=%s", timeout)}
	if file.overlay != "" {
		args = append(args, "-overlay="+file.overlay)
	}
	if tests.Run != "" {
		args = append(args, "-run="+tests.Run)
	}
	if tests.Skip != "" {
		args = append(args, "-skip="+tests.Skip)
	}
	args = append(args, tests.Package)
	if r.rapid[tests.Package] { // it would note each failure in the package's folder
		args = append(args, "-rapid.nofailfile")
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = r.Root, environment(file.set)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) } // the test with the go command
	cmd.WaitDelay = killAfter
	var out, faults bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &faults
	err := cmd.Run()
	if ctx.Err() != nil {
		return outcome{}, context.Cause(ctx)
	}
	if _, ran := errors.AsType[*exec.ExitError](err); err != nil && !ran {
		return outcome{}, fmt.Errorf("go test %s: %w", tests, err)
	}
	o := read(out.Bytes())
	o.passed = err == nil
	o.output = strings.TrimSpace(o.output + faults.String())
	if !o.passed && o.built && o.failed == "" {
		return o, fmt.Errorf("go test %s: %w: %s", tests, err, o.output)
	}
	return o, nil
}

// environment is this program's own without what makes tests write instead of compare, and with what is set for them.
func environment(set string) []string {
	own := slices.DeleteFunc(os.Environ(), func(set string) bool { return strings.HasPrefix(set, "UPDATE_GOLDEN=") })
	if set == "" {
		return own
	}
	return append(own, set)
}

// event is a line of go test -json.
type event struct {
	Action, Package, Test, Output, FailedBuild string
}

// read takes from go test's events what they say of the whole.
func read(events []byte) outcome {
	o := outcome{built: true}
	lines := bufio.NewScanner(bytes.NewReader(events))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue // not an event: something printed past the test's own output
		}
		switch {
		case e.Action == "build-output":
			o.output += e.Output
		case e.Action == "build-fail", e.FailedBuild != "":
			o.built = false
		case e.Action == "output" && strings.HasPrefix(e.Output, "panic: test timed out after"):
			o.timedOut = true
		case e.Action == "output" && o.timedOut && strings.HasPrefix(e.Output, "\t\t"):
			o.failed, _, _ = strings.Cut(strings.TrimSpace(e.Output), " ") // the last of the tests that were running: the innermost
		case e.Action == "fail" && o.failed == "":
			o.failed = e.Test
			if e.Test == "" {
				o.failed = "the package as a whole"
			}
		}
	}
	return o
}
