package stack_test

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/ports"
	"github.com/rezagent/rez_agent/local/process"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/steps"
)

// running writes the addresses of a stack that a process runs.
func running(t *testing.T, root, name string, pid int) {
	t.Helper()
	require.NoError(t, os.MkdirAll(stack.Dir(root, name), 0o755))
	text, err := json.Marshal(stack.Addresses{Name: name, PID: pid, TimeDivisor: 60, QueueURL: "http://127.0.0.1:1/q"})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(stack.Dir(root, name), "stack.json"), text, 0o600))
}

func TestARunningStackIsFoundByItsName(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	running(t, root, "dev", os.Getpid())
	a, err := stack.Open(root, "dev")
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:1/q", a.QueueURL)
	require.Equal(t, int64(500), a.Settings().Backoff.Milliseconds(), "30 s, divided by the stack's 60")
}

func TestAStackThatDoesNotRunIsToldWithWhatToDo(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	ended := exec.CommandContext(t.Context(), "true")
	require.NoError(t, ended.Run())
	running(t, root, "killed", ended.Process.Pid)
	for _, name := range []string{"killed", "never-started"} {
		_, err := stack.Open(root, name)
		var problem *steps.Problem
		require.ErrorAs(t, err, &problem)
		require.EqualError(t, err, "stack "+name+": it is not running")
		require.Contains(t, problem.Do, "make dev")
	}
}

func TestASecondStackOfTheSameNameIsRefused(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	release, err := process.Lock(t.Context(), filepath.Join(stack.Dir(root, "dev"), "lock"), func() {})
	require.NoError(t, err)
	defer func() { require.NoError(t, release()) }()
	running(t, root, "dev", os.Getpid())

	var out strings.Builder
	_, err = stack.Start(t.Context(), stack.Options{Root: root, Name: "dev", Printer: steps.New(&out)})
	require.ErrorContains(t, err, "a stack of this name is running already")
	require.Contains(t, out.String(), "NAME=<name>")
	_, err = stack.Open(root, "dev")
	require.NoError(t, err, "the first is left alone")
}

func TestATakenPortIsToldBeforeAnythingIsSetUp(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	taken, err := config.Listen(t.Context(), "tcp", ports.Loopback+":0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	_, text, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	port, err := strconv.Atoi(text)
	require.NoError(t, err)

	for setting, options := range map[string]stack.Options{
		"EMULATOR_PORT": {EmulatorPort: port}, "NTFY_PORT": {NtfyPort: port}, "API_PORT": {APIPort: port},
	} {
		options.Root, options.Name, options.Printer = t.TempDir(), "dev", steps.New(io.Discard)
		_, err = stack.Start(t.Context(), options)
		var problem *steps.Problem
		require.ErrorAs(t, err, &problem)
		require.ErrorContains(t, err, "port "+text+" on 127.0.0.1 is taken")
		require.Contains(t, problem.Do, setting+"=<port>")
	}
}
