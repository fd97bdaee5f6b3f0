package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatIsGeneratedIsCurrent(t *testing.T) {
	t.Parallel()
	all, err := files()
	require.NoError(t, err)
	for name, want := range all {
		got, err := os.ReadFile(filepath.Join("..", "..", "..", name))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "%s is stale: renew it with `make golden`", name)
	}
}
