package deploy

import (
	"context"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/local/process"
	"github.com/rezagent/rez_agent/local/steps"
)

// toolGrace is how long npm and the CDK get to stop when the user interrupts them.
const toolGrace = 5 * time.Second

// run runs a tool, reports its progress, and gives the end of what it printed.
func run(ctx context.Context, dir string, env []string, report steps.Report, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), name, args...)
	cmd.Dir, cmd.Env = dir, env
	return process.RunLines(ctx, cmd, toolGrace, func(line string) {
		if text := progress(line); report != nil && text != "" {
			report(text)
		}
	})
}

// Lines of the CDK that tell how far it is: an event of a resource, an asset, a stack.
var (
	resourceEvent = regexp.MustCompile(`^(\S+) +\| .* \| (\w+) +\| (AWS|Custom)::\S+ +\| (\S+)`)
	assetEvent    = regexp.MustCompile(`^(\S+): (?:start: |success: )?(Publishing|Published|Building|Built) (.+) \(`)
	stackEvent    = regexp.MustCompile(`^(\S+): (deploying\.\.\..*)`)
)

// progress is what a line of a tool says about its progress; empty for all its other words, banners above all.
func progress(line string) string {
	line = strings.TrimSpace(line)
	if found := resourceEvent.FindStringSubmatch(line); found != nil {
		state := strings.ToLower(strings.ReplaceAll(found[2], "_", " "))
		return found[1] + ": " + found[4] + ", " + state
	}
	if found := assetEvent.FindStringSubmatch(line); found != nil {
		return found[1] + ": " + strings.ToLower(found[2]) + " " + found[3]
	}
	if found := stackEvent.FindStringSubmatch(line); found != nil {
		return found[1] + ": " + found[2]
	}
	return ""
}
