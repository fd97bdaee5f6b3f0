// Package output prints what the command line has to say: tables and lines for people, one JSON object a line for programs.
package output

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"charm.land/lipgloss/v2"
)

// Printer prints results to Out and remarks to Err.
type Printer struct {
	Out, Err io.Writer
	// AsJSON prints results for programs.
	AsJSON bool
	// Colour styles what goes to Out.
	Colour bool
	// Width is the terminal's in columns; 0 where Out is none.
	Width int
}

// JSON prints a value as one line of JSON.
func (p *Printer) JSON(value any) error {
	encoder := json.NewEncoder(p.Out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

// Text prints text that may hold line ends and came from outside.
func (p *Printer) Text(text string) error {
	_, err := io.WriteString(p.Out, CleanLines(text))
	return err
}

// Line prints cells one after the other, with two blanks between them.
func (p *Printer) Line(cells ...Cell) error {
	parts := make([]string, 0, len(cells))
	for _, cell := range cells {
		if cell.Text != "" {
			parts = append(parts, p.style(cell.Tone).Render(Clean(cell.Text)))
		}
	}
	_, err := fmt.Fprintln(p.Out, strings.Join(parts, "  "))
	return err
}

// Notef says something to the person that is no part of the result.
func (p *Printer) Notef(format string, args ...any) {
	_, _ = fmt.Fprintln(p.Err, Clean(fmt.Sprintf(format, args...))) // there is nobody else to tell
}

// Tone is what a cell's colour says.
type Tone int

// The tones.
const (
	Normal Tone = iota
	Good
	Bad
	Waiting
	Faint
	Strong
)

// Cell is a short text with a tone.
type Cell struct {
	Text string
	Tone Tone
}

// Plain makes cells without a tone.
func Plain(texts ...string) []Cell {
	cells := make([]Cell, len(texts))
	for i, text := range texts {
		cells[i].Text = text
	}
	return cells
}

// Status makes the cell of a message's status, a job's or the circuit's state.
func Status(status string) Cell {
	switch status {
	case "completed", "closed", "ok", "done":
		return Cell{status, Good}
	case "failed", "open", "ill":
		return Cell{status, Bad}
	case "deferred", "half-open", "paused":
		return Cell{status, Waiting}
	default:
		return Cell{status, Normal}
	}
}

func (p *Printer) style(tone Tone) lipgloss.Style {
	style := lipgloss.NewStyle()
	if !p.Colour {
		return style
	}
	switch tone {
	case Good:
		return style.Foreground(lipgloss.Green)
	case Bad:
		return style.Foreground(lipgloss.Red)
	case Waiting:
		return style.Foreground(lipgloss.Yellow)
	case Faint:
		return style.Faint(true)
	case Strong:
		return style.Bold(true)
	case Normal:
	}
	return style
}
