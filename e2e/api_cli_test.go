package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/stack"
)

// Exit codes of the command line.
const (
	exitDone       = 0
	exitFailed     = 1
	exitUsage      = 2
	exitNotAllowed = 3
	exitNotFound   = 4
)

// rezagent builds the command line once, into the stack's own folder.
var rezagent = sync.OnceValues(func() (string, error) {
	root, err := filepath.Abs("..")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(stack.Dir(root, deployed.Name), "rezagent")
	log, err := exec.Command("go", "build", "-o", binary, "../cmd/rezagent").CombinedOutput()
	if err != nil {
		return "", errors.New(string(log))
	}
	return binary, nil
})

// cli is somebody at a terminal; without a token they are signed in by login, or not at all.
type cli struct {
	*scenario

	token, home string
}

func (s *scenario) cli(role string) cli {
	s.Helper()
	return cli{s, s.token(role), s.TempDir()}
}

// command is rezagent as somebody runs it.
func (c cli) command(args ...string) *exec.Cmd {
	c.Helper()
	binary, err := rezagent()
	require.NoError(c, err)
	cmd := exec.CommandContext(c.context(), binary, args...)
	cmd.Env = []string{"HOME=" + c.home, "PATH=" + os.Getenv("PATH"), "REZAGENT_URL=" + deployed.APIURL, "REZAGENT_TOKEN=" + c.token}
	return cmd
}

// said is what a command printed, and how it ended.
type said struct {
	out, err string
	code     int
}

func (c cli) run(args ...string) said {
	c.Helper()
	cmd := c.command(args...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(c, err)
	}
	return said{out.String(), problems.String(), cmd.ProcessState.ExitCode()}
}

// ok requires that a command did what it was asked to.
func (c cli) ok(args ...string) said {
	c.Helper()
	got := c.run(args...)
	require.Equal(c, exitDone, got.code, "%s: %s%s", strings.Join(args, " "), got.out, got.err)
	return got
}

// last is the last line of a command with --output json.
func last[T any](c cli, got said) T {
	c.Helper()
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	var into T
	require.NoError(c, json.Unmarshal([]byte(lines[len(lines)-1]), &into), "%+v", got)
	return into
}

type identified struct {
	ID string `json:"id"`
}

// sent sends a text without waiting and gives the message's id.
func (c cli) sent(text string) string {
	c.Helper()
	id := last[identified](c, c.ok("send", "--output", "json", text)).ID
	c.ids = append(c.ids, id)
	return id
}
