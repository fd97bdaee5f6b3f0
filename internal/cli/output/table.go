package output

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"github.com/charmbracelet/x/ansi"
)

const (
	// gap is between two columns.
	gap = 2
	// narrowest is how far the last column shrinks on a small terminal.
	narrowest = 16
)

// Table prints rows under headers. On a terminal the last column is cut to fit; ids are always whole, to be copied.
func (p *Printer) Table(headers []string, rows [][]Cell) error {
	texts := make([][]string, len(rows))
	for i, row := range rows {
		texts[i] = make([]string, len(row))
		for j, cell := range row {
			texts[i][j] = Clean(cell.Text)
		}
	}
	p.fit(headers, texts)
	drawn := table.New().Headers(headers...).Rows(texts...).Wrap(false).
		Border(lipgloss.HiddenBorder()).BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).
		BorderColumn(false).BorderHeader(false).
		StyleFunc(func(row, column int) lipgloss.Style {
			tone := Faint
			if row != table.HeaderRow {
				tone = rows[row][column].Tone
			}
			return p.style(tone).PaddingRight(gap)
		}).String()
	return p.lines(drawn)
}

// Pairs prints names and values, one pair a line; a pair without a value is left out.
func (p *Printer) Pairs(pairs ...[2]Cell) error {
	widest := 0
	for _, pair := range pairs {
		if pair[1].Text != "" {
			widest = max(widest, ansi.StringWidth(pair[0].Text))
		}
	}
	for _, pair := range pairs {
		if pair[1].Text == "" {
			continue
		}
		name := pair[0].Text + strings.Repeat(" ", widest-ansi.StringWidth(pair[0].Text))
		if err := p.Line(Cell{name, Faint}, pair[1]); err != nil {
			return err
		}
	}
	return nil
}

// Pair is a name with what belongs to it.
func Pair(name string, value Cell) [2]Cell { return [2]Cell{{Text: name}, value} }

// Brief cuts a text that stands between others on a terminal; elsewhere it is whole, to be searched.
func (p *Printer) Brief(text string) string {
	const widest = 32
	if p.Width == 0 {
		return text
	}
	return ansi.Truncate(Clean(text), widest, "…")
}

// fit cuts the last column to what the terminal leaves it.
func (p *Printer) fit(headers []string, rows [][]string) {
	if p.Width == 0 || len(headers) == 0 {
		return
	}
	last := len(headers) - 1
	left := p.Width
	for column := range last {
		widest := ansi.StringWidth(headers[column])
		for _, row := range rows {
			widest = max(widest, ansi.StringWidth(row[column]))
		}
		left -= widest + gap
	}
	for _, row := range rows {
		row[last] = ansi.Truncate(row[last], max(left-gap, narrowest), "…")
	}
}

// lines prints without the blanks that a table leaves at the ends of its lines.
func (p *Printer) lines(text string) error {
	for line := range strings.SplitSeq(text, "\n") {
		if _, err := fmt.Fprintln(p.Out, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}
