package cli

import (
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/cli/reference"
)

const page = "../../docs/cli.md"

// TestGolden holds docs/cli.md to the commands; with UPDATE_GOLDEN set it writes it anew.
func TestGoldenReferenceIsCurrent(t *testing.T) {
	t.Parallel()
	var said grammar
	parser, err := newParser(&said, io.Discard, io.Discard)
	require.NoError(t, err)
	want := reference.Page(parser.Model, exits())
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
	}
	committed, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, want, string(committed), "docs/cli.md is stale: `make golden` renews it")
}
