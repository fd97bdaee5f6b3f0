// Package contract_test lets schemathesis try the whole REST API, as it is really deployed: it makes up requests from the
// description that the API serves, allowed and forbidden ones, and checks every answer against it. The stack is its own,
// since messages, schedules and replays of all kinds are left behind, and the circuit in any state.
package contract_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/process"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/steps"
)

const (
	// within bounds the whole of schemathesis's run; it takes less than a minute where nobody else uses the machine.
	within = 8 * time.Minute
	// grace is how long schemathesis gets to stop.
	grace = 5 * time.Second
	// timeDivisor lets what was deferred or leased by one request be over before the next but one.
	timeDivisor = 40
	// tokenVariable is read by schemathesis.toml.
	tokenVariable = "REZ_AGENT_TOKEN"
)

func TestTheAPIKeepsItsContract(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	s := started(t, root)
	operations := described(t, s.APIURL)
	token, err := s.Token(t.Context(), contract.RoleOperator)
	require.NoError(t, err)

	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	said, err := schemathesis(ctx, t.TempDir(), root, s.APIURL, token)
	t.Log(strings.ReplaceAll(said, token, "<token>")) // as a message below it would not be shown: testify prints no line this long
	require.NoError(t, err)
	require.Contains(t, said, fmt.Sprintf("Tested: %d\n", operations))
	require.NotContains(t, said, token)
}

// started is a stack whose emulator checks every Lambda's role: an operation that may not do its work answers 500.
func started(t *testing.T, root string) *stack.Stack {
	t.Helper()
	name := fmt.Sprintf("contract-%d", os.Getpid())
	s, err := stack.Start(t.Context(), stack.Options{
		Root: root, Name: name, IAM: true, TimeDivisor: timeDivisor, Printer: steps.New(os.Stdout),
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

// described counts the operations of the description that is served.
func described(t *testing.T, origin string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, descriptionOf(origin), http.NoBody)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode, string(body))
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(body, &document))
	count := 0
	for _, operations := range document.Paths {
		count += len(operations)
	}
	require.Greater(t, count, 20)
	return count
}

func descriptionOf(origin string) string { return origin + "/api/openapi.json" }

// schemathesis runs it and gives what it printed. It fails where any check does.
func schemathesis(ctx context.Context, dir, root, origin, token string) (string, error) {
	var out bytes.Buffer
	// Not tied to ctx here: process.Run ends the whole group when ctx does.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(root, ".venv/bin/st"),
		"--no-color", "--config-file", filepath.Join(root, "e2e/contract/schemathesis.toml"), "run", descriptionOf(origin))
	cmd.Dir = dir // it leaves a cache there
	cmd.Env = append(os.Environ(), tokenVariable+"="+token)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := process.Run(ctx, cmd, grace)
	return out.String(), err
}
