// Package e2e_test tests rez_agent from outside, as it is really deployed: the CDK app and the Lambdas that go to AWS,
// on an emulator that checks every Lambda's role, with a stand-in for ntfy that breaks on demand. All waits are divided
// by one factor, so that an outage of minutes takes seconds.
//
// The scenarios share one stack, hence none of them runs in parallel with another; each starts from a clean slate.
package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rezagent/rez_agent/local/faults"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/steps"
)

// timeDivisor makes the breaker's cool-down 750 ms, a rate-limit slot 125 ms, a lease 5 s, a queue item's visibility 15 s.
const timeDivisor = 40

// deployed is the stack that all scenarios share, calls is every AWS call that its Lambdas make, and broken the same stack
// as the matrix of faults breaks it.
var (
	deployed *stack.Stack
	calls    = &tap{}
	broken   = faults.NewWorld(1)
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	root, err := filepath.Abs("..")
	if err != nil {
		return complain(err)
	}
	name := fmt.Sprintf("e2e-%d", os.Getpid())
	printer := steps.New(os.Stdout)
	deployed, err = stack.Start(context.Background(), stack.Options{
		Root: root, Name: name, IAM: true, TimeDivisor: timeDivisor, Printer: printer, Webhook: true, BeforeNtfy: broken.BeforeNtfy,
	})
	if err != nil {
		return complain(err)
	}
	deployed.Proxy.Intercept(calls.intercept)
	broken.Deployed(deployed, root)
	code := m.Run()
	code = max(code, grantsSufficed())
	if err := printer.Do("stop", func(steps.Report) error { return deployed.Stop() }); err != nil {
		return 1
	}
	if code == 0 { // otherwise the emulator's log is worth a look
		if err := os.RemoveAll(stack.Dir(root, name)); err != nil {
			return complain(err)
		}
	}
	return code
}

// grantsSufficed fails the whole run where any Lambda was ever refused a call that it made: each scenario's own calls
// prove that its role may do what it must.
func grantsSufficed() int {
	lines, err := logLines(context.Background(), started, "AccessDenied")
	if err != nil {
		return complain(err)
	}
	if len(lines) > 0 {
		return complain(fmt.Errorf("Lambdas were refused what they need:\n%s", strings.Join(lines, "\n")))
	}
	return 0
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}
