package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/follow"
	"github.com/rezagent/rez_agent/local/logs"
	"github.com/rezagent/rez_agent/local/receiver"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/steps"
)

type startFlags struct {
	NtfyURL      string `env:"NTFY_URL"      help:"Deliver to this ntfy topic instead of the stand-in: https://ntfy.sh/<topic>."`
	EmulatorPort int    `env:"EMULATOR_PORT" help:"The emulator's port; a free one where none is given."`
	NtfyPort     int    `env:"NTFY_PORT"     help:"The stand-in's port; a free one where none is given."`
	APIPort      int    `env:"API_PORT"      help:"The API's port; 8480 where none is given, or a free one if that is taken."`
	TimeDivisor  int    `default:"1" env:"TIME_DIVISOR" help:"Divide every wait, to see an outage of hours in minutes."`
	IAM          bool   `env:"IAM"           help:"Check every call of a Lambda against its role, as AWS does."`
}

type devCommand struct{ startFlags }

type demoCommand struct{ startFlags }

// deliverWithin is how long the first message may take; it takes a second where nothing is broken.
const deliverWithin = time.Minute

func (f startFlags) start(ctx context.Context, w world) (*stack.Stack, error) {
	return stack.Start(ctx, stack.Options{
		Root: w.root, Name: w.name, IAM: f.IAM, TimeDivisor: f.TimeDivisor, NtfyURL: f.NtfyURL,
		EmulatorPort: f.EmulatorPort, NtfyPort: f.NtfyPort, APIPort: f.APIPort, Webhook: true, Printer: w.printer,
	})
}

// errPrinted: the step printer has told the person already.
var errPrinted = errors.New("the step printer has told it")

func (c demoCommand) Run(ctx context.Context, w world) error {
	s, err := c.start(ctx, w)
	if err != nil {
		return errPrinted
	}
	err = deliverOne(ctx, w, s)
	return errors.Join(err, w.printer.Do("stop", func(steps.Report) error { return s.Stop() }))
}

func (c devCommand) Run(ctx context.Context, w world) error {
	s, err := c.start(ctx, w)
	if err != nil {
		return errPrinted
	}
	err = deliverOne(ctx, w, s)
	if err == nil {
		printAddresses(w, s)
		err = stay(ctx, w, s)
	}
	return errors.Join(err, w.printer.Do("stop", func(steps.Report) error { return s.Stop() }))
}

// deliverOne fires the schedule and follows its message until ntfy shows it.
func deliverOne(ctx context.Context, w world, s *stack.Stack) error {
	ctx, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	w.printer.Titlef("A message travels: schedule → DynamoDB → SNS → SQS → Step Functions → ntfy")
	began := time.Now()
	tell := func(text string) { w.printer.Notef("  %6.2f s  %s", time.Since(began).Seconds(), text) }
	id, err := s.Schedule(ctx, began)
	if err != nil {
		return fmt.Errorf("fire the schedule: %w", err)
	}
	tell("the scheduler made message " + id)
	rec, err := follower(&s.Addresses, tell).Message(ctx, id)
	if err != nil {
		return err
	}
	if rec.Status != message.StatusCompleted {
		return fmt.Errorf("the message was not delivered: %s (%s): %s", rec.Status, rec.Reason, rec.Detail)
	}
	return shown(ctx, s.NtfyURL, rec, tell)
}

func follower(a *stack.Addresses, tell func(string)) follow.Follower {
	return follow.Follower{
		Records: a.Messages(), Executions: follow.Histories{Client: sfn.NewFromConfig(a.AWS())}, Tell: tell,
	}
}

// shown tells that ntfy shows a completed message, once it really does.
func shown(ctx context.Context, ntfyURL string, rec message.Record, tell func(string)) error {
	err := follow.Shown(ctx, ntfyURL, rec.Attempts[len(rec.Attempts)-1].NtfyID)
	if errors.Is(err, follow.ErrNotReadable) {
		tell("ntfy took it; " + err.Error())
		return nil
	}
	if err != nil {
		return fmt.Errorf("the record says completed, but: %w", err)
	}
	tell("ntfy shows it: " + ntfyURL)
	return nil
}

func printAddresses(w world, s *stack.Stack) {
	p := w.printer
	p.Titlef("Running. Ctrl-C stops it.")
	if s.StandinURL != "" {
		p.Pair("phone", s.NtfyURL+"  (open it in a browser)")
	} else {
		p.Pair("ntfy", s.NtfyURL)
	}
	p.Pair("webhooks", s.ReceiverURL+receiver.Control+"  (what came; send with `rezagent send --type webhook`)")
	p.Pair("dashboard", s.APIURL+"/  (sign in as one of the two below)")
	p.Pair("API", s.APIURL+"/api")
	p.Pair("API's docs", s.APIURL+"/api/docs")
	for _, user := range s.Users {
		p.Pair("sign in as", user.Name+"  password "+user.Password)
	}
	p.Pair("AWS endpoint", s.Endpoint)
	p.Pair("tables", s.MessagesTable+", "+s.CircuitTable)
	p.Pair("queue, DLQ", last(s.QueueURL)+", "+last(s.DLQURL))
	p.Pair("workflow", last(s.StateMachineARN))
	p.Titlef("Try, in another terminal:")
	p.Pair("make send", `TEXT="it works"`)
	p.Pair("make break", "and send some more: the circuit opens, messages wait")
	p.Pair("make heal", "and all of them arrive")
	p.Pair("make status", "queue, DLQ and circuit")
	p.Titlef("Or as a program does:")
	p.Notef("  %s", curl(&s.Addresses))
	p.Titlef("Logs of all Lambdas:")
}

// curl is a line that works when it is pasted in the project's folder.
func curl(a *stack.Addresses) string {
	token := "build/bin/local token"
	if a.Name != defaultName {
		token = "build/bin/local --name=" + a.Name + " token"
	}
	return `curl -sS -H "Authorization: Bearer $(` + token + `)" -H 'Content-Type: application/json' ` +
		`-d '{"message_type":"notification","payload":{"message":"it works"}}' ` + a.APIURL + `/api/messages`
}

func last(address string) string {
	return address[strings.LastIndexAny(address, ":/")+1:]
}

// stay shows the logs until the person stops it, or the emulator dies.
func stay(ctx context.Context, w world, s *stack.Stack) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-s.Emulator.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	if err := stream(&s.Addresses, w).Follow(ctx, time.Now()); err != nil {
		return err
	}
	select {
	case <-s.Emulator.Done():
		return s.Emulator.Failure()
	default:
		return nil
	}
}

func stream(a *stack.Addresses, w world) *logs.Stream {
	functions := make([]string, 0, len(a.Functions))
	for _, task := range contract.AllTasks() {
		if name, deployed := a.Functions[task]; deployed {
			functions = append(functions, name)
		}
	}
	return &logs.Stream{
		Client: cloudwatchlogs.NewFromConfig(a.AWS()), Functions: functions, Out: w.out, Colour: w.printer.Terminal(),
	}
}
