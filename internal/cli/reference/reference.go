// Package reference writes docs/cli.md from the command line's own grammar.
package reference

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// Exit is an exit code and what it means.
type Exit struct {
	Code  int
	Means string
}

//go:embed frame.md
var frame string

// Page is the whole page: what holds for every command, then each command.
func Page(model *kong.Application, exits []Exit) string {
	var codes, contents, commands strings.Builder
	for _, exit := range exits {
		fmt.Fprintf(&codes, "| %d | %s |\n", exit.Code, exit.Means)
	}
	for _, command := range leaves(model.Node) {
		fmt.Fprintf(&contents, "| [`%s`](#%s) | %s |\n", name(command), anchor(name(command)), cell(command.Help))
		commands.WriteString(section(command))
	}
	return strings.NewReplacer(
		"{{exits}}\n", codes.String(), "{{contents}}\n", contents.String(),
		"{{flags}}\n", flagTable(model.Flags), "{{commands}}\n", commands.String(),
	).Replace(frame)
}

func leaves(node *kong.Node) []*kong.Node {
	var all []*kong.Node
	for _, child := range node.Children {
		switch {
		case child.Hidden:
		case child.Leaf():
			all = append(all, child)
		default:
			all = append(all, leaves(child)...)
		}
	}
	return all
}

func name(command *kong.Node) string { return command.FullPath() }

func anchor(heading string) string { return strings.ReplaceAll(heading, " ", "-") }

func section(command *kong.Node) string {
	text := "## " + name(command) + "\n\n" + command.Help + "\n\n```\n" + usage(command) + "\n```\n\n"
	if command.Parent.DefaultCmd == command {
		text += fmt.Sprintf("`%s` alone does the same.\n\n", name(command.Parent))
	}
	if command.Detail != "" {
		text += strings.TrimSpace(command.Detail) + "\n\n"
	}
	if len(command.Positional) > 0 {
		text += "| argument | |\n|---|---|\n"
		for _, argument := range command.Positional {
			text += fmt.Sprintf("| `%s` | %s |\n", argument.Name, cell(argument.Help))
		}
		text += "\n"
	}
	if len(command.Flags) > 0 {
		text += flagTable(command.Flags) + "\n"
	}
	return text
}

func usage(command *kong.Node) string {
	text := name(command)
	for _, argument := range command.Positional {
		text += " " + argument.Summary()
	}
	if len(command.Flags) > 0 {
		text += " [flags]"
	}
	return text
}

func flagTable(flags []*kong.Flag) string {
	text := "| flag | | default |\n|---|---|---|\n"
	for _, flag := range flags {
		if flag.Hidden {
			continue
		}
		text += fmt.Sprintf("| `%s` | %s | %s |\n", spelled(flag), cell(flag.Help), quoted(flag.Default))
	}
	return text
}

func spelled(flag *kong.Flag) string {
	text := "--" + flag.Name
	if flag.Short != 0 {
		text = fmt.Sprintf("-%c, %s", flag.Short, text)
	}
	if flag.IsBool() {
		return text
	}
	return text + "=" + flag.FormatPlaceHolder()
}

func quoted(value string) string {
	if value == "" {
		return ""
	}
	return "`" + value + "`"
}

// cell makes a text fit for a cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(text)
}
