package cli

import (
	"bufio"
	"context"
	"fmt"
	"strings"
)

// confirm asks on a terminal; elsewhere nobody could answer, so --yes has to be given.
func (w *world) confirm(ctx context.Context, question string, yes bool) error {
	if yes {
		return nil
	}
	if !w.env.InTerminal || !w.env.ErrTerminal {
		return &usageError{problem: question + " nobody is here to say so", do: "add --yes"}
	}
	if _, err := fmt.Fprint(w.env.Err, question+" [y/N] "); err != nil {
		return err
	}
	answer, err := w.line(ctx)
	if err != nil {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	default:
		return &failure{text: "nothing was done"}
	}
}

// line reads one line; the end of the input is an empty one.
func (w *world) line(ctx context.Context) (string, error) {
	done := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(w.env.In).ReadString('\n') // what cannot be read is no yes
		done <- text
	}()
	select {
	case text := <-done:
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
