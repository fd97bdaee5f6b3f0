package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pages are the texts that people read, by file name as seen from here.
func pages(tb testing.TB) map[string]string {
	tb.Helper()
	files, err := filepath.Glob("*.md")
	require.NoError(tb, err)
	texts := map[string]string{}
	for _, file := range append(files, "../README.md") {
		text, err := os.ReadFile(file)
		require.NoError(tb, err)
		texts[file] = string(text)
	}
	return texts
}

// notOurs are folders that others fill.
var notOurs = []string{"node_modules", ".venv", ".git", "build", "cdk.out", "dist"}

// tests are the names of all test functions of the tree.
func tests(tb testing.TB) map[string]bool {
	tb.Helper()
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	names := map[string]bool{}
	require.NoError(tb, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(notOurs, entry.Name()):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		source, err := os.ReadFile(path)
		for _, found := range function.FindAllStringSubmatch(string(source), -1) {
			names[found[1]] = true
		}
		return err
	}))
	return names
}

func TestWhatTheDocsNameIsThere(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("../Makefile")
	require.NoError(t, err)
	known := tests(t)
	for file, text := range pages(t) {
		for _, named := range regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w+)`").FindAllStringSubmatch(text, -1) {
			require.True(t, known[named[1]], "%s speaks of a test that is not there: %s", file, named[1])
		}
		for _, named := range regexp.MustCompile("`make ([a-z0-9/-]+)").FindAllStringSubmatch(text, -1) {
			require.Regexp(t, `(?m)^`+regexp.QuoteMeta(named[1])+`:`, string(makefile), "%s speaks of a target that is not there", file)
		}
		for _, named := range regexp.MustCompile("`((?:cmd|e2e|infra|internal|local|statemachine|tasks|web)/[\\w./-]+\\.\\w+)`").FindAllStringSubmatch(text, -1) {
			require.FileExists(t, filepath.Join("..", named[1]), "named in %s", file)
		}
	}
}

func TestLinksBetweenPagesLeadSomewhere(t *testing.T) {
	t.Parallel()
	for file, text := range pages(t) {
		for _, link := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(link[1], "#")
			if strings.Contains(target, ":") {
				continue // another site's
			}
			linked := filepath.Join(filepath.Dir(file), target)
			if target == "" {
				linked = file
			}
			_, err := os.Stat(linked)
			require.NoError(t, err, "linked in %s", file)
			if anchor != "" {
				require.Contains(t, anchors(t, linked), anchor, "linked in %s: %s", file, link[1])
			}
		}
	}
}

// anchors are what GitHub makes of a page's headings.
func anchors(tb testing.TB, file string) []string {
	tb.Helper()
	text, err := os.ReadFile(file)
	require.NoError(tb, err)
	var found []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ +(.+)$`).FindAllStringSubmatch(string(text), -1) {
		kept := regexp.MustCompile(`[^\p{L}\p{N}_ -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		found = append(found, strings.ReplaceAll(kept, " ", "-"))
	}
	return found
}
