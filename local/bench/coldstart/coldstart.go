// Package coldstart measures how long a Lambda takes from its process's start to its first handled event, and how much
// memory it then has, beside a Lambda that does nothing: a runtime API of our own hands out the event, and a loopback
// server answers for AWS. What AWS does before it starts the process is not in it: that is the same for every Lambda.
package coldstart

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/build"
	"github.com/rezagent/rez_agent/local/process"
)

// Options say what to measure.
type Options struct {
	// Root is the project's folder.
	Root string
	// Starts of each Lambda that are counted; one more before them, which warms the machine's caches, is not.
	Starts int
	// Report tells how far it is.
	Report func(string)
}

// patience bounds one start. It is long: a machine may be busy, and a start that hangs is a fault.
const patience = 30 * time.Second

// subject is one Lambda.
type subject struct {
	name   string
	binary string
	scene  scene
}

// Measured is a Lambda's starts.
type Measured struct {
	Name string
	// Binary is the size in bytes.
	Binary int64
	// Calls are the AWS calls of its first event, in order.
	Calls  []string
	Starts []Start
}

// Start is one start.
type Start struct {
	// Ready is from the process's start until it asks for an event, First until it has answered it.
	Ready, First time.Duration
	// Memory is what it has in RAM when it waits for the second event, in bytes.
	Memory int64
}

// Measure starts every Lambda by turns; the yardsticks are the first of the list, the empty one before the other.
func Measure(ctx context.Context, o Options) ([]Measured, error) {
	w, err := newWorld()
	if err != nil {
		return nil, err
	}
	defer w.stop()
	all, err := subjects(ctx, o)
	if err != nil {
		return nil, err
	}
	measured := make([]Measured, len(all))
	for round := range o.Starts + 1 {
		o.Report(fmt.Sprintf("start %d of %d of each", round, o.Starts))
		for turn := range all {
			i := (round + turn) % len(all) // nobody always follows the same one
			s := all[i]
			start, err := w.start(ctx, s)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			calls := w.cloud.takeCalls()
			if round == 0 {
				info, err := os.Stat(s.binary)
				if err != nil {
					return nil, fmt.Errorf("measure %s: %w", s.name, err)
				}
				measured[i] = Measured{Name: s.name, Binary: info.Size(), Calls: calls}
				continue
			}
			measured[i].Starts = append(measured[i].Starts, start)
		}
	}
	return measured, nil
}

// The yardsticks: a Lambda that does nothing, and one that reads one item with AWS's SDK.
const (
	emptyName   = "empty"
	onecallName = "onecall"
)

// subjects builds what is measured: the yardsticks, and all Lambdas, for this machine.
func subjects(ctx context.Context, o Options) ([]subject, error) {
	if err := build.Lambdas(ctx, o.Root, runtime.GOARCH, o.Report); err != nil {
		return nil, err
	}
	var all []subject
	for _, yardstick := range []string{emptyName, onecallName} {
		binary := filepath.Join("build", "bin", "coldstart", yardstick)
		if err := build.Lambda(ctx, o.Root, runtime.GOARCH, binary, "./local/bench/coldstart/"+yardstick); err != nil {
			return nil, err
		}
		all = append(all, subject{yardstick, filepath.Join(o.Root, binary), idle})
	}
	for _, task := range contract.Tasks() {
		scene, there := scenes()[task]
		if !there {
			return nil, fmt.Errorf("no first event for the Lambda %s", task)
		}
		binary := filepath.Join(o.Root, build.Assets, runtime.GOARCH, string(task), "bootstrap")
		all = append(all, subject{string(task), binary, scene})
	}
	return all, nil
}

// idle is the scene of a yardstick, which answers with its input.
func idle(context.Context, *world) (event any, answers string, err error) {
	return json.RawMessage(`{}`), `{}`, nil
}

// start runs a Lambda until it waits for its second event.
func (w *world) start(ctx context.Context, s subject) (Start, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	w.cloud.forget()
	event, answers, err := s.scene(ctx, w)
	if err != nil {
		return Start{}, fmt.Errorf("prepare the event: %w", err)
	}
	text, err := json.Marshal(event)
	if err != nil {
		return Start{}, fmt.Errorf("write the event: %w", err)
	}
	api, err := serve(ctx, text)
	if err != nil {
		return Start{}, err
	}
	defer api.close()
	w.cloud.takeCalls() // the scene's own

	var log bytes.Buffer
	cmd := exec.CommandContext(ctx, s.binary)
	cmd.Env, cmd.Stdout, cmd.Stderr = w.environment(api.address), &log, &log
	began := time.Now()
	p, err := process.Start(cmd)
	if err != nil {
		return Start{}, err
	}
	memory, failure := waited(ctx, api, p)
	if err := p.Stop(0); err != nil {
		return Start{}, err
	}
	if failure == nil {
		failure = api.check(answers)
	}
	if failure != nil {
		return Start{}, fmt.Errorf("%w\n%s", failure, log.String())
	}
	return Start{Ready: api.ready.Sub(began), First: api.answered.Sub(began), Memory: memory}, nil
}

// waited waits until the process asks for its second event, and reads what memory it has then.
func waited(ctx context.Context, api *runtimeAPI, p *process.Process) (int64, error) {
	select {
	case <-api.waiting:
		return resident(p.PID())
	case <-p.Done():
		return 0, fmt.Errorf("it ended: %w", p.Err())
	case <-ctx.Done():
		return 0, fmt.Errorf("it did not answer: %w", ctx.Err())
	}
}

// check says what is wrong with the answer.
func (a *runtimeAPI) check(answers string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failure != nil || !bytes.Contains(a.answer, []byte(answers)) {
		return errors.Join(a.failure, fmt.Errorf("it answered %s, without %s", a.answer, answers))
	}
	return nil
}

// resident is what of a process is in RAM, in bytes.
func resident(pid int) (int64, error) {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, fmt.Errorf("read its memory: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			kib, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			if err != nil {
				return 0, fmt.Errorf("read its memory: %w", err)
			}
			const kibibyte = 1024
			return kib * kibibyte, nil
		}
	}
	return 0, errors.New("read its memory: no VmRSS")
}

// median of a figure of the starts.
func median(starts []Start, of func(Start) float64) float64 {
	all := make([]float64, len(starts))
	for i, start := range starts {
		all[i] = of(start)
	}
	slices.Sort(all)
	const two = 2
	if n := len(all); n%two == 0 {
		return (all[n/two-1] + all[n/two]) / two
	}
	return all[len(all)/two]
}
