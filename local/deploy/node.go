package deploy

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/rezagent/rez_agent/local/steps"
)

// The oldest Node.js that package.json allows.
const (
	oldestMajor = 20
	oldestMinor = 19
)

// checkNode says what is wrong with the machine's Node.js, if anything is.
func checkNode(ctx context.Context) error {
	if _, err := exec.LookPath("npm"); err != nil {
		return nodeProblem(errors.New("no npm in PATH; the CDK runs on Node.js"))
	}
	said, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return nodeProblem(fmt.Errorf("run node --version: %w", err))
	}
	version := strings.TrimSpace(string(said))
	var major, minor int
	if _, err := fmt.Sscanf(version, "v%d.%d", &major, &minor); err != nil {
		return nodeProblem(fmt.Errorf("node --version says %q, which is no version", version))
	}
	if major < oldestMajor || major == oldestMajor && minor < oldestMinor {
		return nodeProblem(fmt.Errorf("the CDK needs %d.%d or newer, this is %s", oldestMajor, oldestMinor, version))
	}
	return nil
}

func nodeProblem(err error) error {
	return &steps.Problem{
		Part: "Node.js", Err: err,
		Do: fmt.Sprintf("install Node.js %d.%d or newer (https://nodejs.org) and start again", oldestMajor, oldestMinor),
	}
}
