package process_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rezagent/rez_agent/local/process"
)

const patience = 10 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a shell script that prints one line when it is ready, and gives that line.
func start(t *testing.T, script string) (*process.Process, string) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), "sh", "-c", script)
	// A pipe of our own: the command's is closed when the program ends, perhaps before the line was read.
	out, in, err := os.Pipe()
	require.NoError(t, err)
	cmd.Stdout = in
	p, err := process.Start(cmd)
	require.NoError(t, errors.Join(err, in.Close()))
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, errors.Join(err, out.Close()))
	return p, strings.TrimSpace(line)
}

func alive(t *testing.T, pid string) bool {
	t.Helper()
	number, err := strconv.Atoi(pid)
	require.NoError(t, err)
	state, err := exec.CommandContext(t.Context(), "ps", "-o", "stat=", "-p", strconv.Itoa(number)).Output()
	return err == nil && !strings.HasPrefix(strings.TrimSpace(string(state)), "Z")
}

func TestStopEndsTheProgramAndItsChildren(t *testing.T) {
	t.Parallel()
	p, child := start(t, "sleep 1000 & echo $!; wait")
	require.True(t, alive(t, child))
	require.NoError(t, p.Stop(patience))
	require.Eventually(t, func() bool { return !alive(t, child) }, patience, 10*time.Millisecond)
}

func TestStopKillsWhatDoesNotListen(t *testing.T) {
	t.Parallel()
	p, _ := start(t, "trap '' TERM; echo ready; while :; do sleep 1; done")
	began := time.Now()
	require.NoError(t, p.Stop(50*time.Millisecond))
	require.Less(t, time.Since(began), patience)
	require.ErrorContains(t, p.Err(), "killed")
}

func TestStopMayComeAgainAndAfterTheEnd(t *testing.T) {
	t.Parallel()
	p, _ := start(t, "echo ready")
	require.NoError(t, p.Err())
	require.NoError(t, p.Stop(time.Second))
	require.NoError(t, p.Stop(time.Second))
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := process.Run(ctx, exec.CommandContext(context.Background(), "sleep", "1000"), patience)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestRunTellsTheExitCode(t *testing.T) {
	t.Parallel()
	err := process.Run(t.Context(), exec.CommandContext(context.Background(), "sh", "-c", "exit 7"), patience)
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 7, exit.ExitCode())
}

func TestStartSaysWhichProgramIsMissing(t *testing.T) {
	t.Parallel()
	_, err := process.Start(exec.CommandContext(context.Background(), "/no/such/program"))
	require.ErrorIs(t, err, syscall.ENOENT)
	require.ErrorContains(t, err, "/no/such/program")
}

func TestLockIsHeldByOneAndWaitedForByTheOther(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "deep", "lock")
	release, err := process.Lock(t.Context(), path, func() { t.Error("a free lock needs no waiting") })
	require.NoError(t, err)

	waiting := make(chan struct{})
	taken := make(chan error)
	go func() {
		again, err := process.Lock(t.Context(), path, func() { close(waiting) })
		if err == nil {
			err = again()
		}
		taken <- err
	}()
	<-waiting
	require.NoError(t, release())
	require.NoError(t, <-taken)
}

func TestLockWaitsNoLongerThanItsContext(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	release, err := process.Lock(t.Context(), path, func() {})
	require.NoError(t, err)
	defer func() { require.NoError(t, release()) }()
	ctx, cancel := context.WithCancel(t.Context())
	_, err = process.Lock(ctx, path, cancel)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, path)
}
