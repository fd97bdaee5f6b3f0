package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/queue"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/local/build"
	"github.com/rezagent/rez_agent/local/deploy"
	"github.com/rezagent/rez_agent/local/emulator"
	"github.com/rezagent/rez_agent/local/receiver"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/steps"
)

type logsCommand struct{}

func (logsCommand) Run(ctx context.Context, w world) error {
	a, err := stack.Open(w.root, w.name)
	if err != nil {
		return err
	}
	return stream(a, w).Follow(ctx, time.Now().Add(-time.Minute))
}

type breakCommand struct {
	Kind    string `default:"status" help:"What goes wrong: status, latency, reset, ratelimit, quota, unauthorized, garbage, redirect and others; an unknown kind lists them all."`
	Status  int    `default:"503"    help:"With status: the answer's HTTP status."`
	Count   int    `help:"How many requests it hits; 0 until healed."`
	Channel string `default:"ntfy" enum:"ntfy,webhook" help:"Which side breaks: ntfy, or the receiver of webhooks (which knows no kind but status)."`
}

func (c breakCommand) Run(ctx context.Context, w world) error {
	fault := map[string]any{"kind": c.Kind, "count": c.Count}
	if c.Kind == "status" {
		fault["status"] = c.Status
	}
	body, err := json.Marshal(fault)
	if err != nil {
		return fmt.Errorf("write the fault: %w", err)
	}
	if err := control(ctx, w, c.Channel, http.MethodPost, body); err != nil {
		return err
	}
	w.printer.Notef("%s is broken (%s). `make heal` mends it", c.Channel, c.Kind)
	return nil
}

type healCommand struct {
	Channel string `default:"ntfy" enum:"ntfy,webhook" help:"Which side is mended."`
}

func (c healCommand) Run(ctx context.Context, w world) error {
	if err := control(ctx, w, c.Channel, http.MethodDelete, nil); err != nil {
		return err
	}
	w.printer.Notef("%s is well again", c.Channel)
	return nil
}

// control speaks to the stand-in, or to the receiver of webhooks, of a running stack.
func control(ctx context.Context, w world, channel, method string, body []byte) error {
	a, err := stack.Open(w.root, w.name)
	if err != nil {
		return err
	}
	address := a.StandinURL + "/_standin/fault"
	switch {
	case channel == contract.ChannelWebhook:
		address = a.ReceiverURL + receiver.Control + "/fault"
	case a.StandinURL == "":
		return errors.New("this stack delivers to a real ntfy, which nobody here can break; start one without NTFY_URL")
	}
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask the stand-in: %w", err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask the stand-in: %w", err)
	}
	defer answer.Body.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("the stand-in refuses: %s", refusal(text))
	}
	return nil
}

// refusal is what the stand-in says, without the JSON around it.
func refusal(text []byte) string {
	var problem struct{ Error string }
	if json.Unmarshal(text, &problem) == nil && problem.Error != "" {
		return problem.Error
	}
	return string(bytes.TrimSpace(text))
}

type statusCommand struct{}

func (statusCommand) Run(ctx context.Context, w world) error {
	a, err := stack.Open(w.root, w.name)
	if err != nil {
		return err
	}
	cfg := a.AWS()
	client := sqs.NewFromConfig(cfg)
	waiting, err := (&queue.Queue{Client: client, URL: a.QueueURL}).Visible(ctx)
	if err != nil {
		return err
	}
	dead, err := (&queue.Queue{Client: client, URL: a.DLQURL}).Visible(ctx)
	if err != nil {
		return err
	}
	item, err := store.NewCircuits(dynamodb.NewFromConfig(cfg), a.CircuitTable).LoadCircuit(ctx, contract.ChannelNtfy)
	if err != nil {
		return err
	}
	w.printer.Pair("ntfy", a.NtfyURL)
	w.printer.Pair("AWS endpoint", a.Endpoint)
	w.printer.Pair("queue", fmt.Sprintf("%d waiting to be received", waiting))
	w.printer.Pair("DLQ", fmt.Sprintf("%d", dead))
	state := string(item.Circuit.State)
	if state == "" {
		state = "closed"
	}
	if item.Circuit.Cause != "" {
		state += fmt.Sprintf(" (%s), next probe %s", item.Circuit.Cause, item.Circuit.RetryAt.Local().Format("15:04:05"))
	}
	w.printer.Pair("circuit", state)
	if item.Limit.Limited(time.Now()) {
		w.printer.Pair("rate limit", "slots taken until "+item.Limit.NextSlot.Local().Format("15:04:05"))
	}
	return nil
}

type buildCommand struct{}

func (buildCommand) Run(ctx context.Context, w world) error {
	return w.printer.Do("Go: the Lambdas and the CDK app", func(report steps.Report) error {
		if err := build.Everything(ctx, w.root, report); err != nil {
			return err
		}
		if runtime.GOARCH == "arm64" {
			return nil
		}
		return build.Lambdas(ctx, w.root, "arm64", report) // what AWS runs
	})
}

type dashboardCommand struct{}

func (dashboardCommand) Run(ctx context.Context, w world) error {
	return w.printer.Do("Node.js: the dashboard", func(report steps.Report) error { return deploy.Dashboard(ctx, w.root, report) })
}

type setupCommand struct{}

func (setupCommand) Run(ctx context.Context, w world) error {
	err := w.printer.Do("Python: the emulator", func(report steps.Report) error {
		return emulator.Prepare(ctx, w.root, report)
	})
	if err != nil {
		return errPrinted
	}
	return w.printer.Do("Node.js: the CDK", func(report steps.Report) error { return deploy.Prepare(ctx, w.root, ".", report) })
}
