package steps_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/steps"
)

// What a person sees when a run goes well, then fails: compared with testdata, renewed by
// UPDATE=1 go test ./local/steps.
func TestWhatIsPrintedWithoutATerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		p := steps.New(&out)
		require.False(t, p.Terminal())

		require.NoError(t, p.Do("Check the tools", func(steps.Report) error { return nil }))
		require.NoError(t, p.Do("Build the Lambdas", func(report steps.Report) error {
			report("3 of 9")
			time.Sleep(12 * time.Second)
			report("9 of 9, 2 changed")
			return nil
		}))
		p.Titlef("Running")
		p.Pair("proxy", "http://127.0.0.1:20001")
		p.Notef("Ctrl-C stops everything.")

		problem := &steps.Problem{
			Part: "emulator", Err: errors.New("port 20000 on 127.0.0.1 is taken"),
			Do: "choose another with EMULATOR_PORT=…", Log: "first line\nlast line\n",
		}
		err := p.Do("Start the emulator", func(steps.Report) error { return problem })
		require.ErrorIs(t, err, problem)
		stopped := &steps.Problem{Part: "cdk deploy", Err: context.Canceled, Do: "read its words", Log: "half a deploy\n"}
		require.ErrorIs(t, p.Do("Deploy", func(steps.Report) error { return stopped }), context.Canceled)
		require.Error(t, p.Do("Follow the message", func(steps.Report) error { return errors.New("not delivered") }))

		require.Equal(t, golden(t, "plain.txt", out.String()), out.String())
	})
}

func golden(t *testing.T, name, got string) string {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(want)
}

func TestAProblemNamesPartAndFaultInOneLine(t *testing.T) {
	t.Parallel()
	cause := errors.New("not found")
	problem := &steps.Problem{Part: "Python", Err: cause, Do: "install it"}
	require.EqualError(t, problem, "Python: not found")
	require.ErrorIs(t, problem, cause)
}
