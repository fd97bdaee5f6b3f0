package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// maxInput is where reading standard input stops: far over what a message may hold, far under what hurts.
const maxInput = 1 << 20

// text is a message's text: the arguments, or else standard input without its last line end. Where arguments are given,
// standard input is left alone: under cron or in a script it may stay open for ever.
func (w *world) text(ctx context.Context, args []string) (string, error) {
	fromInput := len(args) == 0 || (len(args) == 1 && args[0] == "-")
	if !fromInput {
		return strings.Join(args, " "), nil
	}
	if w.env.InTerminal && len(args) == 0 {
		return "", nil
	}
	text, err := w.read(ctx, io.LimitReader(w.env.In, maxInput+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxInput {
		return "", &usageError{problem: fmt.Sprintf("standard input is more than %d bytes", maxInput), do: "send less, or a link to it (--attach)"}
	}
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r"), nil
}

// read reads all, or until the person gives up: reading itself cannot be interrupted.
func (w *world) read(ctx context.Context, from io.Reader) (string, error) {
	type outcome struct {
		text []byte
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		text, err := io.ReadAll(from)
		done <- outcome{text, err}
	}()
	select {
	case got := <-done:
		if got.err != nil {
			return "", fmt.Errorf("reading standard input: %w", got.err)
		}
		return string(got.text), nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
