package bench

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Text is the report for a terminal.
func (r Report) Text() string {
	out := "\nMeasured on " + r.Machine + "\n"
	for _, t := range r.Tables {
		out += "\n" + t.Title + "\n" + note(t, "  ")
		widths := t.widths()
		for _, row := range append([][]string{t.Header}, t.Rows...) {
			line := " "
			for i, cell := range row {
				line += " " + padded(cell, widths[i], numeric(t, i)) + " "
			}
			out += strings.TrimRight(line, " ") + "\n"
		}
	}
	return out
}

// Markdown is the report for the documentation.
func (r Report) Markdown() string {
	out := "Measured on " + r.Machine + ".\n"
	for _, t := range r.Tables {
		out += "\n### " + t.Title + "\n\n" + note(t, "")
		if t.Note != "" {
			out += "\n"
		}
		out += "| " + strings.Join(t.Header, " | ") + " |\n|"
		for i := range t.Header {
			if numeric(t, i) {
				out += "---:|"
			} else {
				out += "---|"
			}
		}
		out += "\n"
		for _, row := range t.Rows {
			out += "| " + strings.Join(row, " | ") + " |\n"
		}
	}
	return out
}

func note(t Table, indent string) string {
	if t.Note == "" {
		return ""
	}
	return fmt.Sprintf("%s%s\n", indent, t.Note)
}

func (t Table) widths() []int {
	widths := make([]int, len(t.Header))
	for _, row := range append([][]string{t.Header}, t.Rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

func padded(cell string, width int, right bool) string {
	fill := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
	if right {
		return fill + cell
	}
	return cell + fill
}

// numeric says whether a column holds figures, which stand at the right; the first holds names.
func numeric(t Table, column int) bool {
	if column == 0 {
		return false
	}
	for _, row := range t.Rows {
		if cell := row[column]; cell != "" && cell != "–" && (cell[0] < '0' || cell[0] > '9') {
			return false
		}
	}
	return len(t.Rows) > 0
}
