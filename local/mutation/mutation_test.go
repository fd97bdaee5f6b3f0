package mutation_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	require.NoError(t, os.WriteFile(filepath.Join(root, "a.go"), []byte("one, two, and two"), 0o600))
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

// project is a module of its own: a function, and a test that notices much but not all.
func project(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example\n\ngo 1.26\n",
		"sum.go": "package example\n\nfunc Sum(of ...int) int {\n\tsum, i := 0, 0\n\tfor i < len(of) {\n\t\tsum += of[i]\n\t\ti++\n\t}\n\treturn sum\n}\n",
		"sum_test.go": "package example\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestSum(t *testing.T) {\n\tt.Run(\"of two\", func(t *testing.T) {\n" +
			"\t\tif Sum(2, 3) != 5 || os.Getenv(\"BROKEN\") != \"\" {\n\t\t\tt.Fail()\n\t\t}\n\t})\n}\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o600))
	}
	return root
}

func TestEveryVerdict(t *testing.T) {
	t.Parallel()
	root := project(t)
	all := []outcome{
		{mutation.Mutant{Name: "a/killed", Old: "sum += of[i]", New: "sum -= of[i]"}, mutation.Killed, " TestSum/of_two"},
		{mutation.Mutant{Name: "a/panics", Old: "i < len(of)", New: "i <= len(of)"}, mutation.Killed, " TestSum/of_two"},
		{mutation.Mutant{Name: "a/hangs", Old: "i++", New: "i += 0"}, mutation.TimedOut, " TestSum/of_two"},
		{mutation.Mutant{Name: "a/survives", Old: "sum, i := 0, 0", New: "sum, i := 0, len(of)-len(of)"}, mutation.Survived, ""},
		{mutation.Mutant{Name: "a/explained", Old: "sum, i := 0, 0", New: "sum, i := 0, 1-1", Survives: "it is the same"}, mutation.Explained, ""},
		{mutation.Mutant{Name: "a/not explained", Old: "sum, i := 0, 0", New: "sum, i := 1, 0", Survives: "it is not"}, mutation.NotExplained, " TestSum/of_two"},
		{mutation.Mutant{Name: "a/broken", Old: "sum, i := 0, 0", New: "sum, i := 0"}, mutation.Broken, ""},
		{mutation.Mutant{Name: "a/told", Old: "sum, i := 0, 0", New: "sum, i := 0, 1", Through: "BROKEN"}, mutation.Killed, " TestSum/of_two"},
	}
	mutants := make([]mutation.Mutant, 0, len(all))
	for _, c := range all {
		c.mutant.File, c.mutant.Tests = "sum.go", []mutation.Tests{{Package: "."}}
		mutants = append(mutants, c.mutant)
	}
	require.NoError(t, mutation.Check(root, mutants))
	var ended []int
	runner := mutation.Runner{Root: root, Jobs: 2, Least: time.Second, End: func(done int, _ mutation.Result) { ended = append(ended, done) }}
	require.NoError(t, runner.Prepare(t.Context(), mutants, func(string) {}))
	results, err := runner.Run(t.Context(), mutants)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 3, 4, 5, 6, 7, 8}, ended)
	for i, c := range all {
		require.Equal(t, c.want, results[i].Verdict, "%s: %+v", c.mutant.Name, results[i])
		require.Equal(t, c.by, strings.TrimPrefix(results[i].By, "."), c.mutant.Name)
		require.Contains(t, results[i].Line(), c.mutant.Name)
	}
	require.Equal(t, "8 mutants, 4 killed, 1 explained, 3 WRONG", mutation.Summary(results))
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	require.Len(t, entries, 3, "the project is not touched")

	stopped, stop := context.WithCancel(t.Context())
	stop()
	_, err = runner.Run(stopped, mutants)
	require.ErrorIs(t, err, context.Canceled)
}

func TestTestsThatFailAlreadyNoticeNothing(t *testing.T) {
	t.Parallel()
	root := project(t)
	require.NoError(t, os.WriteFile(filepath.Join(root, "more_test.go"),
		[]byte("package example\n\nimport \"testing\"\n\nfunc TestRed(t *testing.T) { t.Fail() }\n"), 0o600))
	mutant := mutation.Mutant{Name: "a/one", File: "sum.go", Old: "i++", New: "i += 2", Tests: []mutation.Tests{{Package: "."}}}
	runner := mutation.Runner{Root: root}
	require.ErrorContains(t, runner.Prepare(t.Context(), []mutation.Mutant{mutant}, func(string) {}), "TestRed")
	mutant.Tests[0].Skip = "TestRed"
	require.NoError(t, runner.Prepare(t.Context(), []mutation.Mutant{mutant}, func(string) {}))
}

// outcome is a mutant and what becomes of it.
type outcome struct {
	mutant mutation.Mutant
	want   mutation.Verdict
	by     string
}
