package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/wire"
)

// example is a block of docs/api.md that says that it can be run.
type example struct {
	name, language, code string
}

var runnable = regexp.MustCompile("(?ms)^```(\\w+) run$\n(.*?)^```$")

func examples(t *testing.T) []example {
	t.Helper()
	text, err := os.ReadFile("../docs/api.md")
	require.NoError(t, err)
	var found []example
	for i, block := range runnable.FindAllStringSubmatch(string(text), -1) {
		found = append(found, example{fmt.Sprintf("%d %s", i+1, block[1]), block[1], block[2]})
	}
	require.NotEmpty(t, found)
	return found
}

// command is how a reader would run it.
func (e example) command(s *scenario) *exec.Cmd {
	s.Helper()
	how := map[string][]string{"sh": {"sh", "-eu"}, "go": {"go", "run"}, "python": {"python3"}}[e.language]
	require.NotEmpty(s, how, "the docs have a language that this test cannot run: %s", e.language)
	file := filepath.Join(s.TempDir(), "example."+e.language)
	require.NoError(s, os.WriteFile(file, []byte(e.code), 0o644))
	cmd := exec.CommandContext(s.context(), how[0], append(how[1:], file)...)
	cmd.Env = append(os.Environ(), "REZAGENT_URL="+deployed.APIURL, "REZAGENT_TOKEN="+s.token(operator))
	return cmd
}

func TestTheExamplesOfTheDocsWork(t *testing.T) {
	s := begin(t)
	s.forgetFailed() // of earlier scenarios: an example replays whatever has failed
	languages := map[string]bool{}
	for _, example := range examples(t) {
		languages[example.language] = true
		out, err := example.command(s).CombinedOutput()
		require.NoError(t, err, "%s:\n%s\n%s", example.name, example.code, out)
		require.NotEmpty(t, strings.TrimSpace(string(out)), example.name)
		if example.language == "go" {
			require.Contains(t, string(out), "completed")
		}
	}
	require.Equal(t, map[string]bool{"sh": true, "go": true, "python": true}, languages)
	s.adopt()
	s.books()
}

func (s *scenario) forgetFailed() {
	s.Helper()
	api := s.api(operator)
	for cursor, more := "", true; more; more = cursor != "" {
		page, err := api.Messages(s.context(), wire.MessageFilter{Status: "failed"}, cursor, 100)
		require.NoError(s, err)
		for _, item := range page.Items {
			s.forget(item.ID)
		}
		cursor = page.Next
	}
}

// adopt takes over the messages and schedules that others made since the scenario began.
func (s *scenario) adopt() {
	s.Helper()
	api := s.api(operator)
	for cursor, more := "", true; more; more = cursor != "" {
		page, err := api.Messages(s.context(), wire.MessageFilter{CreatedAfter: &s.since}, cursor, 100)
		require.NoError(s, err)
		for _, item := range page.Items {
			s.ids = append(s.ids, item.ID)
		}
		cursor = page.Next
	}
	schedules, err := api.Schedules(s.context(), "")
	require.NoError(s, err)
	for _, schedule := range schedules.Items {
		require.NoError(s, api.DeleteSchedule(s.context(), schedule.ID))
	}
	s.allCompleted(soon)
}
