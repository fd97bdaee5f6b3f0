package mutation_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/mutation"
)

func TestTheCatalogueFitsTheCode(t *testing.T) {
	t.Parallel()
	require.NoError(t, mutation.Check("../..", mutation.Catalogue()))
	require.Greater(t, len(mutation.Catalogue()), 50)
}

func TestAStaleCatalogueSaysWhere(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "a.go"), []byte("one two two"), 0o600))
	tests := []mutation.Tests{{Package: "."}}
	good := mutation.Mutant{Name: "a/good", File: "a.go", Old: "one", New: "three", Tests: tests}
	require.NoError(t, mutation.Check(root, []mutation.Mutant{good}))
	for says, spoil := range map[string]func(*mutation.Mutant){
		"this is 0 times in a.go": func(m *mutation.Mutant) { m.Old = "four" },
		"this is 2 times in a.go": func(m *mutation.Mutant) { m.Old = "two" },
		"something else":          func(m *mutation.Mutant) { m.New = m.Old },
		"no such file":            func(m *mutation.Mutant) { m.File = "b.go" },
		"names no tests":          func(m *mutation.Mutant) { m.Tests = nil },
		"there is no package b":   func(m *mutation.Mutant) { m.Tests = []mutation.Tests{{Package: "b"}} },
		"two mutants are named":   func(m *mutation.Mutant) { m.Name = good.Name },
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			bad := good
			bad.Name = "a/bad"
			spoil(&bad)
			err := mutation.Check(root, []mutation.Mutant{good, bad})
			require.ErrorIs(t, err, mutation.ErrStale)
			require.ErrorContains(t, err, says)
		})
	}
}

func TestMutantsAreChosenByAreaNameOrPattern(t *testing.T) {
	t.Parallel()
	all := []mutation.Mutant{{Name: "a/one"}, {Name: "a/two"}, {Name: "b/one"}}
	for pattern, want := range map[string]int{"": 3, "a": 2, "a/*": 2, "*/one": 2, "b/one": 1} {
		chosen, err := mutation.Choose(all, pattern)
		require.NoError(t, err)
		require.Len(t, chosen, want, pattern)
	}
	_, err := mutation.Choose(all, "c")
	require.ErrorContains(t, err, `"c"`)
	_, err = mutation.Choose(all, "[")
	require.Error(t, err)
}
