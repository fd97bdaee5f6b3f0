package build

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/steps"
)

func TestABinaryWithTheSameBytesIsNotTouched(t *testing.T) {
	t.Parallel()
	from, to := filepath.Join(t.TempDir(), "fresh"), filepath.Join(t.TempDir(), "deep", "bootstrap")
	require.NoError(t, os.WriteFile(from, []byte("one"), 0o600))
	changed, err := install(from, to)
	require.NoError(t, err)
	require.True(t, changed)

	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	require.NoError(t, os.Chtimes(to, old, old))
	changed, err = install(from, to)
	require.NoError(t, err)
	require.False(t, changed)
	info, err := os.Stat(to)
	require.NoError(t, err)
	require.True(t, info.ModTime().Equal(old))
	require.NotZero(t, info.Mode()&0o100, "Lambda must be able to run it")

	require.NoError(t, os.WriteFile(from, []byte("two"), 0o600))
	changed, err = install(from, to)
	require.NoError(t, err)
	require.True(t, changed)
	installed, err := os.ReadFile(to)
	require.NoError(t, err)
	require.Equal(t, "two", string(installed))
}

func TestACompilersWordsReachThePerson(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module broken\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, "main.go"), []byte("package main\nfunc main() { nothing() }\n"), 0o600))
	err := compile(t.Context(), root, filepath.Join(root, "out"), nil, ".")
	var problem *steps.Problem
	require.ErrorAs(t, err, &problem)
	require.Contains(t, problem.Log, "undefined: nothing")
}
