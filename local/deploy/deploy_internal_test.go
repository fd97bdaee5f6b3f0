package deploy

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/steps"
)

func TestOutputsOfAllStacksAreReadTogether(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "outputs.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"a":{"QueueUrl":"q"},"b":{"TopicArn":"t","StateMachineArn":"s"}}`), 0o600))
	outputs, err := readOutputs(path)
	require.NoError(t, err)
	require.Equal(t, Outputs{"QueueUrl": "q", "TopicArn": "t", "StateMachineArn": "s"}, outputs)

	require.NoError(t, os.WriteFile(path, []byte(`[]`), 0o600))
	_, err = readOutputs(path)
	require.ErrorContains(t, err, "read the stacks' outputs")
	_, err = readOutputs(path + ".missing")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestOnlyLinesThatTellProgressAreReported(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"rez-agent-stateful-local |   5 | 6:27:13 AM | CREATE_IN_PROGRESS      | AWS::SQS::Queue            | MessageDlq (MessageDlq70CE2517)": "rez-agent-stateful-local: MessageDlq, create in progress",
		"rez-agent-pipeline-local: start: Publishing Scheduler/Code (current_account-current_region-86f3448b)":                                 "rez-agent-pipeline-local: publishing Scheduler/Code",
		"rez-agent-stateful-local: deploying... [1/2]":               "rez-agent-stateful-local: deploying... [1/2]",
		"!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!":                          "",
		"!!  This software has not been tested with node v20.20.2. ": "",
		"(Use `node --trace-warnings ...` to show where)":            "",
		"rez-agent-stateful-local.QueueUrl = http://127.0.0.1:1/q":   "",
		"":                              "",
		"  ✅  rez-agent-stateful-local": "",
	} {
		require.Equal(t, want, progress(line), line)
	}
}

// project is a folder with a lock file, and a PATH on which npm counts its runs and ends as told.
func project(t *testing.T, exit string) (root string, runs func() int) {
	t.Helper()
	root, bin := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, lockFile), []byte("{}"), 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(root, "node_modules"), 0o755))
	script := "#!/bin/sh\nprintf x >> runs\necho npm was here: \"$@\"\nexit " + exit + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "npm"), []byte(script), 0o700))
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	return root, func() int {
		text, err := os.ReadFile(filepath.Join(root, "runs"))
		if err != nil {
			return 0
		}
		return len(text)
	}
}

func TestTheCDKIsInstalledOnceForALockFile(t *testing.T) {
	root, runs := project(t, "0")
	last := ""
	note := func(text string) { last = text }
	require.NoError(t, Prepare(t.Context(), root, ".", note))
	require.Equal(t, "installed into node_modules", last)
	require.NoError(t, Prepare(t.Context(), root, ".", note))
	require.Equal(t, "already there", last)
	require.Equal(t, 1, runs())

	require.NoError(t, os.WriteFile(filepath.Join(root, lockFile), []byte(`{"new":1}`), 0o600))
	require.NoError(t, Prepare(t.Context(), root, ".", note))
	require.Equal(t, 2, runs())
}

func TestAFailedInstallationIsToldAndTriedAgain(t *testing.T) {
	root, runs := project(t, "7")
	for range 2 {
		err := Prepare(t.Context(), root, ".", func(string) {})
		var problem *steps.Problem
		require.ErrorAs(t, err, &problem)
		require.Equal(t, "Node.js", problem.Part)
		require.Contains(t, problem.Log, "npm was here: ci")
	}
	require.Equal(t, 2, runs())
}

func TestNoNodeIsAProblemWithARemedy(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := Prepare(t.Context(), t.TempDir(), ".", func(string) {})
	var problem *steps.Problem
	require.ErrorAs(t, err, &problem)
	require.Contains(t, problem.Do, "install Node.js")
}
