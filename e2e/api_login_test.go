package e2e_test

import (
	"bufio"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/stack"
)

func TestAPersonSignsInAtTheCommandLine(t *testing.T) {
	s := begin(t)
	c := cli{scenario: s, home: t.TempDir()} // no token: what login stores is all there is
	require.Equal(t, exitNotAllowed, c.run("whoami").code)
	c.login(s.userOf(operator))
	require.Contains(t, c.ok("whoami").out, "user:operator")
	c.sent("from a terminal")
	s.allCompleted(soon)
	c.requirePrivate()

	c.ok("logout")
	require.Equal(t, exitNotAllowed, c.run("whoami").code)
	s.books()
}

// login signs in as a person does: the command shows the page's address, and a browser on this machine comes back to it.
func (c cli) login(user stack.User) {
	c.Helper()
	cmd := c.command("login", "--no-browser")
	shown, err := cmd.StderrPipe()
	require.NoError(c, err)
	require.NoError(c, cmd.Start())
	back := ""
	lines := bufio.NewScanner(shown)
	for back == "" && lines.Scan() {
		if page := strings.TrimSpace(lines.Text()); strings.HasPrefix(page, deployed.SignInURL) {
			back = c.typePassword(page, user)
		}
	}
	path, ours := strings.CutPrefix(back, contract.CLICallbackURL)
	require.True(c, ours, "%s; the last line was: %s", back, lines.Text())
	page := c.askAt(contract.CLICallbackURL, request{method: http.MethodGet, path: path})
	require.Equal(c, http.StatusOK, page.status)
	require.Contains(c, string(page.body), "You are signed in")
	for lines.Scan() { // it ends when the command does
		c.Log(lines.Text())
	}
	require.NoError(c, cmd.Wait())
}

// requirePrivate requires that only their owner can read what login stored.
func (c cli) requirePrivate() {
	c.Helper()
	files := 0
	require.NoError(c, filepath.WalkDir(c.home, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil && strings.HasSuffix(path, ".json") {
			files++
			require.Equal(c, os.FileMode(0o600), info.Mode().Perm(), path)
		}
		return err
	}))
	require.Positive(c, files)
}
