package cli

import (
	"github.com/rezagent/rez_agent/internal/cli/completion"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is the command's longer help.
func (*completionCommand) Help() string {
	return `In bash, put eval "$(rezagent completion bash)" into ~/.bashrc.

In zsh, put eval "$(rezagent completion zsh)" into ~/.zshrc, after compinit.

In fish, run rezagent completion fish > ~/.config/fish/completions/rezagent.fish`
}

// Run prints the script.
func (c *completionCommand) Run(w *world) error {
	return w.print.Text(completion.Script(c.Shell))
}

// completeCommand is what the scripts call: the words that have been typed, the last one unfinished.
type completeCommand struct {
	Words []string `arg:"" optional:"" passthrough:""`
}

// Run prints what the last word may become, one a line.
func (c *completeCommand) Run(w *world) error {
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	for _, candidate := range completion.Candidates(w.model.Node, words) {
		if err := w.print.Text(candidate + "\n"); err != nil {
			return err
		}
	}
	return nil
}
