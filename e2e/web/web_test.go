// Package web_test walks through the dashboard in a real browser: first each of its pages in every state over an API that
// is played, then whole stories over a stack of their own, whose emulator checks every Lambda's role. The tests themselves
// are in web/e2e; they print how long each took.
package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/backstage"
	"github.com/rezagent/rez_agent/local/browser"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/steps"
)

// timeDivisor makes the breaker's cool-down 1.5 s, its longest 15 s, and the first wait of a message 1.5 s.
const timeDivisor = 20

// One browser at a time: the machine has a stack to run beside it.
func TestTheDashboard(t *testing.T) { //nolint:paralleltest // the two parts share one browser's worth of machine
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	printer := steps.New(os.Stdout)
	playwright, err := browser.Prepare(t.Context(), root, printer)
	require.NoError(t, err)

	t.Run("pages", func(t *testing.T) {
		require.NoError(t, playwright.Run(t.Context(), browser.Pages, os.Stdout))
	})
	t.Run("stories", func(t *testing.T) {
		s := started(t, root, printer)
		behind, err := backstage.Open(t.Context(), s)
		require.NoError(t, err)
		defer func() { require.NoError(t, behind.Close()) }()
		env, err := browser.Environment(s, behind.URL)
		require.NoError(t, err)
		require.NoError(t, playwright.Run(t.Context(), browser.Stories, os.Stdout, env...))
	})
}

func started(t *testing.T, root string, printer *steps.Printer) *stack.Stack {
	t.Helper()
	name := fmt.Sprintf("web-%d", os.Getpid())
	s, err := stack.Start(t.Context(), stack.Options{
		Root: root, Name: name, IAM: true, TimeDivisor: timeDivisor, Printer: printer,
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, s.Stop())
		if !t.Failed() { // otherwise the emulator's log is worth a look
			require.NoError(t, os.RemoveAll(stack.Dir(root, name)))
		}
	})
	return s
}
