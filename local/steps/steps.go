// Package steps tells a person what the local stack is doing: one line for each step with how long it took, progress
// while a step is long, and what to do next when one fails.
package steps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
)

// How often a running step is drawn: a spinner on a terminal, now and then a line elsewhere (a log file, CI).
const (
	spinEvery = 100 * time.Millisecond
	lineEvery = 5 * time.Second
)

// nameWidth lines the durations up.
const nameWidth = 46

// Report is how a running step tells its latest progress, a few words each time.
type Report func(progress string)

// Printer prints steps. It may be used from several goroutines, one step at a time.
type Printer struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	width    int
}

// New makes a printer. On a terminal it draws and colours; anywhere else it prints plain lines.
func New(out io.Writer) *Printer {
	p := &Printer{out: out, width: nameWidth}
	if file, ok := out.(*os.File); ok && term.IsTerminal(file.Fd()) {
		p.terminal = true
		if width, _, err := term.GetSize(file.Fd()); err == nil && width > 0 {
			p.width = width
		}
	}
	return p
}

// Terminal tells whether the printer draws on a terminal.
func (p *Printer) Terminal() bool { return p.terminal }

// Do runs one step and prints its name, result and duration. The step's error is returned as it came.
func (p *Printer) Do(name string, step func(report Report) error) error {
	began := time.Now()
	progress := p.watch(name, began)
	err := step(progress.report)
	last := progress.stop()
	took := time.Since(began)
	if errors.Is(err, context.Canceled) { // by the person, who needs no explanation
		p.line(p.styled(faint, "- "+pad(name)+seconds(took)+"  stopped"))
		return err
	}
	if err != nil {
		p.line(p.styled(bad, "✗ "+pad(name)) + p.styled(faint, seconds(took)))
		p.explain(err)
		return err
	}
	text := p.styled(good, "✓ ") + pad(name) + p.styled(faint, seconds(took))
	if last != "" {
		text += "  " + p.styled(faint, last)
	}
	p.line(text)
	return nil
}

// Notef prints a line between steps.
func (p *Printer) Notef(format string, args ...any) { p.line(fmt.Sprintf(format, args...)) }

// Titlef prints a line that begins a new part.
func (p *Printer) Titlef(format string, args ...any) {
	p.line("\n" + p.styled(strong, fmt.Sprintf(format, args...)))
}

// Pair prints a name and what belongs to it, as addresses are shown.
func (p *Printer) Pair(name, value string) {
	p.line("  " + p.styled(faint, fmt.Sprintf("%-16s", name)) + " " + value)
}

// explain prints what was wrong and what to do next.
func (p *Printer) explain(err error) {
	var problem *Problem
	if !errors.As(err, &problem) {
		p.line("  " + err.Error())
		return
	}
	for line := range strings.Lines(problem.Log) {
		p.line(p.styled(faint, "  | "+strings.TrimRight(line, "\n")))
	}
	p.line("  " + p.styled(bad, problem.Part+": ") + problem.Err.Error())
	p.line("  " + p.styled(strong, "what to do: ") + problem.Do)
}

func (p *Printer) line(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.write(text + "\n")
}

// write leaves out an error: there is nobody to tell when the output is gone, and work goes on without it.
func (p *Printer) write(text string) {
	_, _ = io.WriteString(p.out, text)
}

type style int

const (
	good style = iota
	bad
	faint
	strong
)

func (p *Printer) styled(s style, text string) string {
	if !p.terminal {
		return text
	}
	switch s {
	case good:
		return lipgloss.NewStyle().Foreground(lipgloss.Green).Render(text)
	case bad:
		return lipgloss.NewStyle().Foreground(lipgloss.Red).Render(text)
	case faint:
		return lipgloss.NewStyle().Faint(true).Render(text)
	case strong:
		return lipgloss.NewStyle().Bold(true).Render(text)
	}
	return text
}

func pad(name string) string {
	return name + strings.Repeat(" ", max(1, nameWidth-ansi.StringWidth(name)))
}

func seconds(d time.Duration) string { return fmt.Sprintf("%6.1f s", d.Seconds()) }
