package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/stack"
)

// These run the built command as a person does: minutes on a slow machine, so `go test -short` leaves them out.

// wholeWithin bounds one run; it takes ten seconds where everything is built and nobody else uses the machine.
const wholeWithin = 8 * time.Minute

func command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	if testing.Short() {
		t.Skip("starts whole stacks")
	}
	root, err := project()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(stack.Dir(root, name))) })
	binary := filepath.Join(t.TempDir(), "local")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), wholeWithin)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(os.Environ(), "NAME="+name, "NTFY_URL=", "EMULATOR_PORT=0", "NTFY_PORT=0", "API_PORT=0", "IAM=false", "TIME_DIVISOR=1")
	return cmd
}

func TestTwoStacksRunSideBySide(t *testing.T) {
	t.Parallel()
	commands := []*exec.Cmd{command(t, "test-left", "demo"), command(t, "test-right", "demo")}
	outputs := make([]bytes.Buffer, len(commands))
	for i, cmd := range commands {
		cmd.Stdout, cmd.Stderr = &outputs[i], &outputs[i]
		require.NoError(t, cmd.Start())
	}
	for i, cmd := range commands {
		require.NoError(t, cmd.Wait(), outputs[i].String())
		require.Contains(t, outputs[i].String(), "ntfy shows it")
	}
}

func TestCtrlCLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for moment, line := range map[string]string{
		"while-it-deploys":     "start the emulator",
		"while-it-shows-logs":  "Logs of all Lambdas",
		"before-anything-runs": "check name and ports",
	} {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			name := "test-" + moment
			cmd := command(t, name, "dev")
			out, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			reader := bufio.NewReader(out)
			waitFor(t, reader, line)
			require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
			rest, err := io.ReadAll(reader)
			require.NoError(t, err)
			_ = cmd.Wait() // 130 or 0, by the moment
			require.NotContains(t, string(rest), "panic")
			require.Empty(t, processesOf(t, name))
			root, err := project()
			require.NoError(t, err)
			_, err = stack.Open(root, name)
			require.Error(t, err, "nobody finds a stack that is gone")
		})
	}
}

func waitFor(t *testing.T, from *bufio.Reader, text string) {
	t.Helper()
	for read := ""; ; {
		line, err := from.ReadString('\n')
		read += line
		require.NoError(t, err, read)
		if strings.Contains(line, text) && !strings.HasPrefix(line, "…") {
			return
		}
	}
}

// processesOf lists what still runs of a stack: every part has its folder among its arguments or in its environment.
func processesOf(t *testing.T, name string) []string {
	t.Helper()
	root, err := project()
	require.NoError(t, err)
	all, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	if len(all) == 0 {
		t.Skip("no /proc here")
	}
	var found []string
	for _, process := range all {
		arguments, _ := os.ReadFile(filepath.Join(process, "cmdline"))   // one that has just ended,
		environment, _ := os.ReadFile(filepath.Join(process, "environ")) // or is not ours, has neither
		if bytes.Contains(append(arguments, environment...), []byte(stack.Dir(root, name)+"/")) {
			found = append(found, string(arguments))
		}
	}
	return found
}
