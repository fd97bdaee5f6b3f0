package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/emulator"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/standin"
)

// step is a block of docs/operations.md that says that it can be run, and the heading under which it stands.
type step struct{ heading, code string }

var (
	headings = regexp.MustCompile(`(?m)^##? (.+)$`)
	commands = regexp.MustCompile("(?ms)^```sh run$\n(.*?)^```$")
)

func operations(t *testing.T) []step {
	t.Helper()
	text, err := os.ReadFile("../docs/operations.md")
	require.NoError(t, err)
	var steps []step
	for _, block := range commands.FindAllSubmatchIndex(text, -1) {
		above := headings.FindAllSubmatch(text[:block[0]], -1)
		require.NotEmpty(t, above)
		steps = append(steps, step{string(above[len(above)-1][1]), string(text[block[2]:block[3]])})
	}
	return steps
}

// incident is what goes wrong before a section's commands, and what must be so after them.
type incident struct {
	// before gives the message that the section is about; empty where it is about none.
	before func(s *scenario) string
	after  func(s *scenario, id, said string)
}

func nothingWrong(*scenario) string { return "" }

func incidents() map[string]incident {
	return map[string]incident{
		"First deploy": {nothingWrong, func(s *scenario, _, said string) {
			groups, err := s.cognito().AdminListGroupsForUser(s.context(), &cognitoidentityprovider.AdminListGroupsForUserInput{
				UserPoolId: aws.String(deployed.UserPoolID), Username: aws.String("alice"),
			})
			require.NoError(s, err)
			require.Len(s, groups.Groups, 1)
			require.Equal(s, "operator", aws.ToString(groups.Groups[0].GroupName))
			require.Contains(s, said, "completed")
		}},
		"Why did a message fail?": {refusedByNtfy, func(s *scenario, id, said string) {
			require.Contains(s, said, "refused")
			require.Contains(s, said, "express-executions/details")
			require.Contains(s, said, `"msg":"attempt"`)
			require.GreaterOrEqual(s, strings.Count(said, id), 3)
		}},
		"Drain the DLQ": {func(s *scenario) string {
			rec := s.record("something of ours broke", failedFor(message.ReasonPipelineFault))
			s.bury(ticket(rec), "no ticket at all")
			return rec.ID
		}, func(s *scenario, id, said string) {
			require.Contains(s, said, id)
			s.completed(soon, id)
		}},
		"Reset the breaker": {nothingWrong, func(s *scenario, _, said string) {
			require.Contains(s, said, "forced")
			s.requireClosed()
		}},
		"Roll back": {nothingWrong, func(s *scenario, _, _ string) {
			s.completed(soon, s.send("by the version that was rolled back to"))
		}},
		"Change the ntfy token": {nothingWrong, func(s *scenario, _, _ string) {
			out, err := ssm.NewFromConfig(deployed.AWS()).GetParameter(s.context(), &ssm.GetParameterInput{
				Name: aws.String(tokenParameter), WithDecryption: aws.Bool(true),
			})
			require.NoError(s, err)
			require.Equal(s, "tk_new", aws.ToString(out.Parameter.Value))
		}},
		"Restore a table": {func(s *scenario) string {
			id := s.send("kept")
			s.completed(soon, id)
			return id
		}, func(s *scenario, id, _ string) {
			require.Equal(s, message.StatusCompleted, s.load(id).Status)
			s.requireClosed()
		}},
		"oldest-message": {nothingWrong, func(s *scenario, _, said string) { require.Contains(s, said, "Enabled") }},
		"circuit-unreadable": {nothingWrong, func(s *scenario, _, _ string) {
			s.completed(soon, s.send("the mapping is on again"))
		}},
	}
}

func refusedByNtfy(s *scenario) string {
	const iconIsNoAddress = 40_018
	s.breakNtfy(standin.Fault{Kind: standin.Status, Status: http.StatusBadRequest, Code: iconIsNoAddress})
	id := s.send("ntfy will not have it")
	s.until(soon, id, "was refused", func(rec message.Record) bool { return rec.Status == message.StatusFailed })
	deployed.Standin.Heal()
	s.eventually(soon, "its attempt is in the logs", func() (bool, string) {
		lines, err := logLines(s.context(), s.since, id)
		require.NoError(s, err)
		return strings.Contains(strings.Join(lines, "\n"), `"msg":"attempt"`), strings.Join(lines, "\n")
	})
	return id
}

// Every command of the page that says that it can be run is run as it stands there, with the incident that it is for.
func TestTheOperationsPageCanBeFollowed(t *testing.T) {
	s := begin(t)
	t.Cleanup(s.forgetWhatOperatorsMade)
	known, walked := incidents(), map[string]bool{}
	said, id := "", ""
	for i, step := range operations(t) {
		incident, there := known[step.heading]
		require.True(t, there, "no incident for the section %q", step.heading)
		if !walked[step.heading] {
			said, id = "", incident.before(s)
		}
		walked[step.heading] = true
		out, err := s.operator(id, step.code).CombinedOutput()
		require.NoError(t, err, "step %d, %s:\n%s\n%s", i+1, step.heading, step.code, out)
		t.Logf("%s\n%s→\n%s", step.heading, step.code, out)
		said += string(out)
		if next := operations(t); i+1 == len(next) || next[i+1].heading != step.heading {
			incident.after(s, id, said)
		}
	}
	require.Len(t, walked, len(known))
	s.untilQueueEmpty(receives()) // what is no ticket was redriven too, and comes back until the DLQ has it again
}

// operator is a person who runs a step's code in the project's folder, with the two command lines.
func (s *scenario) operator(id, code string) *exec.Cmd {
	s.Helper()
	binary, err := rezagent()
	require.NoError(s, err)
	root, err := filepath.Abs("..")
	require.NoError(s, err)
	bin := s.TempDir()
	require.NoError(s, os.Symlink(binary, filepath.Join(bin, "rezagent")))
	command := fmt.Sprintf("#!/bin/sh\nexec %s/.venv/bin/python %s/e2e/testdata/aws.py \"$@\"\n", root, root)
	require.NoError(s, os.WriteFile(filepath.Join(bin, "aws"), []byte(command), 0o755))
	cmd := exec.CommandContext(s.context(), "sh", "-eu", "-c", code)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "STAGE="+stack.Stage, "ID="+id,
		"REZAGENT_URL="+deployed.APIURL, "REZAGENT_TOKEN="+s.token(operator),
		"AWS_ENDPOINT_URL="+deployed.Endpoint, "AWS_REGION="+emulator.Region, "AWS_DEFAULT_REGION="+emulator.Region,
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"MAKEFLAGS=") // those of the make that runs this test are not a person's
	return cmd
}

// forgetWhatOperatorsMade takes away what the page has a person make that other scenarios do not expect.
func (s *scenario) forgetWhatOperatorsMade() {
	s.Helper()
	_, err := ssm.NewFromConfig(deployed.AWS()).DeleteParameter(s.context(), &ssm.DeleteParameterInput{Name: aws.String(tokenParameter)})
	require.NoError(s, err)
	_, err = s.cognito().AdminDeleteUser(s.context(), &cognitoidentityprovider.AdminDeleteUserInput{
		UserPoolId: aws.String(deployed.UserPoolID), Username: aws.String("alice"),
	})
	require.NoError(s, err)
}
