// Package process runs programs so that nothing of them is left behind: each gets a process group of its own, and is
// ended as a group, first by request and then by force.
package process

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// pipeWait bounds how long a program's output is read after it ended: a grandchild may still hold the pipe.
const pipeWait = 2 * time.Second

// Process is a started program and everything it starts.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// Start starts cmd in a process group of its own. Ctrl-C in the terminal then reaches only us, and we decide the order
// in which things stop.
func Start(cmd *exec.Cmd) (*Process, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = pipeWait
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	p := &Process{cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.err = cmd.Wait()
	}()
	return p, nil
}

// PID is the process id, and the id of the group.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the program has ended, however that came.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err says how the program ended: nil for exit code 0. It waits for the end.
func (p *Process) Err() error {
	<-p.done
	return p.err
}

// Stop asks the program to end, and kills what is left of its group after grace. It returns when the program is gone,
// may be called at any time and more than once, and fails only if the group could not be killed.
func (p *Process) Stop(grace time.Duration) error {
	select {
	case <-p.done:
	default:
		if err := p.ask(grace); err != nil {
			return err
		}
	}
	// The program may have ended without its children: the group is killed in either case.
	if err := signal(-p.PID(), syscall.SIGKILL); err != nil {
		return err
	}
	<-p.done
	return nil
}

// ask sends SIGTERM and gives the program grace to follow it.
func (p *Process) ask(grace time.Duration) error {
	if err := signal(p.PID(), syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.done:
	case <-time.After(grace):
	}
	return nil
}

// Run starts cmd and waits for its end. When ctx ends first, the program is stopped and ctx's error returned.
func Run(ctx context.Context, cmd *exec.Cmd, grace time.Duration) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	p, err := Start(cmd)
	if err != nil {
		return err
	}
	select {
	case <-p.Done():
	case <-ctx.Done():
		return errors.Join(ctx.Err(), p.Stop(grace))
	}
	if err := p.Err(); err != nil {
		return fmt.Errorf("run %s: %w", cmd.Path, err)
	}
	return nil
}

// signal sends sig to a process, or with a negative pid to a group; one that is gone is no error.
func signal(pid int, sig syscall.Signal) error {
	if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal %v to %d: %w", sig, pid, err)
	}
	return nil
}
