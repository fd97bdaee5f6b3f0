// Package deploy runs the real CDK command line against the emulator.
package deploy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rezagent/rez_agent/local/build"
	"github.com/rezagent/rez_agent/local/process"
	"github.com/rezagent/rez_agent/local/steps"
)

const (
	cdk      = "node_modules/.bin/cdk"
	lockFile = "package-lock.json"
	npmStamp = "node_modules/.stamp"
	npmLock  = "build/local/npm.lock"
)

// Prepare installs the pinned npm packages of one of the project's folders: "." has the CDK's command line, "web" what
// builds the dashboard. When they are there already, that takes no time.
func Prepare(ctx context.Context, root, folder string, report steps.Report) error {
	if err := checkNode(ctx); err != nil {
		return err
	}
	release, err := process.Lock(ctx, filepath.Join(root, npmLock), func() { report("waiting for another set-up") })
	if err != nil {
		return err
	}
	return errors.Join(install(ctx, filepath.Join(root, folder), report), release())
}

func install(ctx context.Context, dir string, report steps.Report) error {
	lock, err := os.ReadFile(filepath.Join(dir, lockFile))
	if err != nil {
		return fmt.Errorf("read %s: %w", lockFile, err)
	}
	sum := sha256.Sum256(lock)
	want := hex.EncodeToString(sum[:])
	have, err := os.ReadFile(filepath.Join(dir, npmStamp))
	if err == nil && string(have) == want {
		report("already there")
		return nil
	}
	report("npm ci")
	if log, err := run(ctx, dir, nil, nil, "npm", "ci", "--no-audit", "--no-fund"); err != nil {
		return &steps.Problem{
			Part: "Node.js", Err: fmt.Errorf("npm ci: %w", err),
			Do: "read npm's words above: mostly the network or a proxy setting; then start again", Log: log,
		}
	}
	if err := os.WriteFile(filepath.Join(dir, npmStamp), []byte(want), 0o644); err != nil {
		return fmt.Errorf("note that npm has installed: %w", err)
	}
	report("installed into node_modules")
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
	// PublicURL is the origin under which a browser is to see the API, SignInURL that of the sign-in pages.
	PublicURL, SignInURL string
	// WebhookURL is where signed events go; empty leaves the channel out.
	WebhookURL string
}

// Outputs are the stacks' outputs by name.
type Outputs map[string]string

// Deploy bootstraps the emulator and deploys every stack of the local stage.
func Deploy(ctx context.Context, o Options, report steps.Report) (Outputs, error) {
	report("cdk bootstrap")
	// Where it sees an app, bootstrap synthesizes it first, for nothing: it runs where it sees none.
	if err := o.cdk(ctx, o.Dir, report, "bootstrap", "aws://"+o.AccountID+"/"+o.Region); err != nil {
		return nil, err
	}
	outputs := filepath.Join(o.Dir, "outputs.json")
	report("synthesizing the CDK app")
	arguments := []string{
		"deploy", "--all", "--require-approval", "never", "--method", "direct",
		"--outputs-file", outputs, "--concurrency", "1",
		"--app", filepath.Join(o.Root, build.App), "--output", filepath.Join(o.Dir, "cdk.out"),
		"-c", "stage=local", "-c", "ntfy_url=" + o.NtfyURL, "-c", "time_divisor=" + strconv.Itoa(o.TimeDivisor),
		"-c", "public_url=" + o.PublicURL, "-c", "sign_in_url=" + o.SignInURL, "-c", "version=local",
		"-c", "assets=" + filepath.Join(o.Root, build.Assets),
	}
	if o.WebhookURL != "" {
		arguments = append(arguments, "-c", "webhook_url="+o.WebhookURL)
	}
	if err := o.cdk(ctx, o.Root, report, arguments...); err != nil {
		return nil, err
	}
	return readOutputs(outputs)
}

func (o Options) cdk(ctx context.Context, dir string, report steps.Report, args ...string) error {
	log, err := run(ctx, dir, o.environment(), report, filepath.Join(o.Root, cdk), append(args, "--no-notices")...)
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
		maps.Copy(all, stack)
	}
	return all, nil
}
