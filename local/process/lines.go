package process

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os/exec"
	"strings"
	"time"
)

// RunLines is Run for a tool whose words are worth reading: each gets every line as it comes, and the end of all that was
// printed is given back, short enough for a terminal.
func RunLines(ctx context.Context, cmd *exec.Cmd, grace time.Duration, each func(line string)) (string, error) {
	reader, writer := io.Pipe()
	var log bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		scanner := bufio.NewScanner(io.TeeReader(reader, &log))
		for scanner.Scan() {
			each(scanner.Text())
		}
		_, _ = io.Copy(io.Discard, reader)
	}()
	cmd.Stdout, cmd.Stderr = writer, writer
	err := Run(ctx, cmd, grace)
	_ = writer.Close()
	<-done
	return tail(log.String()), err
}

// tail is the end of a log.
func tail(log string) string {
	const most = 30
	lines := strings.SplitAfter(strings.TrimSpace(log), "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "")
}
