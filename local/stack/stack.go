// Package stack runs the whole of rez_agent on this machine: emulator, proxy, ntfy stand-in, and the very CDK app and
// Lambdas that are deployed to AWS. `make dev`, the end-to-end tests and the benchmarks all use it.
package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/rezagent/rez_agent/local/build"
	"github.com/rezagent/rez_agent/local/deploy"
	"github.com/rezagent/rez_agent/local/emulator"
	"github.com/rezagent/rez_agent/local/front"
	"github.com/rezagent/rez_agent/local/ports"
	"github.com/rezagent/rez_agent/local/process"
	"github.com/rezagent/rez_agent/local/proxy"
	"github.com/rezagent/rez_agent/local/receiver"
	"github.com/rezagent/rez_agent/local/standin"
	"github.com/rezagent/rez_agent/local/steps"
)

// Stage is the stage that a local stack deploys.
const Stage = "local"

// Topic is the stand-in's topic that the stack delivers to.
const Topic = "rez-agent"

// Options say how to run a stack.
type Options struct {
	// Root is the project's folder.
	Root string
	// Name tells stacks apart that run side by side.
	Name string
	// IAM makes the emulator check every call of a Lambda against its role, as AWS does.
	IAM bool
	// TimeDivisor divides every wait, so that a test sees hours in seconds; 0 and 1 leave them as they are.
	TimeDivisor int
	// NtfyURL is where messages go; empty starts a stand-in.
	NtfyURL string
	// Webhook starts a receiver of webhooks and deploys that channel too.
	Webhook bool
	// BeforeNtfy, where given, stands before the stand-in: it sees every request and may break it.
	BeforeNtfy func(http.Handler) http.Handler
	// EmulatorPort and NtfyPort are chosen ports; 0 takes free ones. APIPort is the API's; 0 takes the usual one, or a free
	// one where that is taken.
	EmulatorPort, NtfyPort, APIPort int
	// Printer tells a person what happens.
	Printer *steps.Printer
}

// Stack is a running stack.
type Stack struct {
	Addresses

	Emulator *emulator.Emulator
	Proxy    *proxy.Proxy
	Front    *front.Front
	// Standin is nil where messages go to the real ntfy.
	Standin *standin.Server
	// Receiver is nil where the stack has no webhook.
	Receiver *receiver.Server

	options Options
	stops   []func() error
}

// Start sets up what is needed, starts everything and deploys. On an error nothing is left running.
func Start(ctx context.Context, o Options) (*Stack, error) {
	o.TimeDivisor = max(1, o.TimeDivisor)
	s := &Stack{options: o, Addresses: Addresses{
		Name: o.Name, NtfyURL: o.NtfyURL, TimeDivisor: o.TimeDivisor, PID: os.Getpid(),
	}}
	for _, step := range s.steps() {
		err := o.Printer.Do(step.name, func(report steps.Report) error { return step.do(ctx, report) })
		if err != nil {
			return nil, errors.Join(err, s.Stop())
		}
	}
	return s, nil
}

type step struct {
	name string
	do   func(context.Context, steps.Report) error
}

func (s *Stack) steps() []step {
	root := s.options.Root
	return []step{
		{"check name and ports", s.claim},
		{"Python: the emulator", func(ctx context.Context, r steps.Report) error { return emulator.Prepare(ctx, root, r) }},
		{"Node.js: the CDK", func(ctx context.Context, r steps.Report) error { return deploy.Prepare(ctx, root, ".", r) }},
		{"Node.js: the dashboard", func(ctx context.Context, r steps.Report) error { return deploy.Dashboard(ctx, root, r) }},
		{"Go: the Lambdas and the CDK app", func(ctx context.Context, r steps.Report) error { return build.Everything(ctx, root, r) }},
		{"start the ntfy stand-in", s.startStandin},
		{"start the receiver of webhooks", s.startReceiver},
		{"start the emulator", s.startEmulator},
		{"deploy", s.deploy},
		{"make the users", s.makeUsers},
	}
}

// claim makes the stack's folder this process's own: two stacks of one name would delete each other's files. A chosen
// port that is taken is told here, before minutes are spent on setting up.
func (s *Stack) claim(ctx context.Context, report steps.Report) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	release, err := process.Lock(ctx, filepath.Join(Dir(s.options.Root, s.Name), "lock"), func() {})
	if errors.Is(err, context.DeadlineExceeded) {
		return &steps.Problem{
			Part: "stack " + s.Name, Err: errors.New("a stack of this name is running already"),
			Do: "use it, stop it (Ctrl-C in its terminal), or start another one with NAME=<name>",
		}
	}
	if err != nil {
		return err
	}
	s.onStop(release)
	report(s.Name)
	if _, err := ports.Pick(ctx, "emulator", "EMULATOR_PORT", s.options.EmulatorPort); err != nil {
		return err
	}
	if _, err = ports.Pick(ctx, "ntfy stand-in", "NTFY_PORT", s.options.NtfyPort); err != nil {
		return err
	}
	_, err = ports.Pick(ctx, "API", "API_PORT", s.options.APIPort)
	return err
}

func (s *Stack) startStandin(ctx context.Context, report steps.Report) error {
	if s.NtfyURL != "" {
		report("not needed: messages go to NTFY_URL")
		return nil
	}
	port, err := ports.Pick(ctx, "ntfy stand-in", "NTFY_PORT", s.options.NtfyPort)
	if err != nil {
		return err
	}
	address := net.JoinHostPort(ports.Loopback, strconv.Itoa(port))
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen for the ntfy stand-in: %w", err)
	}
	s.Standin = standin.New(standin.Config{Keep: keep})
	var ntfy http.Handler = s.Standin
	if s.options.BeforeNtfy != nil {
		ntfy = s.options.BeforeNtfy(ntfy)
	}
	server := &http.Server{Handler: ntfy, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	s.onStop(func() error { s.Standin.Close(); return server.Close() })
	s.StandinURL = "http://" + address
	s.NtfyURL = s.StandinURL + "/" + Topic
	report(s.NtfyURL)
	return nil
}

// keep is how many messages the stand-in remembers: more than a load test sends.
const keep = 20_000

func (s *Stack) startEmulator(ctx context.Context, report steps.Report) error {
	port, err := ports.Pick(ctx, "emulator", "EMULATOR_PORT", s.options.EmulatorPort)
	if err != nil {
		return err
	}
	proxyPort, err := ports.Pick(ctx, "proxy", "PROXY_PORT", 0)
	if err != nil {
		return err
	}
	target := "http://" + net.JoinHostPort(ports.Loopback, strconv.Itoa(port))
	if s.Proxy, err = proxy.Start(ctx, proxyPort, target); err != nil {
		return err
	}
	s.onStop(s.Proxy.Stop)
	s.Emulator, err = emulator.Start(ctx, emulator.Options{
		Root: s.options.Root, Dir: Dir(s.options.Root, s.Name), Port: port, IAM: s.options.IAM,
		LambdaEndpoint: s.Proxy.URL, Env: s.waits(),
	})
	if err != nil {
		return err
	}
	s.onStop(s.Emulator.Stop)
	s.Endpoint, s.ProxyURL = s.Emulator.URL, s.Proxy.URL
	report(s.Endpoint)
	return s.startFront(ctx)
}

// usualAPIPort lets a person's bookmarks and shell history live on from one start to the next.
const usualAPIPort = 8480

// startFront takes the API's address before there is an API: the deployment is told it.
func (s *Stack) startFront(ctx context.Context) error {
	port, err := ports.Prefer(ctx, "API", "API_PORT", s.options.APIPort, usualAPIPort)
	if err != nil {
		return err
	}
	if s.Front, err = front.Start(ctx, port, filepath.Join(s.options.Root, deploy.DashboardFiles)); err != nil {
		return err
	}
	s.onStop(s.Front.Stop)
	s.APIURL, s.SignInURL = s.Front.URL, s.Endpoint
	return nil
}

// waits divides the workflow's own waits by the same factor as ours.
func (s *Stack) waits() []string {
	if s.TimeDivisor == 1 {
		return nil
	}
	return []string{fmt.Sprintf("SFN_WAIT_SCALE=%g", 1/float64(s.TimeDivisor))}
}

func (s *Stack) deploy(ctx context.Context, report steps.Report) error {
	outputs, err := deploy.Deploy(ctx, deploy.Options{
		Root: s.options.Root, Dir: Dir(s.options.Root, s.Name), Endpoint: s.Endpoint,
		AccountID: emulator.AccountID, Region: emulator.Region, NtfyURL: s.NtfyURL, TimeDivisor: s.TimeDivisor,
		PublicURL: s.APIURL, SignInURL: s.SignInURL, WebhookURL: s.hookURL(),
	}, report)
	if err != nil {
		return err
	}
	s.take(outputs)
	if s.Receiver != nil {
		if err := s.PutWebhookSecret(ctx, s.WebhookSecret); err != nil {
			return err
		}
	}
	report(strconv.Itoa(len(s.Functions)) + " Lambdas, a workflow for each channel, 1 API")
	return s.Front.Serve(s.Endpoint + "/_aws/execute-api/" + s.APIID)
}

// makeUsers is the last step: from then on other programs find the stack.
func (s *Stack) makeUsers(ctx context.Context, report steps.Report) error {
	if err := s.Addresses.makeUsers(ctx); err != nil {
		return err
	}
	report(strconv.Itoa(len(s.Users)) + ", one for each role")
	s.onStop(func() error { return os.Remove(file(s.options.Root, s.Name)) })
	return s.write(s.options.Root)
}

func (s *Stack) onStop(stop func() error) { s.stops = append(s.stops, stop) }

// Stop ends everything, the last started first. It may be called more than once.
func (s *Stack) Stop() error {
	var err error
	for len(s.stops) > 0 {
		last := len(s.stops) - 1
		err = errors.Join(err, s.stops[last]())
		s.stops = s.stops[:last]
	}
	return err
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
