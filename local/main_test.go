package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/standin"
	"github.com/rezagent/rez_agent/local/steps"
)

// desk is what a command sees, and what it prints.
func desk(t *testing.T) (world, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	return world{root: t.TempDir(), name: "dev", printer: steps.New(&out), out: &out}, &out
}

// runs notes that this process runs a stack.
func runs(t *testing.T, w world, a stack.Addresses) {
	t.Helper()
	a.Name, a.PID = w.name, os.Getpid()
	text, err := json.Marshal(a)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(stack.Dir(w.root, w.name), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(stack.Dir(w.root, w.name), "stack.json"), text, 0o600))
}

func TestEveryCommandThatNeedsAStackSaysHowToStartOne(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(context.Context, world) error{
		"send": sendCommand{}.Run, "replay": replayCommand{}.Run, "show": showCommand{}.Run, "logs": logsCommand{}.Run,
		"break": breakCommand{}.Run, "heal": healCommand{}.Run, "status": statusCommand{}.Run,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := desk(t)
			var problem *steps.Problem
			require.ErrorAs(t, run(t.Context(), w), &problem)
			require.Contains(t, problem.Do, "make dev")
		})
	}
}

func TestTheRealNtfyCannotBeBroken(t *testing.T) {
	t.Parallel()
	w, _ := desk(t)
	runs(t, w, stack.Addresses{NtfyURL: "https://ntfy.sh/topic"})
	require.ErrorContains(t, breakCommand{Kind: "status"}.Run(t.Context(), w), "a real ntfy")
	require.ErrorContains(t, healCommand{}.Run(t.Context(), w), "without NTFY_URL")
}

func TestBreakAndHealReachTheStandin(t *testing.T) {
	t.Parallel()
	w, out := desk(t)
	ntfy := standin.New(standin.Config{})
	t.Cleanup(ntfy.Close)
	server := httptest.NewServer(ntfy)
	t.Cleanup(server.Close)
	runs(t, w, stack.Addresses{StandinURL: server.URL})

	require.NoError(t, breakCommand{Kind: "status", Status: http.StatusBadGateway, Count: 3}.Run(t.Context(), w))
	require.Equal(t, &standin.Fault{Kind: standin.Status, Status: http.StatusBadGateway, Count: 3}, ntfy.State().Fault)
	require.NoError(t, breakCommand{Kind: "reset"}.Run(t.Context(), w))
	require.Equal(t, standin.Reset, ntfy.State().Fault.Kind)
	require.NoError(t, healCommand{}.Run(t.Context(), w))
	require.Nil(t, ntfy.State().Fault)
	require.Contains(t, out.String(), "`make heal` mends it")

	err := breakCommand{Kind: "nonsense"}.Run(t.Context(), w)
	require.ErrorContains(t, err, "allowed: status, latency")
	require.NotContains(t, err.Error(), "{", "words, not JSON")
}

func TestARecordIsShownUnderTheTablesNamesWithoutWhatIsNotSet(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	var out bytes.Buffer
	require.NoError(t, show(&out, message.Record{
		ID: "m", Status: message.StatusCompleted, Type: "notification", Channel: "ntfy", Stage: "local", Payload: `{"message":"a<b"}`,
		CreatedBy: "me", CreatedAt: at, UpdatedAt: at, Generation: 1, Version: 3,
		Attempts: []message.Attempt{{At: at, Outcome: "delivered", Status: 200, Latency: 12 * time.Millisecond, NtfyID: "n"}},
	}))
	require.JSONEq(t, `{"message_id":"m","status":"completed","message_type":"notification","channel":"ntfy","stage":"local",
		"payload":{"message":"a<b"},"created_by":"me","created_date":"2027-01-02T03:04:05Z","updated_date":"2027-01-02T03:04:05Z",
		"generation":1,"deferrals":0,"version":3,
		"attempts":[{"at":"2027-01-02T03:04:05Z","outcome":"delivered","http_status":200,"latency_ms":12,"ntfy_id":"n"}]}`, out.String())
	require.Contains(t, out.String(), "a<b", "as it was written")
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for want, errs := range map[int][]error{
		0:   {nil},
		1:   {errors.New("broken"), errPrinted, &steps.Problem{Part: "stack", Err: errors.New("off"), Do: "start it"}},
		130: {context.Canceled, fmt.Errorf("deploy: %w", context.Canceled)},
	} {
		for _, err := range errs {
			require.Equal(t, want, report(err), err)
		}
	}
}

func TestTheProjectIsFoundFromAnyOfItsFolders(t *testing.T) {
	t.Parallel()
	root, err := project()
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(mustGetwd(t), "local"))
	require.Equal(t, filepath.Dir(mustGetwd(t)), root)
}

func mustGetwd(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	return dir
}
