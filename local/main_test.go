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

	"github.com/stretchr/testify/require"

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
		"logs":  logsCommand{}.Run,
		"break": breakCommand{}.Run, "heal": healCommand{}.Run, "status": statusCommand{}.Run,
		"token": tokenCommand{}.Run, "env": envCommand{}.Run,
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

func TestATokenIsForAUserThatThereIs(t *testing.T) {
	t.Parallel()
	w, _ := desk(t)
	runs(t, w, stack.Addresses{Users: []stack.User{{Name: "viewer", Role: "viewer"}, {Name: "operator", Role: "operator"}}})
	err := tokenCommand{roleFlag{Role: "root"}}.Run(t.Context(), w)
	require.EqualError(t, err, `role is "root": it must be viewer or operator`)
}

func TestTheLineToPasteSignsInToItsOwnStack(t *testing.T) {
	t.Parallel()
	a := stack.Addresses{Name: "dev", APIURL: "http://127.0.0.1:8480"}
	require.Contains(t, curl(&a), `"Authorization: Bearer $(build/bin/local token)"`)
	require.Contains(t, curl(&a), " http://127.0.0.1:8480/api/messages")
	a.Name = "other"
	require.Contains(t, curl(&a), "$(build/bin/local --name=other token)")
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
