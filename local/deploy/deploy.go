// Package deploy runs the real CDK command line against the emulator.
package deploy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/local/build"
	"github.com/rezagent/rez_agent/local/process"
	"github.com/rezagent/rez_agent/local/steps"
)

const (
	cdk       = "node_modules/.bin/cdk"
	lockFile  = "package-lock.json"
	npmStamp  = "node_modules/.stamp"
	npmLock   = "build/local/npm.lock"
	toolGrace = 5 * time.Second
)

// Prepare installs the pinned CDK command line into the project. When it is there already, that takes no time.
func Prepare(ctx context.Context, root string, report steps.Report) error {
	if _, err := exec.LookPath("npm"); err != nil {
		return &steps.Problem{
			Part: "Node.js", Err: errors.New("no npm in PATH; the CDK runs on Node.js"),
			Do: "install Node.js 20.19 or newer (https://nodejs.org) and start again",
		}
	}
	release, err := process.Lock(ctx, filepath.Join(root, npmLock), func() { report("waiting for another set-up") })
	if err != nil {
		return err
	}
	return errors.Join(install(ctx, root, report), release())
}

func install(ctx context.Context, root string, report steps.Report) error {
	lock, err := os.ReadFile(filepath.Join(root, lockFile))
	if err != nil {
		return fmt.Errorf("read %s: %w", lockFile, err)
	}
	sum := sha256.Sum256(lock)
	want := hex.EncodeToString(sum[:])
	have, err := os.ReadFile(filepath.Join(root, npmStamp))
	if err == nil && string(have) == want {
		report("already there")
		return nil
	}
	report("npm ci")
	if log, err := run(ctx, root, nil, nil, "npm", "ci", "--no-audit", "--no-fund"); err != nil {
		return &steps.Problem{
			Part: "Node.js", Err: fmt.Errorf("npm ci: %w", err),
			Do: "read npm's words above: mostly the network or a proxy setting; then start again", Log: log,
		}
	}
	if err := os.WriteFile(filepath.Join(root, npmStamp), []byte(want), 0o644); err != nil {
		return fmt.Errorf("note that the CDK is installed: %w", err)
	}
	return nil
}

// Options say what to deploy, and where.
type Options struct {
	// Root is the project's folder, Dir one for this stack's files.
	Root, Dir string
	// Endpoint is the emulator; AccountID and Region are its own.
	Endpoint, AccountID, Region string
	// NtfyURL is where the deployed pipeline delivers.
	NtfyURL string
	// TimeDivisor divides every wait; 1 for none.
	TimeDivisor int
}

// Outputs are the stacks' outputs by name.
type Outputs map[string]string

// Deploy bootstraps the emulator and deploys every stack of the local stage.
func Deploy(ctx context.Context, o Options, report steps.Report) (Outputs, error) {
	report("cdk bootstrap")
	if err := o.cdk(ctx, report, "bootstrap", "aws://"+o.AccountID+"/"+o.Region); err != nil {
		return nil, err
	}
	outputs := filepath.Join(o.Dir, "outputs.json")
	report("cdk deploy")
	err := o.cdk(ctx, report, "deploy", "--all", "--require-approval", "never", "--method", "direct",
		"--outputs-file", outputs, "--concurrency", "1")
	if err != nil {
		return nil, err
	}
	return readOutputs(outputs)
}

func (o Options) cdk(ctx context.Context, report steps.Report, args ...string) error {
	args = append(args,
		"--app", filepath.Join(o.Root, build.App), "--output", filepath.Join(o.Dir, "cdk.out"), "--no-notices",
		"-c", "stage=local", "-c", "ntfy_url="+o.NtfyURL, "-c", "time_divisor="+strconv.Itoa(o.TimeDivisor),
		"-c", "assets="+filepath.Join(o.Root, build.Assets),
	)
	log, err := run(ctx, o.Root, o.environment(), report, filepath.Join(o.Root, cdk), args...)
	if err != nil {
		return &steps.Problem{
			Part: "cdk " + args[0], Err: err, Do: "read the CDK's words above, mend that, and start again", Log: log,
		}
	}
	return nil
}

// environment leads every call to the emulator, whatever account the user is signed in to.
func (o Options) environment() []string {
	return append(os.Environ(),
		"AWS_ENDPOINT_URL="+o.Endpoint, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_SESSION_TOKEN=",
		"AWS_PROFILE=", "AWS_REGION="+o.Region, "AWS_DEFAULT_REGION="+o.Region, "AWS_EC2_METADATA_DISABLED=true",
		"CDK_DEFAULT_ACCOUNT="+o.AccountID, "CDK_DEFAULT_REGION="+o.Region, "CDK_DISABLE_CLI_TELEMETRY=true",
		"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=1", "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION=1",
		"JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION=1", "NO_COLOR=1",
	)
}

// run runs a tool, reports each line that it prints, and gives the end of it all.
func run(ctx context.Context, dir string, env []string, report steps.Report, name string, args ...string) (string, error) {
	reader, writer := io.Pipe()
	var log bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		scanner := bufio.NewScanner(io.TeeReader(reader, &log))
		for scanner.Scan() {
			if line := strings.TrimSpace(scanner.Text()); report != nil && line != "" {
				report(line)
			}
		}
		_, _ = io.Copy(io.Discard, reader)
	}()
	cmd := exec.CommandContext(context.WithoutCancel(ctx), name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, writer, writer
	err := process.Run(ctx, cmd, toolGrace)
	_ = writer.Close()
	<-done
	return tail(log.String()), err
}

// tail is the end of a log, short enough to be read in a terminal.
func tail(log string) string {
	const most = 30
	lines := strings.SplitAfter(strings.TrimSpace(log), "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "")
}

func readOutputs(path string) (Outputs, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the stacks' outputs: %w", err)
	}
	var stacks map[string]map[string]string
	if err := json.Unmarshal(text, &stacks); err != nil {
		return nil, fmt.Errorf("read the stacks' outputs: %w", err)
	}
	all := Outputs{}
	for _, stack := range stacks {
		for name, value := range stack {
			all[name] = value
		}
	}
	return all, nil
}
