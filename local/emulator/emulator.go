// Package emulator runs the local AWS: MiniStack, in a virtualenv of the project, started by the launcher beside this
// file, which closes the emulator's gaps that matter to rez_agent.
package emulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/local/ports"
	"github.com/rezagent/rez_agent/local/process"
	"github.com/rezagent/rez_agent/local/steps"
)

// What the local AWS answers to: every client signs with these, and they open nothing anywhere else.
const (
	AccountID       = "000000000000"
	Region          = "us-east-1"
	AccessKeyID     = "test"
	SecretAccessKey = "test"
)

const (
	launcher = "local/emulator/launcher/launcher.py"
	// startWithin is how long the emulator may take to answer; it takes half a second on an idle machine.
	startWithin = 30 * time.Second
	// stopWithin is how long it may take to stop its Lambdas, until it is killed.
	stopWithin = 5 * time.Second
	healthPoll = 50 * time.Millisecond
)

// Options say how to start an emulator.
type Options struct {
	// Root is the project's folder.
	Root string
	// Dir holds the emulator's files; it is emptied at start.
	Dir string
	// Port on loopback.
	Port int
	// IAM makes the emulator check every call against the caller's policies, as AWS does.
	IAM bool
	// LambdaEndpoint is the URL at which Lambdas find AWS; empty means the emulator itself.
	LambdaEndpoint string
	// Env is more environment for the emulator, KEY=value; Lambdas inherit it.
	Env []string
}

// Emulator is a running local AWS.
type Emulator struct {
	// URL is its endpoint.
	URL string

	process *process.Process
	// lifeline is the launcher's standard input. The kernel closes it when we die, and the launcher then ends.
	lifeline io.Closer
	log      string
	http     *http.Client
}

// Start starts an emulator and waits until it is healthy. Prepare must have been called.
func Start(ctx context.Context, o Options) (*Emulator, error) {
	tmp := filepath.Join(o.Dir, "tmp")
	if err := errors.Join(os.RemoveAll(tmp), os.MkdirAll(tmp, 0o755)); err != nil {
		return nil, fmt.Errorf("empty the emulator's folder: %w", err)
	}
	e := &Emulator{
		URL:  "http://" + ports.Loopback + ":" + strconv.Itoa(o.Port),
		log:  filepath.Join(o.Dir, "emulator.log"),
		http: &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}},
	}
	if err := e.start(ctx, o, tmp); err != nil {
		return nil, err
	}
	if err := e.waitHealthy(ctx); err != nil {
		return nil, errors.Join(err, e.Stop())
	}
	return e, nil
}

func (e *Emulator) start(ctx context.Context, o Options, tmp string) error {
	log, err := os.Create(e.log)
	if err != nil {
		return fmt.Errorf("make the emulator's log: %w", err)
	}
	defer log.Close() //nolint:errcheck // the child has its own handle, ours was never written to
	cmd := exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(o.Root, venvPython), filepath.Join(o.Root, launcher))
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = o.Dir, e.environment(o, tmp), log, log
	if e.lifeline, err = cmd.StdinPipe(); err != nil {
		return fmt.Errorf("make the emulator's lifeline: %w", err)
	}
	if e.process, err = process.Start(cmd); err != nil {
		return fmt.Errorf("start the emulator: %w", err)
	}
	return nil
}

// environment is all that the emulator sees, and all that Lambdas inherit: nothing of the user's own, above all no real
// AWS credentials.
func (e *Emulator) environment(o Options, tmp string) []string {
	endpoint := o.LambdaEndpoint
	if endpoint == "" {
		endpoint = e.URL
	}
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + tmp, "TMPDIR=" + tmp, "LANG=C.UTF-8",
		"BIND_HOST=" + ports.Loopback, "MINISTACK_HOST=" + ports.Loopback, "GATEWAY_PORT=" + strconv.Itoa(o.Port),
		"AWS_ENDPOINT_URL=" + endpoint, "MINISTACK_REGION=" + Region, "MINISTACK_ACCOUNT_ID=" + AccountID,
		"IOT_MTLS_ENABLED=0", "SFTP_ENABLED=0", "LOG_LEVEL=WARNING",
		"STATE_DIR=" + filepath.Join(tmp, "state"), "S3_DATA_DIR=" + filepath.Join(tmp, "s3"),
	}
	if o.IAM {
		env = append(env, "AUTH=true")
	}
	return append(env, o.Env...)
}

func (e *Emulator) waitHealthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	tick := time.NewTicker(healthPoll)
	defer tick.Stop()
	for {
		if e.healthy(ctx) {
			return nil
		}
		select {
		case <-e.process.Done():
			return e.problem(errors.New("ended while starting"))
		case <-ctx.Done():
			return e.problem(fmt.Errorf("did not answer within %v: %w", startWithin, ctx.Err()))
		case <-tick.C:
		}
	}
}

func (e *Emulator) healthy(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.URL+"/_ministack/health", http.NoBody)
	if err != nil {
		return false
	}
	response, err := e.http.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// problem adds to an error what the emulator printed and what to do.
func (e *Emulator) problem(err error) error {
	log, readErr := os.ReadFile(e.log)
	if readErr != nil {
		log = []byte(readErr.Error())
	}
	do := "read its words above; the whole log is " + e.log
	if strings.Contains(string(log), "patch targets are missing") {
		do = "remove .venv and start again, so that the pinned version is installed"
	}
	return &steps.Problem{Part: "emulator", Err: err, Do: do, Log: tail(string(log))}
}

// Done is closed when the emulator has ended, also when it ended on its own.
func (e *Emulator) Done() <-chan struct{} { return e.process.Done() }

// Failure says why an emulator that was not stopped has ended, with the end of its log.
func (e *Emulator) Failure() error { return e.problem(errors.New("ended on its own")) }

// PID is the emulator's process id, and the id of the process group that holds it and every Lambda.
func (e *Emulator) PID() int { return e.process.PID() }

// Stop ends the emulator and every Lambda it started. It may be called more than once.
func (e *Emulator) Stop() error {
	err := e.process.Stop(stopWithin)
	if closeErr := e.lifeline.Close(); closeErr != nil && !errors.Is(closeErr, os.ErrClosed) {
		err = errors.Join(err, closeErr)
	}
	if err != nil {
		return fmt.Errorf("stop the emulator: %w", err)
	}
	return nil
}
